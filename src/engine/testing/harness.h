// For tests: a store on a file of its own, a BatchProcessor and a clock that stands still. Commands run on the caller's
// thread, one by one or as one batch; what was committed is read back through the store's own reader.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/batch.h"
#include "store/sqlite_store.h"

namespace feiqian::engine::testing {

/// The value, or a failed test that names the error.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("unexpected error: " + result.error().text());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// `ok`, or the error's code: what tables compare.
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().code());
}

class TempDirectory {
 public:
  TempDirectory() {
    // Durable commits are not what these tests measure: a directory in memory where there is one.
    std::error_code missing;
    const bool in_memory = std::filesystem::is_directory("/dev/shm", missing) && access("/dev/shm", W_OK) == 0;
    std::string name = ((in_memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path()) /
                        "feiqian-test-XXXXXX")
                           .string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// Passes everything on to another store, until it is told to fail.
class FaultyStore final : public store::Store {
 public:
  enum class Fault { None, FlushRefused, CommitLost, CommitDoneButUnknown, LoadFails };
  explicit FaultyStore(std::unique_ptr<store::SqliteStore> under) : under_(std::move(under)) {}

  Fault fault = Fault::None;  // NOLINT(readability-identifier-naming)
  bool is_exclusive = true;   // NOLINT(readability-identifier-naming)
  bool readers_fail = false;  // NOLINT(readability-identifier-naming)
  bool reopen_fails = false;  // NOLINT(readability-identifier-naming)
  int conflicts = 0;          // NOLINT(readability-identifier-naming) so many flushes conflict
  int load_conflicts = 0;     // NOLINT(readability-identifier-naming) so many loads conflict
  int flushes = 0;            // NOLINT(readability-identifier-naming)
  int loads = 0;              // NOLINT(readability-identifier-naming)

  bool exclusive() const override { return is_exclusive; }
  Result<void> load(std::span<const store::RowRequest> requests) override {
    ++loads;
    if (load_conflicts > 0) {
      --load_conflicts;
      return Error(errors::kStoreConflict, "told to conflict");
    }
    if (fault == Fault::LoadFails) return Error(errors::kStoreFailed, "told to fail");
    return under_->load(requests);
  }
  Result<void> flush(std::span<const store::TableWrites> given) override {
    // One process: what is guarded holds.
    std::vector<store::TableWrites> writes(given.begin(), given.end());
    for (auto& table : writes) {
      for (const auto& guarded : table.guarded) table.updates.push_back(guarded.row);
      table.guarded.clear();
    }
    ++flushes;
    if (conflicts > 0) {
      --conflicts;
      return Error(errors::kStoreConflict, "told to conflict");
    }
    if (fault == Fault::FlushRefused) return Error(errors::kStoreUnavailable, "told to fail");
    if (fault == Fault::CommitLost) return Error(errors::kCommitUnknown, "told to fail");
    TRY(under_->flush(writes));
    if (fault == Fault::CommitDoneButUnknown) return Error(errors::kCommitUnknown, "told to fail");
    return {};
  }
  void abandon() override { under_->abandon(); }
  Result<void> reopen() override {
    if (reopen_fails) return Error(errors::kStoreFailed, "told to fail");
    return under_->reopen();
  }
  Result<std::unique_ptr<store::Reader>> open_reader() override {
    auto reader = TRY(under_->open_reader());
    if (!readers_fail) return reader;
    return std::unique_ptr<store::Reader>(std::make_unique<FailingReader>());
  }

 private:
  class FailingReader final : public store::Reader {
    Result<void> select(const store::Selection&, const store::RowVisitor&) override {
      return Error(errors::kStoreFailed, "told to fail");
    }
    Result<void> begin_snapshot() override { return {}; }
    void end_snapshot() override {}
  };
  std::unique_ptr<store::SqliteStore> under_;
};

/// A command made of two functions.
template <class R>
struct Do {
  using Reply = R;
  std::function<void(Load&)> loading;
  std::function<Result<R>(Decision&)> deciding;
  void load(Load& load) const {
    if (loading) loading(load);
  }
  Result<R> decide(Decision& decision) const { return deciding(decision); }
};

/// 2026-11-22 10:00 China time.
inline constexpr Timestamp kStart{1795312800000000};

class Harness {
 public:
  /// Not `exclusive`: the store is one that other workers write to as well.
  explicit Harness(std::vector<BatchSeal*> seals = {}, bool exclusive = true)
      : seals_(std::move(seals)), exclusive_(exclusive) {
    open();
  }

  /// As after a restart of the process: everything that was only in memory is gone.
  void reopen() {
    processor_.reset();
    store_.reset();
    tasks_.clear();
    open();
  }

  template <class Command>
  Result<typename Command::Reply> run(Command command) {
    return std::move(run_together(std::vector<Command>{std::move(command)}).front());
  }
  /// All of them as one batch.
  template <class Command>
  std::vector<Result<typename Command::Reply>> run_together(std::vector<Command> commands) {
    using Reply = Result<typename Command::Reply>;
    std::vector<std::unique_ptr<Submission>> batch;
    std::map<std::size_t, Reply> replies;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      batch.push_back(
          submission(std::move(commands[i]), [&replies, i](Reply reply) { replies.emplace(i, std::move(reply)); }));
    }
    process(batch);
    std::vector<Reply> ordered;
    for (auto& [position, reply] : replies) ordered.push_back(std::move(reply));
    if (ordered.size() != commands.size()) throw std::runtime_error("a command was not answered");
    return ordered;
  }
  template <class Command>
  static std::unique_ptr<Submission> submission(Command command, typename SubmissionOf<Command>::Callback callback) {
    return std::make_unique<SubmissionOf<Command>>(std::move(command), std::move(callback));
  }
  /// False when the engine would have stopped.
  bool process(std::span<const std::unique_ptr<Submission>> batch) {
    going_ = processor_->process(batch, [this](const TaskChanges& changes) {
      for (const auto& row : changes.upserts) tasks_.insert_or_assign(row.id.value, row);
      for (const auto id : changes.deletes) tasks_.erase(id.value);
    });
    return going_;
  }
  bool going() const { return going_; }

  /// Rows as committed, oldest first.
  template <class Row>
  std::vector<Row> all(const store::Table<Row>& table) {
    return must(store::Query(table).oldest_first().limit(INT64_MAX).run(*must(store_->open_reader())));
  }
  template <class Row>
  Row get(const store::Table<Row>& table, decltype(Row::id) id) {
    auto row = must(store::Query(table).template equal<&Row::id>(id).first(*must(store_->open_reader())));
    if (!row) throw std::runtime_error("no such row in " + table.info().name);
    return std::move(*row);
  }
  /// The whole content of the store as text: equal when nothing changed.
  std::string content() {
    std::string content;
    const auto reader = must(store_->open_reader());
    for (const auto* table : store::all_tables()) {
      store::Selection selection{table, {}, false, INT64_MAX};
      must(reader->select(selection, [&](const store::RowSource& source) {
        content += table->name + ":";
        for (int i = 0; i < static_cast<int>(table->columns.size()); ++i) {
          content += source.is_null(i) ? "NULL" : std::string(source.text(i));
          content += '|';
        }
        content += '\n';
      }));
    }
    return content;
  }
  /// Changes the file behind the platform's back.
  void tamper(const std::string& sql) {
    must(must(store::Connection::open(path(), store::Connection::Mode::ReadWrite)).execute(sql));
  }
  std::unique_ptr<store::Reader> reader() { return must(store_->open_reader()); }
  std::string path() const { return directory_.file("feiqian.db"); }

  BatchProcessor& processor() { return *processor_; }
  FaultyStore& store() { return *store_; }
  /// The outbox as a listener knows it.
  const std::map<std::int64_t, TaskRow>& tasks() const { return tasks_; }

  ManualClock clock{kStart};  // NOLINT(readability-identifier-naming)

 private:
  void open() {
    const std::string schema = store::sqlite_schema();
    const store::Migration migrations[] = {{1, "all", schema}};
    store_ = std::make_unique<FaultyStore>(must(store::SqliteStore::open(path(), migrations, 8)));
    store_->is_exclusive = exclusive_;
    processor_ = std::make_unique<BatchProcessor>(*store_, clock, seals_);
    for (auto& row : must(processor_->recover())) tasks_.insert_or_assign(row.id.value, row);
  }

  TempDirectory directory_;
  std::vector<BatchSeal*> seals_;
  bool exclusive_;
  std::unique_ptr<FaultyStore> store_;
  std::unique_ptr<BatchProcessor> processor_;
  std::map<std::int64_t, TaskRow> tasks_;
  bool going_ = true;
};

}  // namespace feiqian::engine::testing
