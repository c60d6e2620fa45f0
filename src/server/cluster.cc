#include "server/cluster.h"

#include "engine/take_over.h"
#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::server {
namespace {

constexpr std::int64_t kNudgeMs = 300;
constexpr std::size_t kNudgedAtOnce = 1000;
constexpr std::int64_t kReferenceMs = 500;
constexpr std::int64_t kAbandonedMs = 2000;
constexpr std::int64_t kTasksAtOnce = 500;

}  // namespace

void Cluster::install() {
  it_.tasks->confirm_with([this](engine::TaskId task, engine::TaskRunner::Found found) {
    const bool posted = it_.reads->post([task, found](store::Reader& reader) {
      found(store::Query(engine::kTasks).equal<&engine::TaskRow::id>(task).first(reader));
    });
    if (!posted) found(Error(errors::kOverloaded));
  });
}

void Cluster::begin() {
  every(kNudgeMs, [this] {
    if (!alone_) it_.feed->nudge(kNudgedAtOnce);
  });
  every(kReferenceMs, [this] { look_for_changed_reference_data(); });
  every(kAbandonedMs, [this] { look_for_abandoned_tasks(); });
}

void Cluster::every(std::int64_t ms, std::function<void()> work) {
  it_.timer(ms, [this, ms, work = std::move(work)] {
    work();
    every(ms, work);
  });
}

void Cluster::look_for_changed_reference_data() {
  it_.reads->post([this](store::Reader& reader) {
    const auto row = store::Query(engine::kReferenceVersion).first(reader);
    if (!row || !row.value()) return;
    if (reference_version_.exchange(row.value()->version) == row.value()->version) return;
    it_.directory->invalidate();
    it_.ledger_clients->invalidate();
  });
}

void Cluster::look_for_abandoned_tasks() {
  it_.reads->post([this](store::Reader& reader) {
    const auto workers = store::Query(engine::kWorkers).limit(engine::kMostChains).run(reader);
    if (!workers) return;
    const auto now = it_.clock->now();
    bool alone = true;
    for (const auto& worker : *workers) {
      if (it_.engine->owns(engine::chain_of_worker(worker.id))) continue;
      if (engine::TakeOver::is_abandoned(worker, now)) take_over(reader, worker);
      alone = alone && worker.lease_until <= now;
    }
    alone_ = alone;
  });
}

void Cluster::take_over(store::Reader& reader, const engine::WorkerRow& worker) {
  static const auto kTaken = metrics::counter("feiqian_tasks_taken_over_total", "Tasks of nodes that are gone");
  const int chain = engine::chain_of_worker(worker.id);
  store::Query query(engine::kTasks);
  const auto tasks = query.equal<&engine::TaskRow::chain>(chain).oldest_first().limit(kTasksAtOnce).run(reader);
  if (!tasks) return;
  engine::TakeOver command{chain, worker.epoch, {}};
  for (const auto& task : *tasks) command.tasks.push_back(task.id);
  it_.engine->submit(std::move(command), [chain, node = worker.node](const Result<std::int64_t>& moved) {
    if (!moved || *moved == 0) return;
    kTaken.add(static_cast<double>(*moved));
    log::warn("cluster.tasks_taken_over", {{"chain", chain}, {"node", node}, {"tasks", *moved}});
  });
}

}  // namespace feiqian::server
