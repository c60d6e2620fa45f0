// The engine: a bounded queue and worker threads around BatchProcessor, one of them in an exclusive store. It commits
// at once when idle and takes whatever queued meanwhile when busy: no timer. `submit` may be called from any thread;
// callbacks run on a worker's thread after the commit and must not block. A simulation leaves out the thread and
// decides by `step`.
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
    std::int64_t slow_ms = 0;   ///< commands and batches that take so long are logged; 0: none
  };
  using TaskListener = std::function<void(const TaskChanges&)>;

  Engine(store::Store& store, const Clock& clock, std::vector<BatchSeal*> seals, Options options);
  ~Engine();

  /// Another worker on the same queue, with a connection to the same shared store, a chain and seals of its own: it
  /// decides one batch while another is on its way to the disk. Before `observe` and `start`.
  void add_worker(store::Store& store, std::vector<BatchSeal*> seals);
  /// Before `start`. With several workers it is called from all their threads.
  void observe(CommitObserver& observer);
  /// Recovers and starts the workers; the log says what was recovered and how long it took. The listener first gets all
  /// tasks that are stored.
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
  /// Whether one of its workers continues that chain.
  bool owns(int chain) const;
  std::size_t queue_depth() const;
  /// Brings the metrics of the queue up to date.
  void measure() const;

 private:
  void add(std::unique_ptr<Submission> submission);
  void work(BatchProcessor& processor);
  /// Under the lock.
  std::vector<std::unique_ptr<Submission>> take_batch();
  /// False when an invariant would break: nothing is taken any more.
  bool process(BatchProcessor& processor, std::span<const std::unique_ptr<Submission>> batch);
  void idle(BatchProcessor& processor);
  void probe(BatchProcessor& processor);

  const Clock* clock_;
  Options options_;
  std::vector<std::unique_ptr<BatchProcessor>> processors_;  // one a worker; the first one can be stepped
  TaskListener listener_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Submission>> queue_;  // guarded by mutex_
  bool accepting_ = false;                          // guarded by mutex_
  bool stopping_ = false;                           // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace feiqian::engine
