// The payment provider: the sandbox's Alipay in this process, its books in memory, its gateway on the simulated
// network. It never dies and its books are the truth that the platform is measured by.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulation/network.h"

namespace feiqian::simulation {

inline constexpr const char* kProviderAuthority = "127.0.0.1:9500";
inline constexpr const char* kGatewayUrl = "http://127.0.0.1:9500/alipay/gateway.do";

struct ProviderRefund {
  std::string number;
  std::int64_t amount_minor = 0;
  bool done = false;
};

/// A trade in the provider's books.
struct ProviderTrade {
  std::string number;  ///< ours: the attempt's
  std::string state;   ///< in the provider's words
  std::int64_t total_minor = 0;
  std::int64_t refunded_minor = 0;
  std::vector<ProviderRefund> refunds;

  /// At some time, whatever was given back since.
  bool was_paid() const { return state == "TRADE_SUCCESS" || refunded_minor > 0; }
  /// What of it the provider still holds for us.
  std::int64_t held_minor() const { return was_paid() ? total_minor - refunded_minor : 0; }
};

class Provider {
 public:
  /// `directory` holds the sandbox's keys (keys.h).
  static Result<std::unique_ptr<Provider>> start(const std::string& directory, std::uint64_t seed, Faults& faults,
                                                 Network& network, Timeline& timeline);
  ~Provider();

  /// The trade of an attempt; nullopt when the provider has none.
  std::optional<ProviderTrade> trade(const std::string& out_trade_no);
  std::vector<ProviderTrade> trades();
  /// The payer pays, scanning the code first; the trade's state then.
  Result<std::string> pay(const std::string& out_trade_no, const std::string& payer);
  std::string barcode(const std::string& payer);
  /// The payer's browser.
  void browse(const std::string& url);

  /// Ends the rules of faults and counts what they did.
  void stop_faults();
  /// Nothing will happen by itself any more: no notification, late money or refund is under way.
  bool is_quiet();

 private:
  struct Parts;
  explicit Provider(std::unique_ptr<Parts> parts);
  void handle(const net::HttpRequest& request, const Network::Answer& answer);
  /// What becomes due by time, soon after something happened and rarer and rarer when nothing does.
  void tick(std::int64_t generation);
  void something_happened();

  std::unique_ptr<Parts> parts_;
  std::int64_t tick_generation_ = 0;
  std::int64_t pause_ms_ = 0;
};

}  // namespace feiqian::simulation
