#include "store/sqlite_store.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <unordered_map>

#include "foundation/metrics.h"
#include "store/columns.h"

namespace feiqian::store {
namespace {

class StatementSink final : public RowSink {
 public:
  /// With `positions`, one a column, those without a position (0) are left out.
  explicit StatementSink(Statement& statement, const std::vector<int>* positions = nullptr)
      : statement_(&statement), positions_(positions) {}
  void integer(std::int64_t value) override {
    if (const int position = next()) statement_->bind(position, value);
  }
  void text(std::string_view value) override {
    if (const int position = next()) statement_->bind_text(position, value);
  }
  void blob(std::string_view value) override {
    if (const int position = next()) statement_->bind_blob(position, value);
  }
  void null() override {
    if (const int position = next()) statement_->bind_null(position);
  }

 private:
  int next() {
    const auto column = column_++;
    return positions_ == nullptr ? static_cast<int>(column) + 1 : (*positions_)[column];
  }
  Statement* statement_;
  const std::vector<int>* positions_;
  std::size_t column_ = 0;
};

class StatementSource final : public RowSource {
 public:
  explicit StatementSource(const Statement& statement) : statement_(&statement) {}
  bool is_null(int column) const override { return statement_->is_null(column); }
  std::int64_t integer(int column) const override { return statement_->integer(column); }
  std::string_view text(int column) const override { return statement_->text(column); }
  std::string_view blob(int column) const override { return statement_->blob(column); }

 private:
  const Statement* statement_;
};

std::string_view type_name(ColumnType type) {
  switch (type) {
    case ColumnType::Integer:
      return "INTEGER";
    case ColumnType::Text:
      return "TEXT";
    case ColumnType::Blob:
      return "BLOB";
  }
  return "";
}

std::string column_list(const TableInfo& table) {
  std::string list;
  for (const auto& column : table.columns) list += (list.empty() ? "" : ", ") + column.name;
  return list;
}

std::string create_table(const TableInfo& table) {
  std::string sql = fmt::format("CREATE TABLE {} (\n", table.name);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    sql += fmt::format("  {} {}{}{}", column.name, type_name(column.type),
                       i == 0            ? " PRIMARY KEY"
                       : column.nullable ? ""
                                         : " NOT NULL",
                       i + 1 < table.columns.size() ? ",\n" : "\n");
  }
  sql += ") STRICT;\n";
  for (const auto& index : table.indexes) {
    std::string columns;
    for (const int column : index.columns)
      columns += (columns.empty() ? "" : ", ") + table.columns[static_cast<std::size_t>(column)].name;
    sql += fmt::format("CREATE {}INDEX {} ON {} ({});\n", index.unique == Unique::Yes ? "UNIQUE " : "", index.name,
                       table.name, columns);
  }
  return sql;
}

const char* sql_of(Selection::Condition::Operator op) {
  using Operator = Selection::Condition::Operator;
  switch (op) {
    case Operator::Equal:
      return "=";
    case Operator::Less:
      return "<";
    case Operator::LessOrEqual:
      return "<=";
    case Operator::Greater:
      return ">";
    case Operator::GreaterOrEqual:
      return ">=";
  }
  return "=";
}

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(Connection connection) : connection_(std::move(connection)) {}

  Result<void> select(const Selection& selection, const RowVisitor& visit) override {
    const auto& table = *selection.table;
    std::string sql = fmt::format("SELECT {} FROM {}", column_list(table), table.name);
    const char* word = " WHERE ";
    for (const auto& condition : selection.conditions) {
      sql += fmt::format("{}{} {} ?", word, table.columns[static_cast<std::size_t>(condition.column)].name,
                         sql_of(condition.op));
      word = " AND ";
    }
    if (selection.shard) sql += fmt::format("{}((id >> 13) & {}) = {}", word, kShardCount - 1, *selection.shard);
    sql += fmt::format(" ORDER BY id {} LIMIT ?", selection.newest_first ? "DESC" : "ASC");
    auto& statement = statements_[sql];
    if (!statement) statement = TRY(connection_.prepare(sql));
    int position = 0;
    for (const auto& condition : selection.conditions) {
      if (const auto* number = std::get_if<std::int64_t>(&condition.value)) {
        statement.bind(++position, *number);
      } else {
        statement.bind_text(++position, std::get<std::string>(condition.value));
      }
    }
    statement.bind(++position, selection.limit);
    const StatementSource source(statement);
    while (TRY(statement.step())) visit(source);
    return {};
  }

  Result<void> begin_snapshot() override { return connection_.execute("BEGIN"); }
  void end_snapshot() override { static_cast<void>(connection_.execute("COMMIT").ok()); }

 private:
  Connection connection_;
  std::unordered_map<std::string, Statement> statements_;
};

Result<std::int64_t> single_integer(const Connection& connection, std::string_view sql) {
  auto statement = TRY(connection.prepare(sql));
  if (!TRY(statement.step())) return std::int64_t{0};
  return statement.integer(0);
}

/// The described tables and the file's must agree, column by column.
Result<void> check_columns(const Connection& connection) {
  for (const auto* table : all_tables()) {
    auto statement = TRY(connection.prepare("SELECT name, type FROM pragma_table_info(?) ORDER BY cid"));
    statement.bind_text(1, table->name);
    std::size_t count = 0;
    while (TRY(statement.step())) {
      if (count >= table->columns.size() || statement.text(0) != table->columns[count].name ||
          statement.text(1) != type_name(table->columns[count].type)) {
        return Error(errors::kStoreVersion, fmt::format("table {} of the file differs at column {}", table->name,
                                                        std::string(statement.text(0))));
      }
      ++count;
    }
    if (count != table->columns.size())
      return Error(errors::kStoreVersion, fmt::format("table {} of the file lacks columns", table->name));
  }
  return {};
}

}  // namespace

std::string sqlite_schema() {
  std::string sql;
  for (const auto* table : all_tables()) sql += create_table(*table) + "\n";
  return sql;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, std::span<const Migration> migrations,
                                                       int cache_mib) {
  std::unique_ptr<SqliteStore> store(new SqliteStore(path, cache_mib));
  store->connection_ = TRY(Connection::open(path, Connection::Mode::ReadWrite, cache_mib));
  TRY(store->migrate(migrations));
  TRY(check_columns(store->connection_));
  TRY(store->connection_.sync_log());
  TRY(store->prepare_statements());
  store->ready_ = true;
  return store;
}

Result<void> SqliteStore::migrate(std::span<const Migration> migrations) {
  const auto present = TRY(single_integer(connection_, "PRAGMA user_version"));
  const int known = migrations.back().number;
  if (present > known)
    return Error(errors::kStoreVersion, fmt::format("the file is at schema {}, this program knows {}", present, known));
  for (const auto& migration : migrations) {
    if (migration.number <= present) continue;
    TRY(connection_.execute(
        fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version={}; COMMIT", migration.sql, migration.number)));
  }
  return {};
}

Result<void> SqliteStore::prepare_statements() {
  // Checkpoints are rare and large (architecture §8); the log is reused, not truncated.
  TRY(connection_.execute("PRAGMA wal_autocheckpoint=20000"));
  begin_ = TRY(connection_.prepare("BEGIN IMMEDIATE"));
  commit_ = TRY(connection_.prepare("COMMIT"));
  rollback_ = TRY(connection_.prepare("ROLLBACK"));
  statements_.clear();
  statements_.resize(all_tables().size());
  for (const auto* table : all_tables()) {
    auto& made = statements_[static_cast<std::size_t>(table->slot)];
    const auto columns = column_list(*table);
    std::string marks;
    for (std::size_t i = 0; i < table->columns.size(); ++i) marks += fmt::format("{}?{}", i == 0 ? "" : ", ", i + 1);
    made.by_id = TRY(connection_.prepare(fmt::format("SELECT {} FROM {} WHERE id=?", columns, table->name)));
    made.insert = TRY(connection_.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", table->name, columns, marks)));
    TRY(prepare_update(*table, made));
    made.erase = TRY(connection_.prepare(fmt::format("DELETE FROM {} WHERE id=?", table->name)));
    for (const auto& index : table->indexes) {
      std::string where;
      for (const int column : index.columns) {
        where +=
            fmt::format("{}{}=?", where.empty() ? "" : " AND ", table->columns[static_cast<std::size_t>(column)].name);
      }
      made.by_index.push_back(
          TRY(connection_.prepare(fmt::format("SELECT {} FROM {} WHERE {} ORDER BY id", columns, table->name, where))));
    }
  }
  return {};
}

/// SQLite writes every index anew that has a column in the assignments, changed or not.
Result<void> SqliteStore::prepare_update(const TableInfo& table, TableStatements& made) {
  made.update_positions.assign(table.columns.size(), 0);
  std::string assignments;
  int position = 0;
  for (const int column : changing_columns(table)) {
    made.update_positions[static_cast<std::size_t>(column)] = ++position;
    const auto& name = table.columns[static_cast<std::size_t>(column)].name;
    if (column > 0) assignments += fmt::format("{}{}=?{}", assignments.empty() ? "" : ", ", name, position);
  }
  // A table whose columns are all in indexes is never updated.
  if (assignments.empty()) return {};
  made.update = TRY(connection_.prepare(fmt::format("UPDATE {} SET {} WHERE id=?1", table.name, assignments)));
  return {};
}

Result<void> SqliteStore::begin() {
  TRY(ensure_open());
  if (begun_) return {};
  if (auto begun = begin_.run(); !begun) return Error(errors::kStoreUnavailable, begun.error().detail());
  begun_ = true;
  return {};
}

void SqliteStore::abandon() {
  if (!begun_) return;
  begun_ = false;
  if (sqlite3_get_autocommit(connection_.handle()) == 0) static_cast<void>(rollback_.run().ok());
}

Result<void> SqliteStore::load(std::span<const RowRequest> requests) {
  TRY(begin());
  for (const auto& request : requests) TRY(request.index < 0 ? load_by_id(request) : load_by_index(request));
  return {};
}

Result<void> SqliteStore::load_by_id(const RowRequest& request) {
  auto& statement = statements_[static_cast<std::size_t>(request.table->slot)].by_id;
  const StatementSource source(statement);
  for (const auto id : request.ids) {
    statement.bind(1, id);
    while (TRY(statement.step())) request.visit(source);
  }
  return {};
}

Result<void> SqliteStore::load_by_index(const RowRequest& request) {
  auto& statement =
      statements_[static_cast<std::size_t>(request.table->slot)].by_index[static_cast<std::size_t>(request.index)];
  const StatementSource source(statement);
  for (const auto& key : request.keys) {
    int position = 0;
    for (std::uint8_t i = 0; i < key.integer_count; ++i) statement.bind(++position, key.integers[i]);
    if (key.has_text) statement.bind_text(++position, key.text);
    while (TRY(statement.step())) request.visit(source);
  }
  return {};
}

Result<void> SqliteStore::write_table(const TableWrites& writes) {
  auto& made = statements_[static_cast<std::size_t>(writes.table->slot)];
  for (const auto id : writes.deletes) {
    made.erase.bind(1, id);
    TRY(made.erase.run());
  }
  for (const auto* row : writes.inserts) {
    StatementSink sink(made.insert);
    writes.table->write(row, sink);
    TRY(made.insert.run());
  }
  for (const auto* row : writes.updates) {
    StatementSink sink(made.update, &made.update_positions);
    writes.table->write(row, sink);
    TRY(made.update.run());
  }
  CHECK(writes.guarded.empty());  // nobody else writes
  for (const auto& delta : writes.deltas) {
    auto& add = made.add[delta.column];
    if (!add) {
      const auto& name = writes.table->columns[static_cast<std::size_t>(delta.column)].name;
      add = TRY(connection_.prepare(fmt::format("UPDATE {0} SET {1}={1}+? WHERE id=?", writes.table->name, name)));
    }
    add.bind(1, delta.amount);
    add.bind(2, delta.id);
    TRY(add.run());
  }
  return {};
}

Result<void> SqliteStore::flush(std::span<const TableWrites> writes) {
  TRY(begin());
  for (const auto& table : writes) {
    if (auto written = write_table(table); !written) {
      // SQLite has rolled back by itself after some faults (disk full, I/O); then there is nothing left to roll back.
      abandon();
      return Error(errors::kStoreUnavailable, written.error().detail());
    }
  }
  static const auto kCommit = metrics::histogram("feiqian_store_commit_seconds",
                                                 "Commit of the embedded store: one sync", metrics::latency_bounds_s());
  const auto start = std::chrono::steady_clock::now();
  auto committed = commit_.run();
  kCommit.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (!committed) {
    abandon();
    return Error(errors::kCommitUnknown, committed.error().detail());
  }
  begun_ = false;
  return {};
}

Result<void> SqliteStore::ensure_open() {
  if (ready_) return {};
  auto reopened = reopen();
  if (!reopened) return Error(errors::kStoreUnavailable, reopened.error().detail());
  return {};
}

Result<void> SqliteStore::reopen() {
  ready_ = false;
  begun_ = false;
  statements_.clear();
  begin_ = Statement();
  commit_ = Statement();
  rollback_ = Statement();
  connection_ = Connection();
  connection_ = TRY(Connection::open(path_, Connection::Mode::ReadWrite, cache_mib_));
  TRY(supersede_failed_commit());
  TRY(prepare_statements());
  ready_ = true;
  return {};
}

/// A commit that failed may have left its whole record in the write-ahead log, unseen as long as another connection
/// keeps the log's index in memory; after a kill it would count. A commit after it takes its place in the log.
Result<void> SqliteStore::supersede_failed_commit() {
  const auto version = TRY(single_integer(connection_, "PRAGMA user_version"));
  return connection_.execute(fmt::format("PRAGMA user_version={}", version));
}

Result<std::unique_ptr<Reader>> SqliteStore::open_reader() {
  return open_sqlite_reader(path_);
}

namespace {

/// A copy where nothing can be written has no room for the files of a write-ahead log; without a log it needs none.
Result<Connection> open_where_nothing_is_written(const std::string& path, int cache_mib, const Error& refused) {
  const auto directory = std::filesystem::absolute(path).parent_path();
  if (::access(directory.c_str(), W_OK) == 0 || ::access(path.c_str(), R_OK) != 0) return refused;
  std::error_code missing;
  const auto log_bytes = std::filesystem::file_size(path + "-wal", missing);
  if (!missing && log_bytes > 0) {
    return Error(errors::kStoreFailed,
                 path + "-wal holds commits, and its directory cannot be written: copy both files to one that can");
  }
  return Connection::open(path, Connection::Mode::Immutable, cache_mib);
}

Result<Connection> open_and_look(const std::string& path, int cache_mib) {
  auto connection = TRY(Connection::open(path, Connection::Mode::ReadOnly, cache_mib));
  TRY(connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1"));
  return connection;
}

}  // namespace

Result<std::unique_ptr<Reader>> open_sqlite_reader(const std::string& path) {
  constexpr int kCacheMib = 32;
  auto connection = open_and_look(path, kCacheMib);
  if (!connection) connection = open_where_nothing_is_written(path, kCacheMib, connection.error());
  return std::unique_ptr<Reader>(std::make_unique<SqliteReader>(TRY(std::move(connection))));
}

}  // namespace feiqian::store
