// The port of one provider: what the sandbox's common parts (server, control, steering page) need of each counterparty,
// and no more. One folder per provider implements it. Calls come from several threads; each implementation runs its own
// transactions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "sandbox/errors.h"

namespace feiqian::sandbox {

/// An answer and how the transport misbehaves with it.
struct Reply {
  net::HttpResponse response;
  std::int64_t delay_ms = 0;
  bool withheld = false;  ///< never sent
};

struct RefundView {
  std::string out_request_no;
  std::int64_t amount_minor = 0;
  std::string state;  ///< `pending` or `succeeded`
};

/// A trade of any provider, as the control interface shows it.
struct TradeView {
  std::string channel;
  std::string app_id;
  std::string out_trade_no;
  std::string trade_no;
  std::string state;  ///< in the provider's words
  std::int64_t total_minor = 0;
  std::int64_t refunded_minor = 0;
  std::string buyer;  ///< empty: nobody yet
  std::string subject;
  std::string created_at;
  std::vector<RefundView> refunds;
};

class Counterparty {
 public:
  virtual ~Counterparty() = default;

  /// First segment of its paths, and the name of its notifications' channel.
  virtual std::string_view name() const = 0;
  virtual Reply handle(const net::HttpRequest& request) = 0;
  /// The newest first; all of one order number when it is not empty.
  virtual Result<std::vector<TradeView>> trades(const std::string& out_trade_no, std::int64_t most,
                                                const std::string& older_than) = 0;
  /// The payer pays, scanning the order's code first when there is no trade yet. errors::kTradeNotFound,
  /// kTradeNotPayable, kBalanceNotEnough, or errors::kFieldInvalid for a payer that does not exist. An empty payer: who
  /// scanned it, else the rich one.
  virtual Result<TradeView> pay(const std::string& out_trade_no, const std::string& payer) = 0;
  /// A barcode as a payer's phone shows it; errors::kFieldInvalid.
  virtual Result<std::string> issue_auth_code(const std::string& payer) = 0;
  /// What became due by time: expiry, refunds on their way, late money.
  virtual Result<void> settle_due() = 0;
  virtual Result<void> reset() = 0;
  /// What only this provider has to steer, under /control/NAME/`what`; errors::kPageNotFound when it has nothing.
  virtual Result<net::HttpResponse> control(const net::HttpRequest&, std::string_view) {
    return Error(errors::kPageNotFound);
  }
};

}  // namespace feiqian::sandbox
