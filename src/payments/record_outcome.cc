#include "payments/record_outcome.h"

#include "parties/merchants.h"
#include "payments/detail/steps.h"

namespace feiqian::payments {

using channels::Scene;
using channels::TradeState;

namespace {

ledger::Owners owners_of(const PaymentRow& payment, const AttemptRow& attempt) {
  return {payment.merchant.value, attempt.channel.value, 0};
}

void set_error(engine::Decision& decision, AttemptId id, const channels::TradeOutcome& outcome) {
  auto& attempt = decision.change(kAttempts, id);
  attempt.error_code = outcome.code;
  attempt.error_message = outcome.message;
}

/// The merchant's fee and the channel's cost, each with the rule in force today.
struct Prices {
  pricing::Fee fee;
  money::Money cost;
};

Prices prices_of(engine::Decision& decision, const PaymentRow& payment, const AttemptRow& attempt) {
  const auto day = decision.context.accounting_date;
  const money::Money amount{payment.amount_minor, payment.currency};
  Prices prices{{{0, payment.currency}, {}}, {0, payment.currency}};
  const auto* contract =
      parties::contract_in_force(decision.all(parties::kContractsByMerchant, payment.merchant), payment.currency, day);
  if (contract != nullptr) {
    const auto fee = pricing::fee_of(decision.all(pricing::kFeeRulesByList, contract->id.value), attempt.method,
                                     pricing::CardType::Any, amount, day);
    if (fee) prices.fee = fee.value();
  }
  if (!prices.fee.rule)
    detail::incident(decision, "payment.no_fee_rule", payment.id.value, "paid without a fee rule in force");
  const auto cost = pricing::fee_of(decision.all(pricing::kFeeRulesByList, attempt.channel.value), attempt.method,
                                    pricing::CardType::Any, amount, day);
  if (cost) prices.cost = cost->amount;
  return prices;
}

void must_post(engine::Decision& decision, const ledger::Voucher& voucher) {
  // These vouchers only add to the merchant's balance or take from what they just added: they cannot be refused.
  CHECK(ledger::post(decision, voucher).ok());
}

}  // namespace

void RecordOutcome::load(engine::Load& load) const {
  const auto* row = load.get(kAttempts, attempt);
  if (row == nullptr) return;
  load.get(engine::kTasks, row->task);
  detail::load_view(load, row->payment);
  detail::load_attempt_tasks(load, row->payment);
  detail::load_event(load, row->payment);
  load.get(channels::kChannels, row->channel);
  load.all(pricing::kFeeRulesByList, row->channel.value);
  const auto* payment = load.get(kPayments, row->payment);
  if (payment == nullptr) return;
  const auto day = load.context().accounting_date;
  const auto* contract =
      parties::contract_in_force(load.all(parties::kContractsByMerchant, payment->merchant), payment->currency, day);
  if (contract != nullptr) load.all(pricing::kFeeRulesByList, contract->id.value);
  load.first(parties::kDailyVolumeByDay, payment->merchant, day, payment->currency);
  if (outcome.state != TradeState::Paid) return;
  using namespace ledger::vouchers;
  const auto load_voucher = [&](const ledger::VoucherTemplate& which) {
    ledger::load_accounts(load, which, owners_of(*payment, *row), payment->currency);
  };
  load_voucher(kPaySuccessChannel);
  load_voucher(kMerchantFee);
  load_voucher(kChannelFeeNet);
  if (advance(kPaymentTransitions, payment->state, PaymentEvent::Succeeded)) return;
  // It may have to be given back.
  load.first(kRefundByNo, payment->merchant, "surplus-" + attempt.text());
  load_voucher(kLongFound);
  load_voucher(kLongRefund);
}

Result<PaymentView> RecordOutcome::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kAttempts, attempt);
  if (row == nullptr || (!channel.empty() && row->method != channel)) return Error(errors::kAttemptNotFound);
  const auto payment = row->payment;
  if (source == OutcomeSource::Pay && !row->auth_code.empty()) decision.change(kAttempts, attempt).auth_code.clear();
  // As long as the call may be made again it needs to know who pays.
  const bool may_call_again = outcome.state == TradeState::Unknown || outcome.state == TradeState::NotFound;
  if (!may_call_again && !row->payer.empty()) decision.change(kAttempts, attempt).payer.clear();
  if (!outcome.trade_no.empty() && row->channel_trade_no != outcome.trade_no)
    decision.change(kAttempts, attempt).channel_trade_no = outcome.trade_no;
  const bool final = row->state == AttemptState::Succeeded || row->state == AttemptState::Surplus;
  if (!final) {
    switch (outcome.state) {
      case TradeState::Paid:
        paid(decision);
        break;
      case TradeState::AwaitingPayer:
        awaiting(decision);
        break;
      case TradeState::Closed:
        ended(decision, AttemptEvent::Closed);
        break;
      case TradeState::Failed:
        ended(decision, AttemptEvent::Failed);
        break;
      case TradeState::NotFound:
        not_found(decision);
        break;
      case TradeState::Unknown:
        unknown(decision);
        break;
    }
  }
  return detail::view_of(decision, *decision.get(kPayments, payment));
}

void RecordOutcome::paid(engine::Decision& decision) const {
  const auto row = *decision.get(kAttempts, attempt);
  const auto payment = *decision.get(kPayments, row.payment);
  if (!outcome.paid || *outcome.paid != money::Money{payment.amount_minor, payment.currency}) {
    constexpr const char* kMismatch = "channel.amount_mismatch";
    if (row.error_code != kMismatch) {
      const auto said = outcome.paid
                            ? std::string(outcome.paid->currency.code()) + " " + std::to_string(outcome.paid->minor)
                            : std::string("nothing");
      detail::incident(decision, kMismatch, attempt.value, "the channel says paid " + said + " minor units");
      auto& marked = decision.change(kAttempts, attempt);
      marked.error_code = kMismatch;
      marked.error_message = "the channel names another amount";
    }
    // Not believed: the channel is asked again, ever more slowly. A notification is not repeated once it was
    // acknowledged: it starts the asking where nothing asks any more.
    if (source != OutcomeSource::Notification || !row.task) {
      const auto first = decision.context.parameter("payments.pending_query_first");
      if (row.task_kind == task_kinds::kClose || row.task_kind == task_kinds::kCancel) {
        detail::repeat_attempt_task(decision, attempt, first);
      } else {
        detail::keep_querying(decision, attempt, first);
      }
    }
    return;
  }
  const auto* contract = parties::contract_in_force(decision.all(parties::kContractsByMerchant, payment.merchant),
                                                    payment.currency, decision.context.accounting_date);
  const bool accepts_late = contract != nullptr && contract->late_success == parties::LateSuccess::Accept;
  if (advance(kPaymentTransitions, payment.state, PaymentEvent::Succeeded)) {
    take(decision, payment.id, PaymentEvent::Succeeded);
  } else if (payment.state == PaymentState::Closed && accepts_late) {
    take(decision, payment.id, PaymentEvent::LateAccepted);
  } else {
    give_back(decision, payment.id);
  }
}

void RecordOutcome::take(engine::Decision& decision, PaymentId id, PaymentEvent event) const {
  const auto now = decision.context.now;
  detail::clear_attempt_task(decision, attempt);
  auto& row = decision.change(kAttempts, attempt);
  row.state = advance(kAttemptTransitions, row.state, AttemptEvent::Paid).value();
  row.ended_at = now;
  row.error_code.clear();
  row.error_message.clear();
  const auto prices = prices_of(decision, *decision.get(kPayments, id), row);

  auto& payment = decision.change(kPayments, id);
  payment.state = advance(kPaymentTransitions, payment.state, event).value();
  payment.paid_at = now;
  payment.closed_at.reset();
  payment.close_reason = CloseReason::None;
  payment.paid_attempt = attempt;
  payment.method = row.method;
  payment.fee_minor = prices.fee.amount.minor;
  payment.fee_rule = prices.fee.rule;
  payment.cost_minor = prices.cost.minor;
  decision.finish_task(payment.expire_task);
  payment.expire_task = engine::TaskId();

  const auto owners = owners_of(payment, row);
  using namespace ledger::vouchers;
  must_post(decision, ledger::make(kPaySuccessChannel, id.value, owners, {{payment.amount_minor, payment.currency}}));
  if (payment.fee_minor > 0) {
    const auto tax = money::included_tax(prices.fee.amount, {decision.context.parameter("tax.vat")});
    payment.fee_tax_minor = tax.ok() ? tax->minor : 0;
    must_post(decision, ledger::make(kMerchantFee, id.value, owners, {prices.fee.amount, payment.fee_tax_minor},
                                     payment.fee_rule.value));
  }
  if (payment.cost_minor > 0) must_post(decision, ledger::make(kChannelFeeNet, id.value, owners, {prices.cost}));

  if (const auto* volume = decision.first(parties::kDailyVolumeByDay, payment.merchant,
                                          decision.context.accounting_date, payment.currency)) {
    auto& today = decision.change(parties::kDailyVolumes, volume->id);
    today.paid_minor += payment.amount_minor;
    ++today.paid_count;
  } else {
    decision.insert(
        parties::kDailyVolumes,
        parties::DailyVolumeRow{decision.new_id<StrongId<parties::DailyVolumeTag>>(id.shard()), payment.merchant,
                                decision.context.accounting_date, payment.currency, payment.amount_minor, 1});
  }
  // Nobody should pay a second time: the other attempts end at their channels.
  for (const auto* other : decision.all(kAttemptsByPayment, id)) {
    if (other->id != attempt && is_live(other->state))
      detail::set_attempt_task(decision, other->id, task_kinds::kClose, now);
  }
  detail::emit_payment_event(decision, id, "payment.succeeded");
}

void RecordOutcome::give_back(engine::Decision& decision, PaymentId id) const {
  const auto now = decision.context.now;
  detail::clear_attempt_task(decision, attempt);
  auto& row = decision.change(kAttempts, attempt);
  row.state = advance(kAttemptTransitions, row.state, AttemptEvent::PaidSurplus).value();
  row.ended_at = now;
  const auto& payment = *decision.get(kPayments, id);
  const auto owners = owners_of(payment, row);
  const money::Money amount{payment.amount_minor, payment.currency};

  RefundRow refund;
  refund.id = decision.new_id<RefundId>(id.shard());
  refund.merchant = payment.merchant;
  refund.merchant_refund_no = "surplus-" + attempt.text();
  refund.payment = id;
  refund.attempt = attempt;
  refund.kind = payment.state == PaymentState::Paid ? RefundKind::Surplus : RefundKind::Late;
  refund.amount_minor = amount.minor;
  refund.currency = amount.currency;
  refund.created_at = now;
  const auto refund_id = decision.insert(kRefunds, std::move(refund)).id;
  using namespace ledger::vouchers;
  must_post(decision, ledger::make(kLongFound, attempt.value, owners, {amount}));
  must_post(decision, ledger::make(kLongRefund, refund_id.value, owners, {amount}));
  detail::set_refund_task(decision, refund_id, task_kinds::kRefundSend, now);
}

void RecordOutcome::awaiting(engine::Decision& decision) const {
  const auto before = *decision.get(kAttempts, attempt);
  const auto first = decision.context.parameter(before.scene == Scene::Barcode ? "payments.unknown_query_first"
                                                                               : "payments.pending_query_first");
  if (!is_live(before.state)) {
    // The payer opened a code that counted as closed: now there is a trade to close.
    if (before.task_kind != task_kinds::kClose)
      detail::set_attempt_task(decision, attempt, task_kinds::kClose, decision.context.now);
    if (source == OutcomeSource::Close) detail::repeat_attempt_task(decision, attempt, first);
    return;
  }
  auto& row = decision.change(kAttempts, attempt);
  if (const auto next = advance(kAttemptTransitions, row.state, AttemptEvent::Awaiting)) row.state = *next;
  if (!outcome.qr_code.empty()) row.qr_code = outcome.qr_code;
  const auto& parameters = outcome.pay_url.empty() ? outcome.pay_parameters : outcome.pay_url;
  if (!parameters.empty()) row.pay_parameters = parameters;
  row.error_code.clear();
  row.error_message.clear();
  if (row.task_kind == task_kinds::kClose) {
    // Closing goes on whatever a slower call says now.
    if (source == OutcomeSource::Close)
      detail::repeat_attempt_task(decision, attempt, decision.context.parameter("payments.unknown_query_first"));
  } else if (source != OutcomeSource::Notification) {
    detail::keep_querying(decision, attempt, first);
  }
}

void RecordOutcome::ended(engine::Decision& decision, AttemptEvent event) const {
  const auto before = *decision.get(kAttempts, attempt);
  const auto next = advance(kAttemptTransitions, before.state, event);
  if (!next) {
    if (source != OutcomeSource::Notification && before.task) detail::clear_attempt_task(decision, attempt);
    return;
  }
  detail::clear_attempt_task(decision, attempt);
  auto& row = decision.change(kAttempts, attempt);
  row.state = *next;
  row.ended_at = decision.context.now;
  if (event == AttemptEvent::Failed) set_error(decision, attempt, outcome);
  const auto& payment = *decision.get(kPayments, before.payment);
  if (payment.state == PaymentState::Open && payment.mode == Mode::Barcode) {
    detail::want_close(decision, payment.id, CloseReason::BarcodeFailed);
  } else {
    detail::settle_closing(decision, payment.id);
  }
}

void RecordOutcome::not_found(engine::Decision& decision) const {
  const auto before = *decision.get(kAttempts, attempt);
  const auto& payment = *decision.get(kPayments, before.payment);
  const auto now = decision.context.now;
  if (source == OutcomeSource::Close && is_live(before.state)) {
    // The channel does not know the number (a code that nobody scanned yet): nothing to close there, but it may be paid
    // until the code expires. So it counts as closed and is watched.
    ended(decision, AttemptEvent::Closed);
    detail::set_attempt_task(decision, attempt, task_kinds::kQuery,
                             now.plus_s(decision.context.parameter("payments.pending_query_first")));
    return;
  }
  const bool ending = before.task_kind == task_kinds::kClose || before.task_kind == task_kinds::kCancel;
  if (ending && source != OutcomeSource::Close && source != OutcomeSource::Cancel)
    return;  // goes on whatever a slower query says now
  const bool in_doubt = before.scene == Scene::Barcode && is_live(before.state) &&
                        now >= before.created_at.plus_s(decision.context.parameter("payments.barcode_doubt"));
  if (in_doubt && source == OutcomeSource::Query) {
    detail::set_attempt_task(decision, attempt, task_kinds::kCancel, now);
    return;
  }
  const auto watch_until = payment.expires_at.plus_s(decision.context.parameter("payments.late_watch"));
  if (!is_live(before.state) && now >= watch_until) {
    detail::clear_attempt_task(decision, attempt);
    return;
  }
  detail::keep_querying(
      decision, attempt,
      decision.context.parameter(before.state == AttemptState::Unknown ? "payments.unknown_query_first"
                                                                       : "payments.pending_query_first"));
}

void RecordOutcome::unknown(engine::Decision& decision) const {
  const auto before = *decision.get(kAttempts, attempt);
  const auto first = decision.context.parameter("payments.unknown_query_first");
  if (const auto next = advance(kAttemptTransitions, before.state, AttemptEvent::Doubted)) {
    decision.change(kAttempts, attempt).state = *next;
    set_error(decision, attempt, outcome);
  }
  if (source == OutcomeSource::Notification) return;
  constexpr int kCodeTries = 3;
  const auto* task = decision.get(engine::kTasks, before.task);
  const bool ask_for_code_again =
      source == OutcomeSource::Pay && before.scene != Scene::Barcode && task != nullptr && task->tries < kCodeTries;
  const bool same_again = before.task_kind == task_kinds::kClose || before.task_kind == task_kinds::kCancel;
  if (ask_for_code_again || same_again) {
    // Asking for the code of the same number again moves no money and makes no second trade.
    detail::repeat_attempt_task(decision, attempt, first);
  } else {
    detail::keep_querying(decision, attempt, first);
  }
}

void ClosePayment::load(engine::Load& load) const {
  detail::load_view(load, payment);
  detail::load_attempt_tasks(load, payment);
  detail::load_event(load, payment);
}

Result<PaymentView> ClosePayment::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kPayments, payment);
  if (row == nullptr || (merchant && row->merchant != *merchant)) return Error(errors::kPaymentNotFound);
  if (row->state == PaymentState::Paid && reason == CloseReason::Merchant) return Error(errors::kPaymentPaid);
  if (row->state == PaymentState::Open) detail::want_close(decision, payment, reason);
  if (reason == CloseReason::Expired) {
    auto& expired = decision.change(kPayments, payment);
    decision.finish_task(expired.expire_task);
    expired.expire_task = engine::TaskId();
  }
  return detail::view_of(decision, *decision.get(kPayments, payment));
}

}  // namespace feiqian::payments
