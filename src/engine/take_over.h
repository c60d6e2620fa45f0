// Taking over the tasks of a worker whose lease has ended: its node is gone, or stopped for good.
#pragma once

#include <vector>

#include "engine/command.h"

namespace feiqian::engine {

/// The first one shuts the worker out (its commits are refused from then on) and frees its chain; every one moves
/// `tasks` to the worker that decides. Without `tasks`, after the first one, nothing is left to be taken.
struct TakeOver {
  /// How many tasks were moved.
  using Reply = std::int64_t;
  int chain = 0;
  std::int64_t epoch = 0;  ///< of the worker's row when `tasks` were looked up
  std::vector<TaskId> tasks;

  void load(Load& load) const {
    load.get(kWorkers, worker_of_chain(chain));
    for (const auto task : tasks) load.get(kTasks, task);
  }
  Result<Reply> decide(Decision& decision) const {
    const auto* worker = decision.get(kWorkers, worker_of_chain(chain));
    const bool mine = chain == decision.context.chain;
    if (worker == nullptr || mine || worker->epoch != epoch || !is_abandoned(*worker, decision.context.now))
      return Reply{0};
    auto& row = decision.change(kWorkers, worker->id);
    if (!row.node.empty()) {
      row.node.clear();
      ++row.epoch;
    } else if (tasks.empty()) {
      row.lease_until = Timestamp();
    }
    Reply moved = 0;
    for (const auto id : tasks) {
      const auto* task = decision.get(kTasks, id);
      if (task == nullptr || task->chain != chain) continue;
      auto& taken = decision.change(kTasks, id);
      taken.chain = decision.context.chain;
      ++taken.tries;  // it may have been performed already
      ++moved;
    }
    return moved;
  }

  /// The lease has ended, and not everything is taken over yet.
  static bool is_abandoned(const WorkerRow& worker, Timestamp now) {
    return worker.lease_until.us != 0 && worker.lease_until <= now;
  }
};

}  // namespace feiqian::engine
