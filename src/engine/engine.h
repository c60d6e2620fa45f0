// The engine: a bounded queue and one worker thread around BatchProcessor. It commits at once when idle and takes
// whatever queued meanwhile when busy: no timer. `submit` may be called from any thread; callbacks run on the engine's
// thread after the commit and must not block. A simulation leaves out the thread and decides by `step`.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/batch.h"

namespace feiqian::engine {

class Engine {
 public:
  struct Options {
    std::size_t queue_limit = 65536;
    std::size_t batch_limit = 8192;
    std::string node = "node";  ///< see Chain
  };
  using TaskListener = std::function<void(const TaskChanges&)>;

  Engine(store::Store& store, const Clock& clock, std::vector<BatchSeal*> seals, Options options);
  ~Engine();

  /// Before `start`.
  void observe(CommitObserver& observer) { processor_.observe(observer); }
  /// Recovers and starts the worker. The listener first gets all tasks that are stored.
  Result<void> start(TaskListener listener);
  /// The same without a worker: batches are decided by `step`, on its caller's thread.
  Result<void> start_stepped(TaskListener listener);
  /// One batch of what is queued, or a probe of a store that is not well. False when there was nothing to do.
  bool step();
  /// Decides what is queued, then stops. Idempotent.
  void stop();

  /// The callback gets the reply after the durable commit; errors::kOverloaded and kEngineStopped come at once, on the
  /// caller's thread.
  template <class Command>
  void submit(Command command, typename SubmissionOf<Command>::Callback callback) {
    add(std::make_unique<SubmissionOf<Command>>(std::move(command), std::move(callback)));
  }
  /// Waits for the reply. Not for loop threads.
  template <class Command>
  Result<typename Command::Reply> run(Command command) {
    using Reply = Result<typename Command::Reply>;
    auto promise = std::make_shared<std::promise<Reply>>();
    auto future = promise->get_future();
    submit(std::move(command), [promise](Reply reply) { promise->set_value(std::move(reply)); });
    return future.get();
  }

  /// Taking commands and the store accepts writes.
  bool healthy() const;
  /// Whose batches these are; see Chain.
  int chain() const { return processor_.chain_number(); }
  std::size_t queue_depth() const;

 private:
  void add(std::unique_ptr<Submission> submission);
  void work();
  /// Under the lock.
  std::vector<std::unique_ptr<Submission>> take_batch();
  /// False when an invariant would break: nothing is taken any more.
  bool process(std::span<const std::unique_ptr<Submission>> batch);
  void idle();
  void probe();

  BatchProcessor processor_;
  Options options_;
  TaskListener listener_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Submission>> queue_;  // guarded by mutex_
  bool accepting_ = false;                          // guarded by mutex_
  bool stopping_ = false;                           // guarded by mutex_
  std::thread thread_;
};

}  // namespace feiqian::engine
