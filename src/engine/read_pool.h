// Threads that read: each has a Reader of its own and never waits for the writer. Work posted here may block on the
// disk. Without threads (simulation) the work is done by `step`.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/store.h"

namespace feiqian::engine {

class ReadPool {
 public:
  using Work = std::function<void(store::Reader&)>;
  using Open = std::function<Result<std::unique_ptr<store::Reader>>()>;
  /// With 0 threads one Reader is opened, for `step`.
  static Result<std::unique_ptr<ReadPool>> start(const Open& open, int threads);
  static Result<std::unique_ptr<ReadPool>> start(store::Store& store, int threads) {
    return start([&store] { return store.open_reader(); }, threads);
  }
  ~ReadPool();
  /// Any thread. False when too much is waiting; the work is then dropped.
  bool post(Work work);
  /// One piece of work, on the caller's thread; only without threads. False when there was none.
  bool step();
  std::size_t waiting() const;
  void stop();

 private:
  ReadPool() = default;
  void run(store::Reader& reader);

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;  // guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_
  std::vector<std::unique_ptr<store::Reader>> readers_;
  std::vector<std::thread> threads_;
};

}  // namespace feiqian::engine
