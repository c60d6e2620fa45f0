#include "payments/detail/steps.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace feiqian::payments::detail {

namespace json = boost::json;

Timestamp back_off(Timestamp now, std::int64_t first_s, std::int64_t longest_s, std::int32_t tries) {
  std::int64_t pause = first_s;
  for (std::int32_t i = 0; i < tries && pause < longest_s; ++i) pause *= 2;
  return now.plus_s(std::min(pause, longest_s));
}

void load_view(engine::Load& load, PaymentId payment) {
  load.get(kPayments, payment);
  load.all(kAttemptsByPayment, payment);
}

PaymentView view_of(engine::Decision& decision, const PaymentRow& payment) {
  PaymentView view{payment, std::nullopt};
  for (const auto* attempt : decision.all(kAttemptsByPayment, payment.id)) {
    if (payment.paid_attempt ? attempt->id == payment.paid_attempt : !view.attempt || attempt->id > view.attempt->id)
      view.attempt = *attempt;
  }
  return view;
}

void load_attempt_tasks(engine::Load& load, PaymentId payment) {
  for (const auto* attempt : load.all(kAttemptsByPayment, payment)) load.get(engine::kTasks, attempt->task);
}

void load_event(engine::Load& load, PaymentId payment) {
  const auto* row = load.get(kPayments, payment);
  if (row == nullptr) return;
  load.get(parties::kMerchants, row->merchant);
  load.get(engine::kTasks, row->expire_task);
}

void set_attempt_task(engine::Decision& decision, AttemptId id, const char* kind, Timestamp due_at) {
  auto& attempt = decision.change(kAttempts, id);
  if (attempt.task) decision.finish_task(attempt.task);
  attempt.task = decision.enqueue(kind, id.value, attempt.channel.value, due_at);
  attempt.task_kind = kind;
}

void clear_attempt_task(engine::Decision& decision, AttemptId id) {
  auto& attempt = decision.change(kAttempts, id);
  if (attempt.task) decision.finish_task(attempt.task);
  attempt.task = engine::TaskId();
  attempt.task_kind.clear();
}

void set_refund_task(engine::Decision& decision, RefundId id, const char* kind, Timestamp due_at) {
  auto& refund = decision.change(kRefunds, id);
  if (refund.task) decision.finish_task(refund.task);
  const auto* attempt = decision.get(kAttempts, refund.attempt);
  refund.task = decision.enqueue(kind, id.value, attempt->channel.value, due_at);
  refund.task_kind = kind;
}

void repeat_attempt_task(engine::Decision& decision, AttemptId id, std::int64_t first_s) {
  const auto* attempt = decision.get(kAttempts, id);
  const auto* task = decision.get(engine::kTasks, attempt->task);
  if (task == nullptr) return;
  const auto longest = decision.context.parameter("payments.unknown_query_longest");
  decision.reschedule_task(attempt->task, back_off(decision.context.now, first_s, longest, task->tries));
}

void keep_querying(engine::Decision& decision, AttemptId id, std::int64_t first_s) {
  const auto* attempt = decision.get(kAttempts, id);
  const bool querying = attempt->task && attempt->task_kind == task_kinds::kQuery &&
                        decision.get(engine::kTasks, attempt->task) != nullptr;
  if (querying) {
    repeat_attempt_task(decision, id, first_s);
  } else {
    set_attempt_task(decision, id, task_kinds::kQuery, decision.context.now.plus_s(first_s));
  }
}

namespace {

/// Events are made at every payment: their JSON lives on the stack.
class Arena {
 public:
  json::storage_ptr storage() { return &resource_; }

 private:
  std::array<unsigned char, 8192> buffer_;
  json::monotonic_resource resource_{buffer_.data(), buffer_.size()};
};

void emit(engine::Decision& decision, const PaymentRow& payment, const char* type, json::object data) {
  const auto* merchant = decision.get(parties::kMerchants, payment.merchant);
  CHECK(merchant != nullptr);
  const auto now = decision.context.now;
  EventRow event;
  event.id = decision.new_id<EventId>(payment.id.shard());
  event.merchant = payment.merchant;
  event.payment = payment.id;
  event.type = type;
  event.url = payment.notify_url.empty() ? merchant->notify_url : payment.notify_url;
  json::object body(data.storage());
  body.emplace("type", type);
  body.emplace("timestamp", to_rfc3339(now));
  body.emplace("data", std::move(data));
  event.body = json::serialize(body);
  event.created_at = now;
  if (event.url.empty()) {
    event.state = EventState::Exhausted;
  } else {
    event.next_try_at = now;
    event.task = decision.enqueue(task_kinds::kDeliver, event.id.value, payment.merchant.value, now);
  }
  decision.insert(kEvents, std::move(event));
}

}  // namespace

void emit_payment_event(engine::Decision& decision, PaymentId id, const char* type) {
  const auto* payment = decision.get(kPayments, id);
  Arena arena;
  json::object data(arena.storage());
  data.emplace("payment", to_json(view_of(decision, *payment), nullptr, arena.storage()));
  emit(decision, *payment, type, std::move(data));
}

void emit_refund_event(engine::Decision& decision, RefundId id, const char* type) {
  const auto* refund = decision.get(kRefunds, id);
  const auto* payment = decision.get(kPayments, refund->payment);
  emit(decision, *payment, type, {{"refund", to_json(*refund)}, {"payment", to_json(view_of(decision, *payment))}});
}

void want_close(engine::Decision& decision, PaymentId id, CloseReason reason) {
  auto& payment = decision.change(kPayments, id);
  payment.state = advance(kPaymentTransitions, payment.state, PaymentEvent::CloseWanted).value();
  payment.close_reason = reason;
  for (const auto* attempt : decision.all(kAttemptsByPayment, id)) {
    if (is_live(attempt->state)) set_attempt_task(decision, attempt->id, task_kinds::kClose, decision.context.now);
  }
  settle_closing(decision, id);
}

void settle_closing(engine::Decision& decision, PaymentId id) {
  const auto* payment = decision.get(kPayments, id);
  if (payment->state != PaymentState::Closing) return;
  for (const auto* attempt : decision.all(kAttemptsByPayment, id)) {
    if (is_live(attempt->state)) return;
  }
  auto& closing = decision.change(kPayments, id);
  closing.state = advance(kPaymentTransitions, closing.state, PaymentEvent::AllClosed).value();
  closing.closed_at = decision.context.now;
  decision.finish_task(closing.expire_task);
  closing.expire_task = engine::TaskId();
  emit_payment_event(decision, id, "payment.closed");
}

void incident(engine::Decision& decision, std::string kind, std::int64_t subject, std::string detail) {
  decision.insert(kIncidents, IncidentRow{decision.new_id<StrongId<IncidentTag>>(shard_of(subject)), std::move(kind),
                                          subject, std::move(detail), decision.context.now});
}

}  // namespace feiqian::payments::detail
