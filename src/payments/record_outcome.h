// What a channel said about an attempt, from whatever source: answer of a call, query, notification. The one place
// where an attempt becomes paid. Repeating it changes nothing.
#pragma once

#include "channels/channel.h"
#include "engine/command.h"
#include "payments/errors.h"
#include "payments/view.h"

namespace feiqian::payments {

enum class OutcomeSource { Pay, Query, Notification, Close, Cancel };

struct RecordOutcome {
  using Reply = PaymentView;
  AttemptId attempt;
  channels::TradeOutcome outcome;
  OutcomeSource source = OutcomeSource::Query;
  std::string channel = {};  ///< who says so, when it came unasked: must be the attempt's

  void load(engine::Load& load) const;
  /// errors::kAttemptNotFound. A paid outcome with another amount or currency is an incident, not a payment.
  Result<Reply> decide(engine::Decision& decision) const;

 private:
  void paid(engine::Decision& decision) const;
  void take(engine::Decision& decision, PaymentId payment, PaymentEvent event) const;
  void give_back(engine::Decision& decision, PaymentId payment) const;
  void awaiting(engine::Decision& decision) const;
  void ended(engine::Decision& decision, AttemptEvent event) const;
  void not_found(engine::Decision& decision) const;
  void unknown(engine::Decision& decision) const;
};

/// The merchant closes, or time does.
struct ClosePayment {
  using Reply = PaymentView;
  std::optional<parties::MerchantId> merchant;  ///< whose it must be; absent for the expiry
  PaymentId payment;
  CloseReason reason = CloseReason::Merchant;

  void load(engine::Load& load) const;
  /// errors::kPaymentNotFound, errors::kPaymentPaid. Closing what is closed or closing answers with it as it is.
  Result<Reply> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::payments
