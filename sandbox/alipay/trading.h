// What happens to money and trades at the sandbox's Alipay, whoever asks for it: the gateway's methods, the payer's
// wallet page, the control interface, or time. Each change enqueues the notification it causes. Every call inside
// Database::transact.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "sandbox/alipay/books.h"
#include "sandbox/surroundings.h"

namespace feiqian::sandbox::alipay {

/// In order of precedence.
enum class PayOutcome { Paid, AlreadyPaid, NotPayable, BalanceNotEnough };
enum class ScanRefusal {
  Unknown,    ///< no such code
  Expired,    ///< the code's or the order's time is up, or the code was revoked
  OtherOrder  ///< the order number meanwhile belongs to other content
};

class Trading {
 public:
  Trading(Surroundings& surroundings, Books& books) : surroundings_(surroundings), books_(books) {}

  Result<Trade> open(const Order& order, std::string auth_code = {});
  /// The trade behind a code: made at the first scan.
  Result<std::variant<Trade, ScanRefusal>> scan(const std::string& code);
  Result<PayOutcome> pay(Trade& trade, Payer payer);
  /// No questions asked: the trade must allow the event.
  Result<void> receive_money(Trade& trade, TradeEvent event, Payer payer);
  /// The trade must be waiting for its payer. `late`: the payer's money arrives nevertheless, after the rule's delay.
  Result<void> close(Trade& trade, const std::optional<FaultRule>& late);
  /// The trade must be paid and the amount within what remains. `delay_ms` > 0: done only then.
  Result<Refund> refund(Trade& trade, const std::string& out_request_no, std::int64_t amount_minor,
                        const std::string& reason, std::int64_t delay_ms = 0);
  /// Expiry, late money, pending refunds.
  Result<void> settle_due();
  /// Refunded or on its way.
  Result<std::int64_t> reserved_minor(const Trade& trade);

 private:
  Result<void> settle(Trade& trade, Refund& refund);
  Result<void> notify(const Notification& notice);
  std::string notify_id();

  Surroundings& surroundings_;
  Books& books_;
};

}  // namespace feiqian::sandbox::alipay
