// Refunds (退款): accepting one reserves its amount in the same decision; what the channel says moves it on.
#pragma once

#include "channels/channel.h"
#include "engine/command.h"
#include "payments/errors.h"
#include "payments/tables.h"

namespace feiqian::payments {

/// Idempotent by (merchant, merchant_refund_no), like CreatePayment.
struct AcceptRefund {
  using Reply = RefundRow;
  parties::MerchantId merchant;
  PaymentId payment;
  std::string merchant_refund_no;
  std::int64_t amount_minor = 0;
  std::string reason;

  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;

 private:
  Result<void> check(engine::Decision& decision, const PaymentRow& row) const;
};

struct RecordRefundOutcome {
  using Reply = RefundRow;
  RefundId refund;
  channels::RefundOutcome outcome;
  bool from_query = false;

  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;

 private:
  Result<void> succeeded(engine::Decision& decision) const;
  Result<void> failed(engine::Decision& decision) const;
  void ask_again(engine::Decision& decision) const;
};

}  // namespace feiqian::payments
