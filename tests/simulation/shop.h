// A merchant: creates payments in every mode, asks again with the same numbers, closes, refunds in parts, and takes
// webhooks. What it was told by webhook is compared with the truth at rest.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulation/desk.h"
#include "simulation/payers.h"

namespace feiqian::simulation {

class Shop {
 public:
  Shop(std::uint64_t seed, int number, Faults& faults, Network& network, Timeline& timeline, Desk& desk,
       Payers& payers);

  /// Known once the platform has it.
  void open(parties::MerchantId merchant, Secret webhook_secret);
  /// No new orders and refunds; what is under way is finished.
  void close_shop() { closed_ = true; }
  std::string webhook_url() const { return "https://" + host_ + "/webhooks"; }
  parties::MerchantId merchant() const { return merchant_; }

  /// The types of events it was told about a payment or refund, each id counted once.
  const std::set<std::string>& told_of(const std::string& subject) const;
  std::int64_t duplicates() const { return duplicates_; }

 private:
  struct Order {
    payments::CreatePayment command;
    std::optional<payments::PaymentId> id;
    std::int64_t refunds = 0;
  };
  void act();
  void next_action();
  void create();
  void send(std::size_t order, int tries);
  void follow_up();
  void repeat_differently(const Order& order);
  void close(const Order& order);
  void refund(Order& order);
  void send(payments::AcceptRefund command, int tries);
  void send_with_key(const payments::AcceptRefund& command, int tries);
  void take_webhook(const net::HttpRequest& request, const Network::Answer& answer);
  bool is_genuine(const net::HttpRequest& request) const;
  void remember(const net::HttpRequest& request);

  Faults* faults_;
  Timeline* timeline_;
  Desk* desk_;
  Payers* payers_;
  Chance chance_;
  std::string host_;
  parties::MerchantId merchant_;
  Secret webhook_secret_;
  std::vector<Order> orders_;
  std::int64_t down_until_us_ = 0;
  std::set<std::string> webhook_ids_;
  std::map<std::string, std::set<std::string>> told_;
  std::int64_t duplicates_ = 0;
  int number_;
  bool closed_ = false;
};

}  // namespace feiqian::simulation
