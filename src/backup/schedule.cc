#include "backup/schedule.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::backup {
namespace {

constexpr int kGivesWay = 10;

void prune_as_planned(const SchedulePlan& plan, const Keys& keys, const Clock& clock) {
  const auto removed = prune(plan.options.target, plan.retention, keys, clock);
  if (!removed) log::warn("backup.prune_failed", {{"error", removed.error()}});
  if (removed && !removed->empty()) log::info("backup.pruned", {{"chains", removed->size()}});
}

}  // namespace

Result<Taken> take_and_prune(const SchedulePlan& plan, const Keys& keys, Random& random, const Clock& clock) {
  static const auto kFailures = metrics::counter("feiqian_backup_failures_total", "Backups that failed");
  static const auto kLast =
      metrics::gauge("feiqian_backup_last_success_timestamp_seconds", "The newest restore point, seconds since 1970");
  static const auto kDuration = metrics::gauge("feiqian_backup_duration_seconds", "Time the last backup took");
  auto taken = take(plan.subject, plan.options, keys, random, clock);
  if (!taken && taken.error().is(errors::kBackupCancelled)) return taken;
  if (!taken) {
    kFailures.add();
    log::error("backup.failed", {{"error", taken.error()}});
    return taken;
  }
  const auto& point = taken->point;
  kLast.set(static_cast<double>(point.taken_at.unix_s()));
  kDuration.set(static_cast<double>(taken->duration_ms) / 1000);
  log::info("backup.taken", {{"point", point.place("manifest")},
                             {"full", point.is_full()},
                             {"batch", point.batch},
                             {"pages", point.pages},
                             {"bytes", point.data.size},
                             {"duration_ms", taken->duration_ms}});
  if (point.is_full()) prune_as_planned(plan, keys, clock);
  return taken;
}

Schedule::Schedule(SchedulePlan plan, Keys keys, Random& random, const Clock& clock)
    : plan_(std::move(plan)), keys_(std::move(keys)), random_(&random), clock_(&clock) {
  plan_.options.cancelled = &stopping_;
  thread_ = std::thread([this] { run(); });
}

Schedule::~Schedule() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Schedule::run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kGivesWay);
  // What the settings of this start no longer keep; later, with each new chain.
  prune_as_planned(plan_, keys_, *clock_);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    static_cast<void>(take_and_prune(plan_, keys_, *random_, *clock_).ok());
    lock.lock();
    wake_.wait_for(lock, std::chrono::seconds(plan_.every_s), [this] { return stopping_.load(); });
  }
}

}  // namespace feiqian::backup
