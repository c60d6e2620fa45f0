#include "engine/batch.h"

#include <algorithm>
#include <chrono>

#include "crypto/digest.h"
#include "foundation/bytes.h"
#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::engine {
namespace {

constexpr std::size_t kPassingRowsKept = 32768;
constexpr int kMostRounds = 16;
constexpr int kMostConflicts = 20;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

BatchProcessor::BatchProcessor(store::Store& store, const Clock& clock, std::vector<BatchSeal*> seals)
    : store_(&store), clock_(&clock), seals_(std::move(seals)) {}

Result<std::vector<TaskRow>> BatchProcessor::recover() {
  ids_.skip_past(TRY(store_->largest_id()));
  const auto reader = TRY(store_->open_reader());
  const auto head = TRY(store::Query(kBatches).equal<&BatchRow::chain>(chain_).first(*reader));
  auto parameters = TRY(store::Query(kParameters).limit(100000).run(*reader));
  auto tasks = TRY(store::Query(kTasks).oldest_first().limit(INT64_MAX).run(*reader));
  last_batch_number_ = head ? head->number : 0;
  last_hash_ = head ? head->hash.bytes : std::string();
  parameters_ = Parameters(std::move(parameters));
  rows_.each([](RowsBase& rows) { rows.forget(); });
  for (auto* seal : seals_) TRY(seal->recover(*reader, rows_, chain_));
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
    TRY(rows_.load_pending(*store_));
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
    TRY(rows_.load_pending(*store_));
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

Result<void> BatchProcessor::decide_all(Submissions submissions, Decision& decision) {
  static const auto kRefused = metrics::counter("feiqian_engine_refused_total", "Commands refused by a rule");
  TRY(load_rows(submissions, decision.context));
  for (const auto& submission : submissions) {
    // What earlier commands of this batch wrote may lead to rows that the first loads could not name.
    TRY(complete(*submission, decision.context));
    const bool accepted = submission->decide(decision);
    if (!accepted) kRefused.add();
    accepted ? rows_.keep_command() : rows_.undo_command();
  }
  return {};
}

Result<TaskChanges> BatchProcessor::attempt(Submissions submissions) {
  const auto now = clock_->now();
  const Context context{now, china_date(now), &parameters_, last_batch_number_ + 1, chain_};
  Decision decision(rows_, ids_, context);
  if (auto decided = decide_all(submissions, decision); !decided) {
    if (decided.error().is(errors::kStoreConflict)) return decided.error();
    return Error(errors::kStoreUnavailable, decided.error().detail());
  }
  TaskChanges changes;
  TRY(commit(decision, submissions.size(), changes));
  return changes;
}

bool BatchProcessor::process(Submissions submissions, const TasksChanged& tasks_changed) {
  static const auto kCommands = metrics::counter("feiqian_engine_commands_total", "Commands decided");
  static const auto kBatchSize = metrics::histogram("feiqian_engine_batch_commands", "Commands in one batch",
                                                    {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096});
  static const auto kFailures =
      metrics::counter("feiqian_engine_batch_failures_total", "Batches that could not be committed");
  static const auto kConflicts =
      metrics::counter("feiqian_engine_conflicts_total", "Batches done again because another worker came first");
  if (!head_known_) {
    if (auto regained = regain(tasks_changed); !regained) {
      kFailures.add();
      fail_all(submissions, Error(errors::kStoreUnavailable, regained.error().detail()));
      return true;
    }
  }
  auto done = attempt(submissions);
  for (int again = 1; !done && done.error().is(errors::kStoreConflict) && again <= kMostConflicts; ++again) {
    kConflicts.add();
    forget();
    if (pause_) pause_(again);
    done = attempt(submissions);
  }
  kCommands.add(static_cast<double>(submissions.size()));
  kBatchSize.observe(static_cast<double>(submissions.size()));
  if (!done) {
    kFailures.add();
    const bool broken = done.error().is(errors::kInvariantBroken);
    fail_all(submissions, done.error());
    if (!broken) {
      store_healthy_ = done.error().is(errors::kStoreConflict);
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
  const auto now = clock_->now();
  const Context context{now, china_date(now), &parameters_, last_batch_number_ + 1, chain_};
  Decision decision(rows_, ids_, context);
  TaskChanges none;
  const auto done = commit(decision, 0, none, true);
  store_healthy_ = done.ok();
  if (!done && done.error().is(errors::kCommitUnknown)) head_known_ = false;
  if (!store_healthy_) forget();
}

Result<bool> BatchProcessor::commit(Decision& decision, std::size_t commands, TaskChanges& tasks, bool even_if_empty) {
  static const auto kCommit =
      metrics::histogram("feiqian_engine_commit_seconds", "Time of flush and commit", metrics::latency_bounds_s());
  const bool parameters_changed = !rows_.rows(kParameters).dirty().empty();
  std::vector<store::TableWrites> writes;
  rows_.each([&](RowsBase& rows) { rows.collect(writes); });
  if (writes.empty() && !even_if_empty) {
    store_->abandon();
    rows_.each([](RowsBase& rows) { rows.committed(); });
    return false;
  }
  BatchRow batch;
  batch.chain = chain_;
  batch.number = last_batch_number_ + 1;
  batch.committed_at = decision.context.now;
  batch.commands = static_cast<std::int32_t>(commands);
  for (auto* seal : seals_) {
    auto contribution = TRY(seal->seal(decision));
    batch.root.bytes += contribution.root;
    batch.vouchers += contribution.vouchers;
  }
  rows_.each([&](RowsBase& rows) { rows.testify(evidence_); });
  batch.evidence.bytes = evidence_.take();
  batch.previous_hash.bytes = last_hash_;
  batch.hash.bytes = batch_hash(batch);
  const auto number = batch.number;
  auto hash = batch.hash.bytes;
  batch.id = decision.new_id<BatchId>(chain_);
  decision.insert(kBatches, std::move(batch));
  writes.clear();
  rows_.keep_command();
  rows_.each([&](RowsBase& rows) { rows.collect(writes); });
  const auto start = std::chrono::steady_clock::now();
  auto flushed = store_->flush(writes);
  if (!flushed && flushed.error().is(errors::kCommitUnknown)) flushed = resolve_commit(number, hash, flushed.error());
  TRY(std::move(flushed));
  kCommit.observe(seconds_since(start));
  last_batch_number_ = number;
  last_hash_ = std::move(hash);
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

Result<void> BatchProcessor::resolve_commit(std::int64_t number, const std::string& hash, const Error& interrupted) {
  log::warn("engine.commit_interrupted", {{"batch", number}, {"error", interrupted}});
  if (auto reopened = store_->reopen(); !reopened) return interrupted;
  const auto reader = store_->open_reader();
  if (!reader) return interrupted;
  const auto head = store::Query(kBatches).equal<&BatchRow::chain>(chain_).first(**reader);
  if (!head) return interrupted;
  if (head.value() && head.value()->number == number && head.value()->hash.bytes == hash) return {};
  return Error(errors::kStoreUnavailable, interrupted.detail());
}

void BatchProcessor::reload_parameters() {
  const auto reader = store_->open_reader();
  if (!reader) return;
  if (auto rows = store::Query(kParameters).limit(100000).run(**reader)) parameters_ = Parameters(*rows);
}

}  // namespace feiqian::engine
