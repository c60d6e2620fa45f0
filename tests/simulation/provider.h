// The payment provider: the sandbox's Alipay in this process, its books in memory, its gateway on the simulated
// network. It never dies and its books are the truth that the platform is measured by.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/alipay/alipay.h"
#include "sandbox/surroundings.h"
#include "simulation/network.h"

namespace feiqian::simulation {

inline constexpr const char* kProviderAuthority = "127.0.0.1:9500";
inline constexpr const char* kGatewayUrl = "http://127.0.0.1:9500/alipay/gateway.do";

class Provider {
 public:
  /// `directory` holds the sandbox's keys (keys.h).
  static Result<std::unique_ptr<Provider>> start(const std::string& directory, std::uint64_t seed, Faults& faults,
                                                 Network& network, Timeline& timeline);
  ~Provider();

  /// The trade of an attempt; nullopt when the provider has none.
  std::optional<sandbox::TradeView> trade(const std::string& out_trade_no);
  std::vector<sandbox::TradeView> trades();
  /// The payer pays, scanning the code first.
  Result<sandbox::TradeView> pay(const std::string& out_trade_no, const std::string& payer);
  std::string barcode(const std::string& payer);
  /// The payer's browser.
  void browse(const std::string& url);

  /// Ends the rules of faults and counts what they did.
  void stop_faults();
  /// Nothing will happen by itself any more: no notification, late money or refund is under way.
  bool is_quiet();

 private:
  Provider(const std::string& directory, std::uint64_t seed, Faults& faults, Network& network, Timeline& timeline,
           std::unique_ptr<sandbox::Database> database);
  Result<void> add_fault_rules();
  void handle(const net::HttpRequest& request, const Network::Answer& answer);
  /// What becomes due by time, soon after something happened and rarer and rarer when nothing does.
  void tick(std::int64_t generation);
  void something_happened();

  Faults* faults_;
  Timeline* timeline_;
  WallClock clock_;
  SeededRandom random_;
  SeededRandom chance_;
  net::HttpClient client_;
  std::unique_ptr<sandbox::Database> database_;
  sandbox::Faults rules_;
  sandbox::Notifications notifications_;
  sandbox::Surroundings surroundings_;
  std::unique_ptr<sandbox::alipay::Alipay> alipay_;
  std::int64_t tick_generation_ = 0;
  std::int64_t pause_ms_ = 0;
};

/// Paid at some time, whatever was given back since.
bool was_paid(const sandbox::TradeView& trade);
/// What of it the provider still holds for us.
std::int64_t held_minor(const sandbox::TradeView& trade);

}  // namespace feiqian::simulation
