#include "engine/batch.h"

#include <algorithm>
#include <chrono>

#include "crypto/digest.h"
#include "engine/batch_metrics.h"
#include "foundation/bytes.h"
#include "foundation/log.h"

namespace feiqian::engine {
namespace {

constexpr std::size_t kPassingRowsKept = 32768;
constexpr int kMostRounds = 16;
constexpr int kMostConflicts = 20;

class Stopwatch {
 public:
  /// Seconds since the lap before.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace

BatchProcessor::BatchProcessor(store::Store& store, const Clock& clock, std::vector<BatchSeal*> seals, std::string node)
    : store_(&store), clock_(&clock), seals_(std::move(seals)), chain_(store, clock, std::move(node)) {
  set_watch(0, 0);
}

BatchProcessor::~BatchProcessor() = default;

void BatchProcessor::set_watch(int worker, std::int64_t slow_ms) {
  worker_ = worker;
  slow_ms_ = slow_ms;
  metrics_ = std::make_unique<BatchMetrics>(std::to_string(worker));
}

Result<std::vector<TaskRow>> BatchProcessor::recover() {
  TRY(chain_.take());
  if (chain_.shared()) ids_ = IdGenerator(chain_.number(), kChainBits);
  ids_.skip_past(chain_.newest_id());
  const auto reader = TRY(store_->open_reader());
  auto parameters = TRY(store::Query(kParameters).limit(100000).run(*reader));
  store::Query own_tasks(kTasks);
  auto tasks = TRY(own_tasks.equal<&TaskRow::chain>(chain_.number()).oldest_first().limit(INT64_MAX).run(*reader));
  // Each may have been performed before, its answer lost with the process. No clock can tell: it may have been set
  // back.
  for (auto& task : tasks) ++task.tries;
  parameters_ = Parameters(std::move(parameters));
  rows_.each([](RowsBase& rows) { rows.forget(); });
  for (auto* seal : seals_) TRY(seal->recover(*reader, rows_, chain_.number()));
  return tasks;
}

std::string batch_hash(const BatchRow& batch) {
  std::string bytes;
  put_int32(bytes, static_cast<std::int32_t>(batch.previous_hash.bytes.size()));
  bytes += batch.previous_hash.bytes;
  put_int64(bytes, batch.chain);
  put_int64(bytes, batch.number);
  put_int64(bytes, batch.committed_at.us);
  put_int64(bytes, batch.commands);
  put_int64(bytes, batch.vouchers);
  bytes += crypto::sha256(batch.root.bytes);
  bytes += crypto::sha256(batch.evidence.bytes);
  return crypto::sha256(bytes);
}

Result<void> BatchProcessor::regain(const TasksChanged& tasks_changed) {
  TRY(store_->reopen());
  auto tasks = TRY(recover());
  head_known_ = true;
  tasks_changed({std::move(tasks), {}});
  return {};
}

store::Store* BatchProcessor::direct() const {
  return store_->exclusive() ? store_ : nullptr;
}

Result<void> BatchProcessor::load_round(bool first) {
  auto requests = rows_.ask();
  if (!chain_.shared()) return requests.empty() ? Result<void>() : store_->load(requests);
  if (requests.empty() && !first) return {};
  chain_.watch(requests, first);
  TRY(store_->load(requests));
  auto checked = chain_.check();
  if (checked.ok()) {
    ids_.skip_past(chain_.newest_id());
  } else if (checked.error().is(errors::kLeaseLost)) {
    head_known_ = false;
  } else {
    parameters_stale_ = true;
  }
  return checked;
}

Result<void> BatchProcessor::load_rows(Submissions submissions, const Context& context) {
  std::vector<const Submission*> open;
  // Where reading costs no journey, each command reads when its turn comes.
  if (direct() == nullptr) {
    for (const auto& submission : submissions) open.push_back(submission.get());
  }
  bool seals_open = true;
  for (int round = 0; round < kMostRounds && (!open.empty() || seals_open); ++round) {
    std::erase_if(open, [&](const Submission* submission) {
      Load load(rows_, context, nullptr);
      submission->load(load);
      return load.complete();
    });
    if (seals_open) {
      Load load(rows_, context, nullptr);
      for (const auto* seal : seals_) seal->load(load);
      seals_open = !load.complete();
    }
    TRY(load_round(round == 0));
  }
  CHECK(open.empty() && !seals_open);
  return {};
}

Result<void> BatchProcessor::complete(const Submission& submission, const Context& context) {
  for (int round = 0; round < kMostRounds; ++round) {
    Load load(rows_, context, direct());
    submission.load(load);
    TRY(load.read());
    if (load.complete()) return {};
    TRY(load_round(false));
  }
  CHECK(false);
}

void BatchProcessor::forget() {
  store_->abandon();
  rows_.each([](RowsBase& rows) { rows.forget(); });
}

void BatchProcessor::fail_all(Submissions submissions, const Error& error) {
  forget();
  log::error("engine.batch_failed", {{"error", error}, {"commands", submissions.size()}});
  for (const auto& submission : submissions) submission->fail(error);
}

Result<void> BatchProcessor::decide_all(Submissions submissions, Decision& decision, BatchTimes& times) {
  Stopwatch watch;
  TRY(load_rows(submissions, decision.context));
  times.load_s = watch.lap();
  SlowWatch slow(slow_ms_);
  for (const auto& submission : submissions) {
    // What earlier commands of this batch wrote may lead to rows that the first loads could not name.
    TRY(complete(*submission, decision.context));
    const bool accepted = submission->decide(decision);
    if (!accepted) metrics_->refused.add();
    accepted ? rows_.keep_command() : rows_.undo_command();
    if (slow.lap(*submission)) metrics_->slow.add();
  }
  times.decide_s = watch.lap();
  return {};
}

Result<TaskChanges> BatchProcessor::attempt(Submissions submissions) {
  if (parameters_stale_) reload_parameters();
  const auto context = next_context();
  Decision decision(rows_, ids_, context);
  BatchTimes times;
  if (auto decided = decide_all(submissions, decision, times); !decided) {
    if (decided.error().is(errors::kStoreConflict) || decided.error().is(errors::kLeaseLost)) return decided.error();
    return Error(errors::kStoreUnavailable, decided.error().detail());
  }
  TaskChanges changes;
  if (TRY(commit(decision, submissions.size(), changes, times))) metrics_->observe(times);
  if (slow_ms_ > 0 && times.total_s() * 1e3 >= static_cast<double>(slow_ms_)) {
    metrics_->slow.add();
    log_slow_batch(times, submissions.size(), worker_);
  }
  return changes;
}

Context BatchProcessor::next_context() const {
  const auto now = clock_->now();
  return {now, china_date(now), &parameters_, chain_.head_number() + 1, chain_.number()};
}

bool BatchProcessor::process(Submissions submissions, const TasksChanged& tasks_changed) {
  keep_lease();
  if (!head_known_) {
    if (auto regained = regain(tasks_changed); !regained) {
      metrics_->failures.add();
      fail_all(submissions, Error(errors::kStoreUnavailable, regained.error().detail()));
      return true;
    }
  }
  auto done = attempt(submissions);
  for (int again = 1; !done && done.error().is(errors::kStoreConflict) && again <= kMostConflicts; ++again) {
    metrics_->conflicts.add();
    forget();
    if (pause_) pause_(again);
    done = attempt(submissions);
  }
  metrics_->commands.add(static_cast<double>(submissions.size()));
  metrics_->size.observe(static_cast<double>(submissions.size()));
  if (!done) {
    metrics_->failures.add();
    const bool broken = done.error().is(errors::kInvariantBroken);
    fail_all(submissions, done.error());
    if (!broken) {
      store_healthy_ = done.error().is(errors::kStoreConflict) || done.error().is(errors::kLeaseLost);
      // Until the head of the chain has been read again no batch may follow it.
      if (done.error().is(errors::kCommitUnknown)) head_known_ = false;
    }
    return !broken;
  }
  store_healthy_ = true;
  if (!done->upserts.empty() || !done->deletes.empty()) tasks_changed(*done);
  for (const auto& submission : submissions) submission->answer();
  rows_.each([exclusive = store_->exclusive()](RowsBase& rows) { rows.trim(exclusive, kPassingRowsKept); });
  return true;
}

void BatchProcessor::probe(const TasksChanged& tasks_changed) {
  if (!head_known_ && !regain(tasks_changed)) return;
  const auto context = next_context();
  Decision decision(rows_, ids_, context);
  TaskChanges none;
  BatchTimes times;
  const auto done = commit(decision, 0, none, times, true);
  store_healthy_ = done.ok();
  // A conflict of an empty batch can only mean that the chain is another worker's now.
  if (!done && (done.error().is(errors::kCommitUnknown) || done.error().is(errors::kStoreConflict)))
    head_known_ = false;
  if (!store_healthy_) forget();
}

Result<bool> BatchProcessor::commit(Decision& decision, std::size_t commands, TaskChanges& tasks, BatchTimes& times,
                                    bool even_if_empty) {
  Stopwatch watch;
  const bool parameters_changed = !rows_.rows(kParameters).dirty().empty();
  std::vector<store::TableWrites> writes;
  bool awaits_seal = even_if_empty;
  rows_.each([&](RowsBase& rows) {
    rows.collect(writes);
    awaits_seal = awaits_seal || rows.awaits_seal();
  });
  if (writes.empty() && !awaits_seal) {
    store_->abandon();
    rows_.each([](RowsBase& rows) { rows.committed(); });
    return false;
  }
  BatchRow batch;
  batch.chain = decision.context.chain;
  batch.number = decision.context.batch_number;
  batch.committed_at = decision.context.now;
  batch.commands = static_cast<std::int32_t>(commands);
  for (auto* seal : seals_) {
    auto contribution = TRY(seal->seal(decision));
    batch.root.bytes += contribution.root;
    batch.vouchers += contribution.vouchers;
  }
  rows_.each([&](RowsBase& rows) { rows.testify(evidence_); });
  batch.evidence.bytes = evidence_.take();
  batch.previous_hash.bytes = chain_.head_hash();
  batch.hash.bytes = batch_hash(batch);
  batch.id = decision.new_id<BatchId>(batch.chain);
  decision.insert(kBatches, batch);
  writes.clear();
  rows_.keep_command();
  bool reference_changed = false;
  rows_.each([&](RowsBase& rows) {
    rows.collect(writes);
    reference_changed = reference_changed || rows.changes_reference();
  });
  chain_.write(writes, batch, reference_changed);
  times.seal_s = watch.lap();
  auto flushed = store_->flush(writes);
  if (flushed.ok()) {
    chain_.advance(batch, reference_changed);
  } else if (flushed.error().is(errors::kCommitUnknown)) {
    flushed = resolve_commit(batch, flushed.error());
  }
  TRY(std::move(flushed));
  times.flush_s = watch.lap();
  for (const auto* entry : rows_.rows(kTasks).dirty()) {
    if (entry->live()) {
      tasks.upserts.push_back(entry->row);
    } else {
      tasks.deletes.push_back(entry->row.id);
    }
  }
  for (auto* observer : observers_) observer->committed(rows_);
  rows_.each([](RowsBase& rows) { rows.committed(); });
  if (parameters_changed) reload_parameters();
  return true;
}

Result<void> BatchProcessor::resolve_commit(const BatchRow& batch, const Error& interrupted) {
  metrics_->interrupted.add();
  log::warn("engine.commit_interrupted", {{"batch", batch.number}, {"error", interrupted}});
  if (auto reopened = store_->reopen(); !reopened) return interrupted;
  // Taking the chain again shuts the interrupted commit out: from here on it is there, or never will be.
  if (auto taken = chain_.take(); !taken) return interrupted;
  if (chain_.number() != batch.chain) head_known_ = false;
  const auto reader = store_->open_reader();
  if (!reader) return interrupted;
  const auto found = store::Query(kBatches).equal<&BatchRow::id>(batch.id).first(**reader);
  if (!found) return interrupted;
  if (found.value() && found.value()->hash == batch.hash) return {};
  return Error(errors::kStoreUnavailable, interrupted.detail());
}

void BatchProcessor::keep_lease() {
  auto kept = chain_.renew();
  if (kept.ok()) return;
  log::warn("engine.lease_not_renewed", {{"chain", chain_.number()}, {"error", kept.error()}});
  forget();
  store_healthy_ = false;
  if (!kept.error().is(errors::kStoreUnavailable)) head_known_ = false;
}

void BatchProcessor::reload_parameters() {
  const auto reader = store_->open_reader();
  if (!reader) return;
  if (auto rows = store::Query(kParameters).limit(100000).run(**reader)) {
    parameters_ = Parameters(*rows);
    parameters_stale_ = false;
  }
}

}  // namespace feiqian::engine
