// Backups at intervals, on a thread of its own that gives way to all others: each is a restore point, so the interval
// is the RPO. A failed one is logged and counted, and tried again at the next time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "backup/prune.h"
#include "backup/take.h"

namespace feiqian::backup {

struct SchedulePlan {
  Subject subject;
  TakeOptions options;
  std::int64_t every_s = 300;
  Retention retention;
};

/// One backup; with a new chain, what retention no longer keeps is removed. Logs `backup.taken` or `backup.failed`, and
/// sets the metrics.
Result<Taken> take_and_prune(const SchedulePlan& plan, const Keys& keys, Random& random, const Clock& clock);

class Schedule {
 public:
  /// Begins with a backup at once.
  Schedule(SchedulePlan plan, Keys keys, Random& random, const Clock& clock);
  /// Gives up the backup under way.
  ~Schedule();

 private:
  void run();
  SchedulePlan plan_;
  Keys keys_;
  Random* random_;
  const Clock* clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_ = false;  // set under mutex_
  std::thread thread_;
};

}  // namespace feiqian::backup
