// The control interface: JSON under /control, for tests and for the platform's own demonstrations. Needs the control
// token. docs/sandbox.md lists the paths; errors are problem details. Thread-safe.
#pragma once

#include <functional>
#include <vector>

#include "sandbox/access.h"
#include "sandbox/counterparty.h"
#include "sandbox/surroundings.h"

namespace feiqian::sandbox {

class Control {
 public:
  using Answer = std::function<void(net::HttpResponse)>;
  Control(Surroundings& surroundings, Access& access, std::vector<Counterparty*> counterparties)
      : surroundings_(surroundings), access_(access), counterparties_(std::move(counterparties)) {}

  /// Answers at once, but for a flush: when the last notification on its way has been answered.
  void handle(const net::HttpRequest& request, const Answer& answer);

  /// Of one channel, or of all one after another; `older_than` is a trade of the only channel that then has any.
  Result<std::vector<TradeView>> trades(const std::string& out_trade_no, const std::string& older_than = "",
                                        std::string_view channel = "");
  /// Whichever counterparty knows the order number.
  Result<TradeView> pay(const std::string& out_trade_no, const std::string& payer);

 private:
  Result<net::HttpResponse> answer(const net::HttpRequest& request);
  Result<net::HttpResponse> answer_faults(const net::HttpRequest& request);
  Result<net::HttpResponse> answer_trades(const net::HttpRequest& request);
  Result<net::HttpResponse> answer_pay(const std::string& out_trade_no, const net::HttpRequest& request);
  Result<net::HttpResponse> answer_auth_code(const net::HttpRequest& request);
  Result<net::HttpResponse> answer_notifications();
  Result<net::HttpResponse> answer_reset();
  Result<codec::json::object> trade_json(const TradeView& trade);

  Surroundings& surroundings_;
  Access& access_;
  std::vector<Counterparty*> counterparties_;
};

}  // namespace feiqian::sandbox
