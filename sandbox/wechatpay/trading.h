// What happens to money and trades at the sandbox's WeChat Pay, whoever asks for it: the API's calls, the payer's
// wallet page, the control interface, or time. Each change enqueues the notification it causes; a barcode payment
// causes none. Every call inside Database::transact.
#pragma once

#include <optional>
#include <string>

#include "sandbox/surroundings.h"
#include "sandbox/wechatpay/books.h"

namespace feiqian::sandbox::wechatpay {

/// In order of precedence.
enum class PayOutcome { Paid, AlreadyPaid, NotPayable, BalanceNotEnough };

class Trading {
 public:
  Trading(Surroundings& surroundings, Books& books) : surroundings_(surroundings), books_(books) {}

  /// NOTPAY.
  Result<Trade> open(const Order& order);
  /// A barcode payment that waits for its payer, for a minute and a half at most (USERPAYING).
  Result<Trade> open_barcode(const Order& order, const AuthCode& code);
  Result<PayOutcome> pay(Trade& trade, Payer payer);
  /// No questions asked: the trade must allow the event.
  Result<void> receive_money(Trade& trade, TradeEvent event, Payer payer);
  /// The trade must allow the event: Fail, Close or Reverse. `late`: the payer's money arrives nevertheless, after the
  /// rule's delay. What a reversed trade was paid goes back at once.
  Result<void> end(Trade& trade, TradeEvent event, const std::optional<FaultRule>& late = std::nullopt);
  /// The trade must be paid and the amount within what remains. `delay_ms` > 0: done only then.
  Result<Refund> refund(Trade& trade, Refund asked, std::int64_t delay_ms);
  /// Expiry, late money, pending refunds.
  Result<void> settle_due();
  /// Refunded or on its way.
  Result<std::int64_t> reserved_minor(const Trade& trade);

 private:
  Result<Trade> insert(const Order& order, Trade trade);
  Result<void> settle(Trade& trade, Refund& refund);
  std::string notice_id();

  Surroundings& surroundings_;
  Books& books_;
};

}  // namespace feiqian::sandbox::wechatpay
