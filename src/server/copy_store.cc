#include "server/copy_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <deque>
#include <filesystem>

#include "engine/tables.h"
#include "server/errors.h"
#include "server/migrations.h"
#include "server/platform.h"
#include "server/stores.h"
#include "store/postgres_migrate.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"

namespace feiqian::server {
namespace {

constexpr std::size_t kPortion = 2000;

/// A row of any table, as it was read.
class RawRow {
 public:
  RawRow(const store::TableInfo& table, const store::RowSource& source) {
    for (int column = 0; column < static_cast<int>(table.columns.size()); ++column) {
      const auto type = table.columns[static_cast<std::size_t>(column)].type;
      auto& value = values_.emplace_back();
      if (source.is_null(column)) continue;
      if (type == store::ColumnType::Integer) {
        value = source.integer(column);
      } else if (type == store::ColumnType::Text) {
        value = std::string(source.text(column));
      } else {
        value = store::Blob{std::string(source.blob(column))};
      }
    }
  }
  void set(std::size_t column, std::int64_t value) { values_[column] = value; }

  static void write(const void* untyped, store::RowSink& sink) {
    for (const auto& value : static_cast<const RawRow*>(untyped)->values_) {
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        sink.integer(*number);
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        sink.text(*text);
      } else if (const auto* blob = std::get_if<store::Blob>(&value)) {
        sink.blob(blob->bytes);
      } else {
        sink.null();
      }
    }
  }

 private:
  std::vector<std::variant<std::monostate, std::int64_t, std::string, store::Blob>> values_;
};

/// Where the tasks of other chains go: an embedded store has only one.
std::size_t task_chain_column() {
  return static_cast<std::size_t>(store::detail::column_of<&engine::TaskRow::chain>());
}

class TableCopy {
 public:
  TableCopy(const store::TableInfo& table, store::Store& to) : raw_(table), to_(&to) {
    raw_.write = &RawRow::write;
    raw_.indexes.clear();
    one_chain_ = &table == &engine::kTasks.info() && to.exclusive();
  }

  Result<std::int64_t> run(store::Reader& from) {
    Result<void> written;
    TRY(from.select({&raw_, {}, false, INT64_MAX}, [&](const store::RowSource& source) {
      if (!written) return;
      auto& row = rows_.emplace_back(raw_, source);
      if (one_chain_) row.set(task_chain_column(), 0);
      if (rows_.size() == kPortion) written = flush();
    }));
    TRY(std::move(written));
    TRY(flush());
    return copied_;
  }

 private:
  Result<void> flush() {
    if (rows_.empty()) return {};
    store::TableWrites writes{&raw_, {}, {}, {}, {}, {}};
    for (const auto& row : rows_) writes.inserts.push_back(&row);
    TRY(to_->flush({&writes, 1}));
    copied_ += static_cast<std::int64_t>(rows_.size());
    rows_.clear();
    return {};
  }

  store::TableInfo raw_;
  store::Store* to_;
  bool one_chain_ = false;
  std::deque<RawRow> rows_;
  std::int64_t copied_ = 0;
};

/// Where each chain stands, so that a worker of the new store can continue it.
Result<void> write_heads(store::Reader& from, store::Store& to) {
  std::map<std::int32_t, engine::WorkerRow> heads;
  TRY(store::Query(engine::kBatches).oldest_first().limit(INT64_MAX).visit(from, [&](const engine::BatchRow& batch) {
    auto& head = heads[batch.chain];
    head.id = engine::worker_of_chain(batch.chain);
    head.head_number = batch.number;
    head.head_hash = batch.hash;
    head.head_id = batch.id.value;
  }));
  store::TableWrites writes{&engine::kWorkers.info(), {}, {}, {}, {}, {}};
  for (auto& [chain, head] : heads) {
    head.epoch = 1;
    writes.inserts.push_back(&head);
  }
  return to.flush({&writes, 1});
}

bool is_of_the_cluster(const store::TableInfo& table) {
  return &table == &engine::kWorkers.info() || &table == &engine::kReferenceVersion.info();
}

Result<void> check_empty(store::Store& to) {
  const auto reader = TRY(to.open_reader());
  for (const auto* table : store::all_tables()) {
    bool any = false;
    TRY(reader->select({table, {}, false, 1}, [&](const store::RowSource&) { any = true; }));
    if (any) return Error(errors::kStoreNotEmpty, "table " + table->name);
  }
  return {};
}

Result<CopyReport> copy_tables(store::Reader& from, store::Store& to) {
  CopyReport report;
  for (const auto* table : store::all_tables()) {
    if (is_of_the_cluster(*table)) continue;
    const auto rows = TRY(TableCopy(*table, to).run(from));
    if (rows > 0) report.rows[table->name] = rows;
  }
  if (!to.exclusive()) TRY(write_heads(from, to));
  return report;
}

Result<void> verify_into(CopyReport& report, store::Store& copy) {
  report.books = TRY(ledger::verify(*TRY(copy.open_reader())));
  return {};
}

Result<CopyReport> copy_to_database(store::Reader& from, const Settings& to) {
  const auto target = TRY(store::PostgresStore::open(to.store_url, postgres_migrations()));
  auto connection = TRY(store::PostgresConnection::open(to.store_url));
  if (!TRY(store::read_schema_state(connection)).copying) TRY(check_empty(*target));
  TRY(store::begin_copy(connection));
  auto report = TRY(copy_store(from, *target));
  TRY(verify_into(report, *target));
  if (report.books.problems.empty()) TRY(store::end_copy(connection));
  return report;
}

void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}

/// Neither a database nor a log that would be taken for the copy's.
Result<void> check_no_database(const std::string& path) {
  for (const auto& file : {path, path + "-wal"}) {
    if (std::filesystem::exists(file) && (file == path || std::filesystem::file_size(file) > 0))
      return Error(errors::kStoreNotEmpty, file + " is there; move it away if the platform no longer uses it");
  }
  remove_database(path);
  return {};
}

/// The new name must survive a loss of power.
Result<void> rename_durably(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Error(errors::kFileUnusable, "cannot be made: " + to);
  const auto directory = std::filesystem::path(to).parent_path().string();
  const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = handle >= 0 && ::fsync(handle) == 0;
  if (handle >= 0) ::close(handle);
  if (!synced) return Error(errors::kFileUnusable, "cannot be synced: " + directory);
  return {};
}

/// Into a file of another name, which gets its own when it is whole.
Result<CopyReport> copy_to_file(store::Reader& from, const Settings& to) {
  const auto path = DataFiles(to.data_directory).database;
  TRY(check_no_database(path));
  const auto unfinished = path + ".copy";
  remove_database(unfinished);
  CopyReport report;
  {
    const auto target = TRY(store::SqliteStore::open(unfinished, migrations(), to.cache_mib));
    report = TRY(copy_store(from, *target));
    TRY(verify_into(report, *target));
  }
  if (report.books.problems.empty()) TRY(rename_durably(unfinished, path));
  return report;
}

}  // namespace

Result<CopyReport> copy_platform(const Settings& from, const Settings& to) {
  const auto lock = TRY(DataLock::take(from.data_directory));
  const auto reader = TRY(open_store_reader(from));
  return to.store_url.empty() ? copy_to_file(*reader, to) : copy_to_database(*reader, to);
}

Result<CopyReport> copy_store(store::Reader& from, store::Store& to) {
  TRY(check_empty(to));
  TRY(from.begin_snapshot());
  auto report = copy_tables(from, to);
  from.end_snapshot();
  return report;
}

}  // namespace feiqian::server
