// Steps shared by the decisions on payments. Private to payments/.
#pragma once

#include <vector>

#include "engine/command.h"
#include "ledger/posting.h"
#include "payments/errors.h"
#include "payments/tables.h"
#include "payments/view.h"

namespace feiqian::payments::detail {

/// Pauses double from `first_s` to `longest_s`.
Timestamp back_off(Timestamp now, std::int64_t first_s, std::int64_t longest_s, std::int32_t tries);

/// The payment with the attempt that matters: the paid one, else the latest. Attempts must be loaded.
PaymentView view_of(engine::Decision& decision, const PaymentRow& payment);
void load_view(engine::Load& load, PaymentId payment);

/// Replaces the attempt's (or refund's) task; the old one must be loaded.
void set_attempt_task(engine::Decision& decision, AttemptId attempt, const char* kind, Timestamp due_at);
void clear_attempt_task(engine::Decision& decision, AttemptId attempt);
void set_refund_task(engine::Decision& decision, RefundId refund, const char* kind, Timestamp due_at);
/// Same kind again, later.
void repeat_attempt_task(engine::Decision& decision, AttemptId attempt, std::int64_t first_s);
/// Keeps asking about an attempt: turns any task into a query, or repeats the query.
void keep_querying(engine::Decision& decision, AttemptId attempt, std::int64_t first_s);

/// What the attempts' tasks need loaded.
void load_attempt_tasks(engine::Load& load, PaymentId payment);
void load_event(engine::Load& load, PaymentId payment);

/// Writes the event and its delivery.
void emit_payment_event(engine::Decision& decision, PaymentId payment, const char* type);
void emit_refund_event(engine::Decision& decision, RefundId refund, const char* type);

/// Starts closing, or finishes it when nothing can be paid any more.
void want_close(engine::Decision& decision, PaymentId payment, CloseReason reason);
void settle_closing(engine::Decision& decision, PaymentId payment);

void incident(engine::Decision& decision, std::string kind, std::int64_t subject, std::string detail);

}  // namespace feiqian::payments::detail
