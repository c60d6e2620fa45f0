// What one worker measures about its batches, and what it says in the log about slow ones: names of commands and times,
// never their content.
#pragma once

#include <string>

#include "engine/batch.h"
#include "foundation/metrics.h"

namespace feiqian::engine {

/// How long the phases of one batch took. Where nobody else writes, rows that are not in memory are read while
/// deciding.
struct BatchTimes {
  double load_s = 0, decide_s = 0, seal_s = 0, flush_s = 0;
  double total_s() const { return load_s + decide_s + seal_s + flush_s; }
};

struct BatchMetrics {
  /// `worker`: which of the process's workers, from 0.
  explicit BatchMetrics(const std::string& worker);
  void observe(const BatchTimes& times) const;

  metrics::Counter commands, refused, failures, conflicts, interrupted, slow;
  metrics::Histogram size, load, decide, seal, flush;
};

/// The command's type without namespaces of the engine, such as `feiqian::payments::CreatePayment`.
std::string command_name(const Submission& submission);

/// For one worker's loop over the commands of a batch: cheap enough to be asked after each one, exact to a few ms.
class SlowWatch {
 public:
  /// 0: never says anything.
  explicit SlowWatch(std::int64_t slow_ms);
  /// After each command: logs the one that took too long since the call before, and says so.
  bool lap(const Submission& submission);

 private:
  std::int64_t slow_ms_;
  std::int64_t last_ms_;
};

void log_slow_batch(const BatchTimes& times, std::size_t commands, int worker);

}  // namespace feiqian::engine
