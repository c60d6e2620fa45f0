#include "payments/refund.h"

#include <algorithm>

#include "parties/merchants.h"
#include "payments/detail/steps.h"

namespace feiqian::payments {

using namespace ledger::vouchers;

namespace {

ledger::Owners owners_of(const RefundRow& refund, const AttemptRow& attempt) {
  return {refund.merchant.value, attempt.channel.value, 0};
}

/// Money goes back in whole: the fee's part for the first `cumulative` minor units of the payment, less what earlier
/// refunds gave.
std::int64_t part_of(std::int64_t total, std::int64_t cumulative, const PaymentRow& payment,
                     std::int64_t given_before) {
  const auto part = money::cumulative_share(total, cumulative, payment.amount_minor, given_before);
  return part.ok() ? std::max<std::int64_t>(0, part.value()) : 0;
}

/// The tax in the part `fee_minor` of the payment's fee: what was posted with the fee is spread over its parts, so that
/// the last refund leaves nothing of it behind, whichever refunds failed on the way and whatever the rate is by then.
std::int64_t tax_of_part(engine::Decision& decision, const PaymentRow& payment, std::int64_t fee_minor) {
  std::int64_t returned = 0;
  for (const auto* refund : decision.all(kRefundsByPayment, payment.id)) {
    if (refund->state != RefundState::Failed) returned += refund->fee_tax_returned_minor;
  }
  const auto tax = money::cumulative_share(payment.fee_tax_minor, payment.fee_returned_minor + fee_minor,
                                           payment.fee_minor, returned);
  return tax.ok() ? std::clamp<std::int64_t>(tax.value(), 0, fee_minor) : 0;
}

/// How the fee came back with a refund: as it was posted, and as it is reversed when the refund fails.
ledger::Voucher fee_return(const RefundRow& refund, const ledger::Owners& owners, pricing::FeeRuleId rule) {
  const money::Money fee{refund.fee_returned_minor, refund.currency};
  return ledger::make(refund.fee_swept ? kRefundFeeReturnedSwept : kRefundFeeReturned, refund.id.value, owners,
                      {fee, refund.fee_tax_returned_minor}, rule.value);
}

}  // namespace

void AcceptRefund::load(engine::Load& load) const {
  load.first(kRefundByNo, merchant, merchant_refund_no);
  load.all(kRefundsByPayment, payment);
  load.get(parties::kMerchants, merchant);
  load.all(parties::kContractsByMerchant, merchant);
  detail::load_view(load, payment);
  const auto* row = load.get(kPayments, payment);
  if (row == nullptr) return;
  const auto* attempt = load.get(kAttempts, row->paid_attempt);
  if (attempt == nullptr) return;
  for (const auto* which : {&kRefundAccept, &kRefundFeeReturned, &kRefundFeeReturnedSwept}) {
    ledger::load_accounts(load, *which, {merchant.value, attempt->channel.value, 0}, row->currency);
  }
  ledger::load_balance(load, {2501, 0, row->currency});
}

Result<void> AcceptRefund::check(engine::Decision& decision, const PaymentRow& row) const {
  const auto now = decision.context.now;
  if (row.state != PaymentState::Paid) return Error(errors::kNotRefundable);
  if (now > row.paid_at->plus_s(decision.context.parameter("refunds.window_days") * 86400))
    return Error(errors::kRefundWindow);
  const auto refunds = decision.all(kRefundsByPayment, payment);
  const auto parts = std::count_if(refunds.begin(), refunds.end(),
                                   [](const auto* refund) { return refund->kind == RefundKind::Merchant; });
  if (parts >= decision.context.parameter("refunds.most_parts")) return Error(errors::kRefundParts);
  const auto left = row.amount_minor - row.refunded_minor - row.refunding_minor;
  if (amount_minor > left)
    return Error(errors::kExceedsRemainder, "left to refund: " + std::to_string(left), "amount_minor");
  return {};
}

Result<RefundRow> AcceptRefund::decide(engine::Decision& decision) const {
  const auto* owner = decision.get(parties::kMerchants, merchant);
  if (owner == nullptr || owner->status == parties::MerchantStatus::Closed) return Error(errors::kMerchantNotActive);
  const auto* row = decision.get(kPayments, payment);
  if (row == nullptr || row->merchant != merchant) return Error(errors::kPaymentNotFound);
  if (const auto* existing = decision.first(kRefundByNo, merchant, merchant_refund_no)) {
    const auto differs = [](const char* field) {
      return Error(errors::kRefundNoConflict, std::string("exists with another ") + field, field);
    };
    if (existing->payment != payment) return differs("payment_id");
    if (existing->amount_minor != amount_minor) return differs("amount_minor");
    if (existing->reason != reason) return differs("reason");
    return *existing;
  }
  TRY(check(decision, *row));

  const auto now = decision.context.now;
  const auto& attempt = *decision.get(kAttempts, row->paid_attempt);
  RefundRow refund;
  refund.id = decision.new_id<RefundId>(payment.shard());
  refund.merchant = merchant;
  refund.merchant_refund_no = merchant_refund_no;
  refund.payment = payment;
  refund.attempt = attempt.id;
  refund.amount_minor = amount_minor;
  refund.currency = row->currency;
  refund.reason = reason;
  refund.created_at = now;
  const auto owners = owners_of(refund, attempt);

  const auto* contract = parties::contract_in_force(decision.all(parties::kContractsByMerchant, merchant),
                                                    row->currency, decision.context.accounting_date);
  if (contract == nullptr || contract->returns_fee) {
    const auto cumulative = row->refunded_minor + row->refunding_minor + amount_minor;
    refund.fee_returned_minor = part_of(row->fee_minor, cumulative, *row, row->fee_returned_minor);
  }
  // The fee comes back first, so that the whole amount can be taken from what the payment left (journals.md A.6: never
  // negative).
  if (refund.fee_returned_minor > 0) {
    refund.fee_tax_returned_minor = tax_of_part(decision, *row, refund.fee_returned_minor);
    refund.fee_swept = ledger::balance(decision, {2501, 0, row->currency}) < refund.fee_returned_minor;
    refund.fee_voucher = TRY(ledger::post(decision, fee_return(refund, owners, row->fee_rule)));
  }
  auto reserved =
      ledger::post(decision, ledger::make(kRefundAccept, refund.id.value, owners, {{amount_minor, row->currency}}));
  if (!reserved) {
    return reserved.error().is(errors::kBalanceInsufficient) ? Error(errors::kRefundBalance, "", "amount_minor")
                                                             : reserved.error();
  }
  auto& changed = decision.change(kPayments, payment);
  changed.refunding_minor += amount_minor;
  changed.fee_returned_minor += refund.fee_returned_minor;
  const auto id = decision.insert(kRefunds, std::move(refund)).id;
  detail::set_refund_task(decision, id, task_kinds::kRefundSend, now);
  return *decision.get(kRefunds, id);
}

void RecordRefundOutcome::load(engine::Load& load) const {
  const auto* row = load.get(kRefunds, refund);
  if (row == nullptr) return;
  load.get(engine::kTasks, row->task);
  detail::load_view(load, row->payment);
  detail::load_event(load, row->payment);
  const auto* attempt = load.get(kAttempts, row->attempt);
  if (attempt == nullptr) return;
  if (row->fee_voucher) {
    ledger::load_reversal(load, row->fee_voucher);
    ledger::load_accounts(load, row->fee_swept ? kRefundFeeReturnedSwept : kRefundFeeReturned,
                          owners_of(*row, *attempt), row->currency);
  }
  load.get(channels::kChannels, attempt->channel);
  for (const auto* which : {&kRefundChannelSuccess, &kRefundChannelCost, &kRefundFail, &kLongRefundFail}) {
    ledger::load_accounts(load, *which, owners_of(*row, *attempt), row->currency);
  }
}

Result<RefundRow> RecordRefundOutcome::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kRefunds, refund);
  if (row == nullptr) return Error(errors::kRefundNotFound);
  if (row->state != RefundState::Pending) return *row;
  switch (outcome.state) {
    case channels::RefundState::Succeeded:
      TRY(succeeded(decision));
      break;
    case channels::RefundState::Failed:
      TRY(failed(decision));
      break;
    case channels::RefundState::Pending:
    case channels::RefundState::NotFound:
    case channels::RefundState::Unknown:
      ask_again(decision);
      break;
  }
  return *decision.get(kRefunds, refund);
}

Result<void> RecordRefundOutcome::succeeded(engine::Decision& decision) const {
  auto& row = decision.change(kRefunds, refund);
  decision.finish_task(row.task);
  row.task = engine::TaskId();
  row.task_kind.clear();
  row.state = advance(kRefundTransitions, row.state, RefundEvent::Succeeded).value();
  row.ended_at = decision.context.now;
  row.error_code.clear();
  row.error_message.clear();
  const auto& attempt = *decision.get(kAttempts, row.attempt);
  const auto owners = owners_of(row, attempt);
  TRY(ledger::post(decision,
                   ledger::make(kRefundChannelSuccess, refund.value, owners, {{row.amount_minor, row.currency}})));
  if (row.kind == RefundKind::Merchant) {
    auto& payment = decision.change(kPayments, row.payment);
    payment.refunding_minor -= row.amount_minor;
    payment.refunded_minor += row.amount_minor;
    const auto* channel = decision.get(channels::kChannels, attempt.channel);
    const auto cost = channel != nullptr && channel->returns_cost
                          ? part_of(payment.cost_minor, payment.refunded_minor, payment, payment.cost_returned_minor)
                          : 0;
    if (cost > 0) {
      payment.cost_returned_minor += cost;
      TRY(ledger::post(decision, ledger::make(kRefundChannelCost, refund.value, owners, {{cost, row.currency}})));
    }
  }
  detail::emit_refund_event(decision, refund, "refund.succeeded");
  return {};
}

Result<void> RecordRefundOutcome::failed(engine::Decision& decision) const {
  auto& row = decision.change(kRefunds, refund);
  decision.finish_task(row.task);
  row.task = engine::TaskId();
  row.task_kind.clear();
  row.state = advance(kRefundTransitions, row.state, RefundEvent::Failed).value();
  row.ended_at = decision.context.now;
  row.error_code = outcome.code;
  row.error_message = outcome.message;
  const auto& attempt = *decision.get(kAttempts, row.attempt);
  const auto owners = owners_of(row, attempt);
  const money::Money amount{row.amount_minor, row.currency};
  if (row.kind == RefundKind::Merchant) {
    TRY(ledger::post(decision, ledger::make(kRefundFail, refund.value, owners, {amount})));
    auto& payment = decision.change(kPayments, row.payment);
    if (row.fee_voucher) TRY(ledger::reverse(decision, row.fee_voucher, fee_return(row, owners, payment.fee_rule)));
    payment.refunding_minor -= row.amount_minor;
    payment.fee_returned_minor -= row.fee_returned_minor;
    row.fee_returned_minor = 0;
    row.fee_tax_returned_minor = 0;
  } else {
    TRY(ledger::post(decision, ledger::make(kLongRefundFail, refund.value, owners, {amount})));
    detail::incident(decision, "refund.surplus_failed", refund.value,
                     "money that should go back to the payer stays in 2901: " + outcome.code);
  }
  detail::emit_refund_event(decision, refund, "refund.failed");
  return {};
}

void RecordRefundOutcome::ask_again(engine::Decision& decision) const {
  auto& row = decision.change(kRefunds, refund);
  row.error_code = outcome.code;
  row.error_message = outcome.message;
  const auto first = decision.context.parameter("payments.unknown_query_first");
  const auto longest = decision.context.parameter("payments.unknown_query_longest");
  const auto* task = decision.get(engine::kTasks, row.task);
  const auto tries = task == nullptr ? 0 : task->tries;
  // The channel does not know the refund: the same one is sent again under the same number. Otherwise it is asked
  // about, ever more slowly.
  const char* kind = from_query && outcome.state == channels::RefundState::NotFound ? task_kinds::kRefundSend
                                                                                    : task_kinds::kRefundQuery;
  detail::set_refund_task(decision, refund, kind, detail::back_off(decision.context.now, first, longest, tries));
  decision.change(engine::kTasks, row.task).tries = tries + 1;
}

}  // namespace feiqian::payments
