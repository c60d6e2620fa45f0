#include "payments/after_restore.h"

#include <algorithm>
#include <array>

#include "payments/detail/steps.h"
#include "store/store.h"

namespace feiqian::payments {

void RecordRestore::load(engine::Load& load) const {
  load.all(kIncidentsByWords, std::int64_t{0}, words);
}

Result<bool> RecordRestore::decide(engine::Decision& decision) const {
  if (!decision.all(kIncidentsByWords, std::int64_t{0}, words).empty()) return false;
  detail::incident(decision, "platform.restored", 0, words);
  return true;
}

void HurryTasks::load(engine::Load& load) const {
  for (const auto id : tasks) load.get(engine::kTasks, id);
}

Result<std::int64_t> HurryTasks::decide(engine::Decision& decision) const {
  std::int64_t hurried = 0;
  for (const auto id : tasks) {
    if (decision.get(engine::kTasks, id) == nullptr) continue;
    auto& task = decision.change(engine::kTasks, id);
    task.due_at = decision.context.now;
    task.tries = 0;
    ++hurried;
  }
  return hurried;
}

Result<std::vector<engine::TaskId>> tasks_that_ask(store::Reader& reader) {
  // Not what sends for the first time (attempt.pay, refund.send): those are due as they are.
  constexpr std::array kAsking{task_kinds::kQuery, task_kinds::kClose, task_kinds::kCancel, task_kinds::kRefundQuery};
  std::vector<engine::TaskId> tasks;
  TRY(store::Query(engine::kTasks).oldest_first().limit(INT64_MAX).visit(reader, [&](const engine::TaskRow& task) {
    if (std::find(kAsking.begin(), kAsking.end(), task.kind) != kAsking.end()) tasks.push_back(task.id);
  }));
  return tasks;
}

}  // namespace feiqian::payments
