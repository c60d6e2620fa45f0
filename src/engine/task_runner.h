// Performs tasks when they are due. The outbox table is the truth; this is its image in memory, fed by the engine after
// every commit. A task is run by one executor at a time. The executor does the outside work, then submits the command
// that records the outcome and finishes or reschedules the task in the same commit; a task that is still there
// unchanged when its executor is done is run again after a pause.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/batch.h"

namespace feiqian::engine {

class TaskRunner {
 public:
  /// Calls `done` once, from any thread, when the outcome was recorded or could not be.
  using Executor = std::function<void(const TaskRow& task, std::function<void()> done)>;
  /// Runs `work` after `ms` on another thread (the runtime's timer).
  using Timer = std::function<void(std::int64_t ms, std::function<void()> work)>;

  TaskRunner(const Clock& clock, Timer timer);
  ~TaskRunner();

  /// Before the engine starts. `at_once` tasks of the kind may run together, `per_lane` of one lane.
  void handle(std::string kind, int at_once, int per_lane, Executor executor);
  /// For a store that others write too: what is stored of a task now. `found` gets nothing when it is gone.
  using Found = std::function<void(Result<std::optional<TaskRow>> found)>;
  using Lookup = std::function<void(TaskId task, Found found)>;
  /// Tasks that waited here are looked up before they are performed: another node may have finished, moved or put them
  /// off. Before the engine starts.
  void confirm_with(Lookup lookup);
  /// The engine's listener.
  void apply(const TaskChanges& changes);
  /// Tasks run from now on; before, they only gather.
  void begin();
  /// No further task is begun.
  void stop();

  std::size_t backlog() const;
  /// How many lanes were looked at for a task to begin, since the start: one for each task begun, and at most one more
  /// for each kind whenever something changes, whatever the backlog.
  std::int64_t looks() const;
  /// Brings the metrics of tasks up to date: backlog, running and oldest by kind. In proportion to the lanes in use.
  void measure() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace feiqian::engine
