#include "simulation/model.h"

#include <fmt/format.h>

#include "simulation/violation.h"

namespace feiqian::simulation {
namespace {

using payments::AttemptRow;
using payments::AttemptState;
using payments::EventRow;
using payments::EventState;
using payments::PaymentRow;
using payments::PaymentState;
using payments::RefundKind;
using payments::RefundRow;
using payments::RefundState;

constexpr int kCreated = 201;

/// A part per million of an amount, half up.
std::int64_t portion(std::int64_t amount, std::int64_t ppm) {
  return (amount * ppm + 500000) / 1000000;
}

template <class Row>
Row row_of(const store::Table<Row>& table, const RowCopy& cells) {
  Row row;
  table.info().read(&row, CopiedRow(cells));
  return row;
}

void demand(bool holds, const std::string& subject, const std::string& what) {
  if (!holds) throw Violation(subject + ": " + what, subject);
}

bool may_follow(PaymentState from, PaymentState to, bool accepts_late) {
  using enum PaymentState;
  if (from == to) return true;
  // A batch may hold several decisions, so steps may be left out.
  switch (from) {
    case Open:
      return true;
    case Closing:
      return to == Closed || to == Paid;
    case Closed:
      return to == Paid && accepts_late;
    case Paid:
      return false;
  }
  return false;
}

}  // namespace

void Model::said(const payments::CreatePayment& command, const Result<payments::PaymentView>& reply) {
  const auto key = std::pair(command.merchant.value, command.merchant_order_no);
  if (!reply) {
    if (reply.error().consequence() != Consequence::RetrySafe) return;
    // "Nothing happened": then there is none, unless an earlier request made it.
    if (by_order_no_.contains(key)) return;
    claims_.emplace_back([this, key] {
      demand(!by_order_no_.contains(key), key.second, "was refused as if nothing had happened, and is there");
    });
    return;
  }
  claims_.emplace_back([this, key, command, said = reply->payment] {
    const auto subject = said.id.text();
    const auto found = by_order_no_.find(key);
    demand(found != by_order_no_.end(), subject, "was acknowledged and is not there");
    demand(found->second == said.id, subject, "was acknowledged, but its number belongs to " + found->second.text());
    const auto row = *replica_->get(payments::kPayments, said.id);
    demand(row.amount_minor == command.amount.minor && row.mode == command.mode && row.subject == command.subject,
           subject, "is not what was acknowledged");
    demand(said.state != PaymentState::Paid || row.state == PaymentState::Paid, subject,
           "was said to be paid and is not");
  });
}

void Model::said(const payments::AcceptRefund& command, const Result<RefundRow>& reply) {
  const auto key = std::pair(command.merchant.value, command.merchant_refund_no);
  if (!reply) {
    if (reply.error().consequence() == Consequence::OutcomeUnknown || by_refund_no_.contains(key)) return;
    claims_.emplace_back(
        [this, key] { demand(!by_refund_no_.contains(key), key.second, "was refused, and is there"); });
    return;
  }
  claims_.emplace_back([this, key, command, said = *reply] {
    const auto subject = said.id.text();
    const auto found = by_refund_no_.find(key);
    demand(found != by_refund_no_.end() && found->second == said.id, subject, "was acknowledged and is not there");
    const auto row = *replica_->get(payments::kRefunds, said.id);
    demand(row.amount_minor == command.amount_minor && row.payment == command.payment, subject,
           "is not what was acknowledged");
  });
}

void Model::said(const api::Idempotent<payments::AcceptRefund>& request,
                 const Result<api::Idempotent<payments::AcceptRefund>::Reply>& reply) {
  if (!reply) return;
  const auto [first, fresh] = answers_.try_emplace(request.key, reply->answer.body);
  demand(first->second == reply->answer.body, request.command.merchant_refund_no,
         "was answered differently under the same key");
  demand(!fresh || reply->answer.status == kCreated ||
             !by_refund_no_.contains({request.scope, request.command.merchant_refund_no}),
         request.command.merchant_refund_no, "was refused, and is there");
  if (reply->result) said(request.command, *reply->result);
}

void Model::check_step(const std::vector<Replica::Changed>& changes) {
  for (const auto& changed : changes) {
    if (changed.table == &payments::kPayments.info()) payment_changed(changed);
    if (changed.table == &payments::kAttempts.info()) attempt_changed(changed);
    if (changed.table == &payments::kRefunds.info()) refund_changed(changed);
    if (changed.table == &payments::kEvents.info()) event_changed(changed);
  }
  for (const auto& claim : std::exchange(claims_, {})) claim();
}

void Model::payment_changed(const Replica::Changed& changed) {
  demand(!changed.after.empty(), payments::PaymentId{changed.id}.text(), "was deleted");
  const auto after = row_of(payments::kPayments, changed.after);
  const auto subject = after.id.text();
  const auto& terms = terms_.at(after.merchant.value);
  if (changed.before.empty()) {
    const auto [found, fresh] = by_order_no_.try_emplace({after.merchant.value, after.merchant_order_no}, after.id);
    demand(fresh, subject, "has the order number of " + found->second.text());
    history_->add(fmt::format("{} is {} ({} {} {})", subject, name_of(after.state), after.merchant_order_no,
                              name_of(after.mode), after.amount_minor));
  } else {
    const auto before = row_of(payments::kPayments, changed.before);
    demand(before.amount_minor == after.amount_minor && before.currency == after.currency &&
               before.merchant == after.merchant && before.merchant_order_no == after.merchant_order_no,
           subject, "changed what never changes");
    demand(may_follow(before.state, after.state, terms.accepts_late), subject,
           fmt::format("went from {} to {}", name_of(before.state), name_of(after.state)));
    demand(after.refunded_minor >= before.refunded_minor, subject, "un-refunded something");
    if (before.state != after.state) history_->add(subject + " is " + std::string(name_of(after.state)));
    if (before.state == PaymentState::Paid)
      demand(before.fee_minor == after.fee_minor && before.paid_attempt == after.paid_attempt &&
                 before.paid_at == after.paid_at,
             subject, "changed how it was paid");
  }
  demand(after.refunded_minor >= 0 && after.refunding_minor >= 0 &&
             after.refunded_minor + after.refunding_minor <= after.amount_minor,
         subject,
         fmt::format("has {} refunded and {} under way of {}", after.refunded_minor, after.refunding_minor,
                     after.amount_minor));
  demand(after.fee_returned_minor >= 0 && after.fee_returned_minor <= after.fee_minor, subject,
         "returned more than its fee");
  const bool paid_before =
      !changed.before.empty() && row_of(payments::kPayments, changed.before).state == PaymentState::Paid;
  if (after.state == PaymentState::Paid && !paid_before) became_paid(after);
}

void Model::became_paid(const PaymentRow& payment) {
  const auto subject = payment.id.text();
  const auto& terms = terms_.at(payment.merchant.value);
  const auto trade = provider_->trade(payment.paid_attempt.text());
  demand(trade && trade->was_paid(), subject,
         "is paid, but the provider has no money for " + payment.paid_attempt.text());
  demand(trade->total_minor == payment.amount_minor, subject, "is paid with another amount");
  demand(payment.fee_minor == portion(payment.amount_minor, terms.fee_ppm), subject, "has a wrong fee");
  demand(payment.cost_minor == portion(payment.amount_minor, terms.cost_ppm), subject, "has a wrong cost");
}

void Model::attempt_changed(const Replica::Changed& changed) {
  demand(!changed.after.empty(), payments::AttemptId{changed.id}.text(), "was deleted");
  const auto after = row_of(payments::kAttempts, changed.after);
  const auto subject = after.id.text();
  if (changed.before.empty()) {
    attempts_[after.payment.value].push_back(after.id);
    history_->add(fmt::format("{} of {} by {}", subject, after.payment.text(), name_of(after.scene)));
    return;
  }
  const auto before = row_of(payments::kAttempts, changed.before);
  const bool final = before.state == AttemptState::Succeeded || before.state == AttemptState::Surplus;
  demand(!final || before.state == after.state, subject, "left a final state");
  if (before.state != after.state) history_->add(subject + " is " + std::string(name_of(after.state)));
  if (after.state == AttemptState::Surplus && !final) {
    const auto trade = provider_->trade(subject);
    demand(trade && trade->was_paid(), subject, "counts as surplus, but the provider has no money for it");
  }
}

void Model::refund_changed(const Replica::Changed& changed) {
  demand(!changed.after.empty(), payments::RefundId{changed.id}.text(), "was deleted");
  const auto after = row_of(payments::kRefunds, changed.after);
  const auto subject = after.id.text();
  if (changed.before.empty()) {
    const auto fresh = by_refund_no_.try_emplace({after.merchant.value, after.merchant_refund_no}, after.id).second;
    demand(fresh, subject, "has the number of another refund");
    refunds_[after.payment.value].push_back(after.id);
    history_->add(fmt::format("{} of {} is accepted: {} ({})", subject, after.payment.text(), after.amount_minor,
                              name_of(after.kind)));
  } else {
    const auto before = row_of(payments::kRefunds, changed.before);
    demand(before.amount_minor == after.amount_minor && before.payment == after.payment, subject,
           "changed what never changes");
    demand(before.state == RefundState::Pending || before.state == after.state, subject, "left a final state");
    if (before.state != after.state) history_->add(subject + " is " + std::string(name_of(after.state)));
    if (before.state == after.state) return;
  }
  if (after.state != RefundState::Pending) check_refund_at_rest(after);
}

void Model::event_changed(const Replica::Changed& changed) {
  const auto after = row_of(payments::kEvents, changed.after);
  if (changed.before.empty()) return;
  const auto before = row_of(payments::kEvents, changed.before);
  demand(before.body == after.body && before.url == after.url && before.type == after.type, after.id.text(),
         "changed what it tells");
}

/// The provider did what a final refund says, and no more.
void Model::check_refund_at_rest(const RefundRow& refund) {
  const auto subject = refund.id.text();
  demand(refund.state != RefundState::Pending, subject, "is still pending");
  const auto trade = provider_->trade(refund.attempt.text());
  demand(trade.has_value(), subject, "is of a trade that the provider does not know");
  std::int64_t done = 0;
  std::int64_t known = 0;
  for (const auto& there : trade->refunds) {
    if (there.number != subject) continue;
    known += there.amount_minor;
    if (there.done) done += there.amount_minor;
  }
  if (refund.state == RefundState::Succeeded) {
    demand(done == refund.amount_minor, subject,
           fmt::format("succeeded with {}, the provider gave back {}", refund.amount_minor, done));
  } else {
    demand(known == 0, subject, fmt::format("failed, but the provider gives back {}", known));
  }
}

void Model::check_fee_returned(const PaymentRow& payment, std::int64_t refunds) {
  const auto subject = payment.id.text();
  if (!terms_.at(payment.merchant.value).returns_fee) {
    demand(payment.fee_returned_minor == 0, subject, "returned a fee against the contract");
    return;
  }
  const auto part = payment.fee_minor * payment.refunded_minor / payment.amount_minor;
  const auto off = payment.fee_returned_minor - part;
  demand(off >= -refunds - 1 && off <= refunds + 1, subject,
         fmt::format("returned a fee of {} for {} of {}", payment.fee_returned_minor, payment.refunded_minor,
                     payment.amount_minor));
  if (payment.refunded_minor == payment.amount_minor)
    demand(payment.fee_returned_minor == payment.fee_minor, subject, "is refunded whole and kept a part of its fee");
}

void Model::check_payment_at_rest(const PaymentRow& payment, ExpectedBooks& books) {
  const auto subject = payment.id.text();
  const bool paid = payment.state == PaymentState::Paid;
  demand(paid || payment.state == PaymentState::Closed, subject,
         "is still " + std::string(name_of(payment.state)) + " at rest");
  demand(payment.refunding_minor == 0, subject, "has refunds under way at rest");
  std::int64_t refunded = 0;
  std::map<std::int64_t, std::int64_t> kept;  // by attempt: surplus that could not be given back
  for (const auto id : refunds_[payment.id.value]) {
    const auto refund = *replica_->get(payments::kRefunds, id);
    check_refund_at_rest(refund);
    const bool succeeded = refund.state == RefundState::Succeeded;
    if (refund.kind == RefundKind::Merchant) {
      refunded += succeeded ? refund.amount_minor : 0;
    } else if (!succeeded) {
      kept[refund.attempt.value] += refund.amount_minor;
      books.surplus += refund.amount_minor;
    }
  }
  demand(refunded == payment.refunded_minor, subject,
         fmt::format("says {} refunded, its refunds say {}", payment.refunded_minor, refunded));
  for (const auto id : attempts_[payment.id.value]) {
    const auto attempt = *replica_->get(payments::kAttempts, id);
    demand(!is_live(attempt.state), id.text(), "is still " + std::string(name_of(attempt.state)) + " at rest");
    const auto trade = provider_->trade(id.text());
    const auto held = trade ? trade->held_minor() : 0;
    const bool is_paid_one = paid && payment.paid_attempt == id;
    const auto expected = is_paid_one ? payment.amount_minor - payment.refunded_minor : kept[id.value];
    demand(held == expected, subject,
           fmt::format("is {}; of {} ({}) the provider holds {}, the platform accounts for {}", name_of(payment.state),
                       id.text(), name_of(attempt.state), held, expected));
    books.receivable += held;
  }
  if (!paid) return;
  check_fee_returned(payment, static_cast<std::int64_t>(refunds_[payment.id.value].size()));
  books.pending_settlement[payment.merchant.value] +=
      payment.amount_minor - payment.refunded_minor - payment.fee_minor + payment.fee_returned_minor;
  const auto cost = payment.cost_minor - payment.cost_returned_minor;
  books.receivable -= cost;
  books.channel_cost += cost;
  books.fee_income_and_tax += payment.fee_minor - payment.fee_returned_minor;
}

ExpectedBooks Model::check_at_rest() {
  ExpectedBooks books;
  for (const auto& payment : replica_->all(payments::kPayments)) check_payment_at_rest(payment, books);
  for (const auto& trade : provider_->trades()) {
    const auto attempt = payments::AttemptId::parse(trade.number);
    demand(attempt && replica_->get(payments::kAttempts, *attempt), trade.number,
           "is a trade at the provider that the platform does not know");
  }
  return books;
}

}  // namespace feiqian::simulation
