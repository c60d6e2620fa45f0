#include "payments/deliveries.h"

#include <algorithm>
#include <array>

namespace feiqian::payments {
namespace {

// docs/merchant-api.md "Webhooks".
constexpr auto kPausesS = std::to_array<std::int64_t>({5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 57600, 86400});

void load_event_rows(engine::Load& load, EventId event) {
  if (const auto* row = load.get(kEvents, event)) load.get(engine::kTasks, row->task);
}

}  // namespace

std::int64_t delivery_pause_s(std::int32_t tries) {
  const auto index = std::clamp<std::int32_t>(tries - 1, 0, static_cast<std::int32_t>(kPausesS.size()) - 1);
  return kPausesS[static_cast<std::size_t>(index)];
}

void RecordDelivery::load(engine::Load& load) const {
  load_event_rows(load, event);
}

Result<EventRow> RecordDelivery::decide(engine::Decision& decision) const {
  if (decision.get(kEvents, event) == nullptr) return Error(errors::kEventNotFound);
  const auto now = decision.context.now;
  decision.insert(kDeliveries, DeliveryRow{decision.new_id<StrongId<DeliveryTag>>(event.shard()), event, now, status,
                                           error, duration_ms});
  auto& row = decision.change(kEvents, event);
  ++row.tries;
  const bool delivered = status && *status >= 200 && *status < 300;
  if (delivered || row.tries >= decision.context.parameter("webhooks.most_tries")) {
    row.state = delivered ? EventState::Delivered : EventState::Exhausted;
    row.next_try_at.reset();
    decision.finish_task(row.task);
    row.task = engine::TaskId();
  } else {
    row.next_try_at = now.plus_s(delivery_pause_s(row.tries));
    if (decision.get(engine::kTasks, row.task) != nullptr) decision.reschedule_task(row.task, *row.next_try_at);
  }
  return row;
}

void ResendEvent::load(engine::Load& load) const {
  load_event_rows(load, event);
}

Result<EventRow> ResendEvent::decide(engine::Decision& decision) const {
  const auto* found = decision.get(kEvents, event);
  if (found == nullptr || (merchant && found->merchant != *merchant)) return Error(errors::kEventNotFound);
  if (found->url.empty()) return Error(errors::kNoTarget);
  auto& row = decision.change(kEvents, event);
  decision.finish_task(row.task);
  row.task = decision.enqueue(task_kinds::kDeliver, event.value, row.merchant.value, decision.context.now);
  row.state = EventState::Pending;
  row.next_try_at = decision.context.now;
  // One try asked for by hand; if it fails the event goes on as before it.
  return row;
}

}  // namespace feiqian::payments
