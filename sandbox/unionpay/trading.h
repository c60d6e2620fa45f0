// What happens to money and orders at the sandbox's UnionPay, whoever asks for it: the gateway, the payer's page, the
// control interface, or time. Each success enqueues the notification it causes. Every call inside Database::transact.
#pragma once

#include <optional>
#include <string>

#include "sandbox/surroundings.h"
#include "sandbox/unionpay/books.h"
#include "sandbox/unionpay/codes.h"

namespace feiqian::sandbox::unionpay {

/// In order of precedence.
enum class PayOutcome { Paid, AlreadyPaid, NotPayable, BalanceNotEnough };

class Trading {
 public:
  Trading(Surroundings& surroundings, Books& books) : surroundings_(surroundings), books_(books) {}

  /// Gives the order its number at the provider and keeps it.
  Result<void> open(Order& order);
  /// The payer came to the page.
  Result<void> visit(Order& order);
  /// A payer without money may try again on the page; a payment by code then has failed for good.
  Result<PayOutcome> pay(Order& order, Payer payer);
  /// The order must be waiting.
  Result<void> refuse(Order& order, const Code& why);
  /// Reverses a payment that is waiting or paid. `late`: its money arrives nevertheless, after the rule's delay.
  Result<void> reverse(Order& payment, const std::optional<FaultRule>& late);
  /// Gives back what `order` says of the payment; `delay_ms` > 0: done only then. The payment must be paid and the
  /// amount within what is left.
  Result<void> give_back(Order& order, Order& payment, std::int64_t delay_ms);
  /// Expiry, late money, returns on their way.
  Result<void> settle_due();
  /// Refunded, or on its way.
  Result<std::int64_t> reserved_minor(const Order& payment);

 private:
  Result<void> succeed(Order& order, OrderEvent event);
  Result<void> complete_return(Order& order);

  Surroundings& surroundings_;
  Books& books_;
};

}  // namespace feiqian::sandbox::unionpay
