#include "store/postgres_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/log.h"
#include "store/columns.h"
#include "store/postgres_migrate.h"
#include "store/postgres_reader.h"
#include "store/postgres_schema.h"

namespace feiqian::store {
namespace {

/// Shards come first in every key.
bool in_lock_order(std::int64_t a, std::int64_t b) {
  return std::pair(shard_of(a), a) < std::pair(shard_of(b), b);
}

std::string array_of(int position, ColumnType type) {
  return fmt::format("${}::{}[]", position, postgres_type(type));
}

/// Columns of many rows, one array each.
class ColumnArrays final : public RowSink {
 public:
  /// `columns` of the table, by position; others are left out.
  ColumnArrays(const TableInfo& table, const std::vector<int>& columns) : arrays_(table.columns.size()) {
    for (const int column : columns)
      arrays_[static_cast<std::size_t>(column)].emplace(table.columns[static_cast<std::size_t>(column)].type);
  }
  void next_row() { position_ = 0; }
  void integer(std::int64_t value) override {
    if (auto& array = arrays_[position_++]) array->add(value);
  }
  void text(std::string_view value) override { add_bytes(value); }
  void blob(std::string_view value) override { add_bytes(value); }
  void null() override {
    if (auto& array = arrays_[position_++]) array->add_null();
  }
  PostgresParameters take() {
    PostgresParameters parameters;
    for (auto& array : arrays_) {
      if (array) parameters.add_bytes(array->take());
    }
    return parameters;
  }

 private:
  void add_bytes(std::string_view value) {
    if (auto& array = arrays_[position_++]) array->add(value);
  }
  std::vector<std::optional<PostgresArray>> arrays_;
  std::size_t position_ = 0;
};

/// The columns of one row as single parameters.
class RowParameters final : public RowSink {
 public:
  void integer(std::int64_t value) override { parameters.add(value); }
  void text(std::string_view value) override { parameters.add_text(value); }
  void blob(std::string_view value) override { parameters.add_text(value); }
  void null() override { CHECK(false); }  // guarded rows have no nullable columns

  PostgresParameters parameters;  // NOLINT(readability-identifier-naming)
};

std::vector<int> all_columns(const TableInfo& table) {
  std::vector<int> columns(table.columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<int>(i);
  return columns;
}

const std::string& name_of(const TableInfo& table, int column) {
  return table.columns[static_cast<std::size_t>(column)].name;
}

/// `unnest($1::bigint[], …) AS name(c0, c1, …)` of these columns.
std::string unnest(const TableInfo& table, const std::vector<int>& columns, std::string_view name) {
  std::string arrays, names;
  int position = 0;
  for (const int column : columns) {
    const char* comma = position == 0 ? "" : ", ";
    arrays += comma + array_of(++position, table.columns[static_cast<std::size_t>(column)].type);
    names += comma + name_of(table, column);
  }
  return fmt::format("unnest({}) AS {}({})", arrays, name, names);
}

std::string find_sql(const TableInfo& table, const IndexInfo* index, bool lock) {
  std::string columns, arrays, names, condition;
  for (const int column : all_columns(table)) columns += (column == 0 ? "t." : ", t.") + name_of(table, column);
  if (index == nullptr) {
    arrays = "$1::bigint[]";
    names = "id";
    condition = fmt::format("t.shard = {} AND t.id = k.id", shard_sql("k.id"));
  } else {
    arrays = "$1::bigint[]";
    names = "shard";
    condition = "t.shard = k.shard::integer";
    int position = 1;
    for (const int column : index->columns) {
      arrays += ", " + array_of(++position, table.columns[static_cast<std::size_t>(column)].type);
      names += ", " + name_of(table, column);
      condition += fmt::format(" AND t.{0} = k.{0}", name_of(table, column));
    }
  }
  return fmt::format("SELECT {} FROM unnest({}) AS k({}) JOIN {} t ON {} ORDER BY t.shard, t.id{}", columns, arrays,
                     names, table.name, condition, lock ? " FOR UPDATE OF t" : "");
}

std::string insert_sql(const TableInfo& table) {
  std::string columns;
  for (const auto& column : table.columns) columns += ", " + column.name;
  return fmt::format("INSERT INTO {} (shard{}) SELECT {}, u.* FROM {}", table.name, columns, shard_sql("u.id"),
                     unnest(table, all_columns(table), "u"));
}

/// A write that must reach as many rows as the parameter after its arrays says. It fails (division by zero) otherwise,
/// so that the COMMIT behind it is skipped: a row in memory that the database does not have must not be written to
/// silently.
std::string counted(const std::string& write, std::size_t arrays) {
  return fmt::format("WITH written AS ({} RETURNING t.id) SELECT 1 / (count(*) = ${}::bigint)::integer FROM written",
                     write, arrays + 1);
}

std::string update_sql(const TableInfo& table, const std::vector<int>& updated) {
  std::string assignments;
  for (const int column : updated) {
    if (column != 0)
      assignments += fmt::format("{0}{1} = u.{1}", assignments.empty() ? "" : ", ", name_of(table, column));
  }
  return counted(fmt::format("UPDATE {} AS t SET {} FROM {} WHERE t.shard = {} AND t.id = u.id", table.name,
                             assignments, unnest(table, updated, "u"), shard_sql("u.id")),
                 updated.size());
}

std::string add_sql(const TableInfo& table, const std::vector<int>& grown) {
  std::string assignments;
  std::vector<int> columns{0};
  for (const int column : grown) {
    assignments += fmt::format("{0}{1} = t.{1} + d.{1}", assignments.empty() ? "" : ", ", name_of(table, column));
    columns.push_back(column);
  }
  return counted(fmt::format("UPDATE {} AS t SET {} FROM {} WHERE t.shard = {} AND t.id = d.id", table.name,
                             assignments, unnest(table, columns, "d"), shard_sql("d.id")),
                 columns.size());
}

/// Fails (division by zero) when the row does not hold what it should, so that the COMMIT behind it is skipped.
std::string guarded_sql(const TableInfo& table, int guard) {
  std::string assignments;
  for (const int column : all_columns(table)) {
    if (column == 0) continue;
    assignments += fmt::format("{}{} = ${}::{}", assignments.empty() ? "" : ", ", name_of(table, column), column + 1,
                               postgres_type(table.columns[static_cast<std::size_t>(column)].type));
  }
  return fmt::format(
      "WITH written AS (UPDATE {} SET {} WHERE shard = {} AND id = $1::bigint AND {} = ${}::bigint RETURNING id) "
      "SELECT "
      "1 / count(*) FROM written",
      table.name, assignments, shard_sql("$1::bigint"), name_of(table, guard), table.columns.size() + 1);
}

/// Every key of a row must lead to the shard of its id: loads by key look nowhere else.
void check_shards(const TableInfo& table, const void* row, std::int64_t id) {
  if (table.residency == Residency::Written) return;  // and those are not loaded by key
  for (const auto& index : table.indexes) CHECK(shard_of_key(index, index.key_of(row)) == shard_of(id));
}

class IdOf final : public RowSink {
 public:
  void integer(std::int64_t value) override {
    if (position_++ == 0) id = value;
  }
  void text(std::string_view) override { ++position_; }
  void blob(std::string_view) override { ++position_; }
  void null() override { ++position_; }

  std::int64_t id = 0;  // NOLINT(readability-identifier-naming)

 private:
  int position_ = 0;
};

std::int64_t id_of(const TableInfo& table, const void* row) {
  IdOf sink;
  table.write(row, sink);
  return sink.id;
}

std::vector<const void*> in_lock_order(const TableInfo& table, const std::vector<const void*>& rows) {
  std::vector<std::pair<std::int64_t, const void*>> by_id;
  by_id.reserve(rows.size());
  for (const auto* row : rows) by_id.emplace_back(id_of(table, row), row);
  std::sort(by_id.begin(), by_id.end(), [](const auto& a, const auto& b) { return in_lock_order(a.first, b.first); });
  std::vector<const void*> sorted;
  sorted.reserve(rows.size());
  for (const auto& [id, row] : by_id) sorted.push_back(row);
  return sorted;
}

PostgresParameters columns_of(const TableInfo& table, const std::vector<int>& columns,
                              const std::vector<const void*>& rows) {
  ColumnArrays arrays(table, columns);
  for (const auto* row : rows) {
    arrays.next_row();
    table.write(row, arrays);
  }
  return arrays.take();
}

}  // namespace

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(const std::string& url,
                                                           std::span<const Migration> migrations,
                                                           const std::string& node) {
  std::unique_ptr<PostgresStore> store(new PostgresStore(url));
  store->describe_statements();
  TRY(store->reopen());
  auto connection = TRY(PostgresConnection::open(url));
  TRY(prepare_postgres_tables(connection, migrations, node));
  store->node_ = node;
  return store;
}

PostgresStore::~PostgresStore() {
  abandon();
  if (node_.empty() || !connection_.alive()) return;
  if (auto left = leave_postgres(connection_, node_); !left) log::warn("store.not_left", {{"error", left.error()}});
}

void PostgresStore::describe_statements() {
  statements_.resize(all_tables().size());
  for (const auto* table : all_tables()) {
    auto& made = statements_of(*table);
    made.updated = changing_columns(*table);
    made.insert.sql = insert_sql(*table);
    made.update.sql = update_sql(*table, made.updated);
    made.erase.sql = counted(
        fmt::format("DELETE FROM {} AS t USING unnest($1::bigint[]) AS k(id) WHERE t.shard = {} AND t.id = k.id",
                    table->name, shard_sql("k.id")),
        1);
    for (int i = -1; i < static_cast<int>(table->indexes.size()); ++i) {
      const auto* index = i < 0 ? nullptr : &table->indexes[static_cast<std::size_t>(i)];
      auto& find = made.find.emplace_back();
      find[0].sql = find_sql(*table, index, false);
      find[1].sql = find_sql(*table, index, true);
    }
  }
}

Result<void> PostgresStore::reopen() {
  in_transaction_ = false;
  connection_ = PostgresConnection();
  connection_ = TRY(PostgresConnection::open(url_));
  // Every statement of the writer finds a few rows by a key, whatever the planner believes of a table that was empty
  // a minute ago. What another engine of the protocol does not know is left out.
  for (const char* setting :
       {"SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET enable_bitmapscan = off",
        "SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET lock_timeout = '5s'"}) {
    if (auto set = connection_.execute(setting); !set)
      log::debug("store.setting_refused", {{"setting", setting}, {"error", set.error()}});
  }
  return {};
}

Result<void> PostgresStore::ensure_open() {
  if (connection_.alive()) return {};
  auto reopened = reopen();
  if (!reopened) return Error(errors::kStoreUnavailable, reopened.error().detail());
  return {};
}

Error PostgresStore::nothing_happened(const Error& error) {
  if (!connection_.alive()) {
    // The server ends the transaction of a lost connection. When it can be reached again, the batch is done again.
    in_transaction_ = false;
    return ensure_open().ok() ? Error(errors::kStoreConflict, "the connection was lost: " + error.detail())
                              : Error(errors::kStoreUnavailable, error.detail());
  }
  abandon();
  return error.is(errors::kStoreConflict) ? error : Error(errors::kStoreUnavailable, error.detail());
}

void PostgresStore::begin_if_needed() {
  if (in_transaction_) return;
  connection_.send(begin_, {});
  in_transaction_ = true;
}

Result<void> PostgresStore::load(std::span<const RowRequest> requests) {
  TRY(ensure_open());
  begin_if_needed();
  for (const auto& request : requests) send_request(request);
  if (auto loaded = connection_.receive(); !loaded) return nothing_happened(loaded.error());
  return {};
}

void PostgresStore::send_request(const RowRequest& request) {
  const auto& table = *request.table;
  const bool lock = request.for_change && table.residency == Residency::Passing;
  auto& statement =
      statements_of(table).find[static_cast<std::size_t>(request.index + 1)][static_cast<std::size_t>(lock)];
  PostgresParameters parameters;
  if (request.index < 0) {
    PostgresArray ids(ColumnType::Integer);
    for (const auto id : request.ids) ids.add(id);
    parameters.add_bytes(ids.take());
  } else {
    const auto& index = table.indexes[static_cast<std::size_t>(request.index)];
    PostgresArray shards(ColumnType::Integer);
    std::vector<PostgresArray> columns;
    for (const int column : index.columns) columns.emplace_back(table.columns[static_cast<std::size_t>(column)].type);
    for (const auto& key : request.keys) {
      shards.add(std::int64_t{shard_of_key(index, key)});
      for (std::uint8_t i = 0; i < key.integer_count; ++i) columns[i].add(key.integers[i]);
      if (key.has_text) columns[key.integer_count].add(std::string_view(key.text));
    }
    parameters.add_bytes(shards.take());
    for (auto& column : columns) parameters.add_bytes(column.take());
  }
  connection_.send(statement, parameters, each_row(request.visit));
}

Result<void> PostgresStore::flush(std::span<const TableWrites> writes) {
  TRY(ensure_open());
  begin_if_needed();
  for (const auto& table : writes) send_rows(table);
  // Rows that every worker changes come last, so that their locks are held for the shortest time.
  for (const auto& table : writes) send_deltas(table);
  for (const auto& table : writes) send_guarded(table);
  connection_.send(commit_, {});
  auto flushed = connection_.receive();
  if (flushed.ok()) {
    in_transaction_ = false;
    analyse_new_tables(writes);
    return {};
  }
  if (!connection_.alive() || flushed.error().is(errors::kCommitUnknown)) {
    in_transaction_ = false;
    return Error(errors::kCommitUnknown, flushed.error().detail());
  }
  return nothing_happened(flushed.error());
}

void PostgresStore::analyse_new_tables(std::span<const TableWrites> writes) {
  constexpr std::size_t kRows = 1000;
  for (const auto& table : writes) {
    auto& made = statements_of(*table.table);
    const auto before = std::exchange(made.inserted, made.inserted + table.inserts.size());
    if (before >= kRows || made.inserted < kRows) continue;
    made.analyse.sql = "ANALYZE " + table.table->name;
    connection_.send(made.analyse, {});
    if (auto analysed = connection_.receive(); !analysed)
      log::warn("store.not_analysed", {{"table", table.table->name}, {"error", analysed.error()}});
  }
}

void PostgresStore::send_rows(const TableWrites& writes) {
  const auto& table = *writes.table;
  auto& made = statements_of(table);
  if (!writes.deletes.empty()) {
    auto ids = writes.deletes;
    std::sort(ids.begin(), ids.end(), [](std::int64_t a, std::int64_t b) { return in_lock_order(a, b); });
    PostgresArray array(ColumnType::Integer);
    for (const auto id : ids) array.add(id);
    PostgresParameters parameters;
    parameters.add_bytes(array.take());
    parameters.add(static_cast<std::int64_t>(ids.size()));
    connection_.send(made.erase, parameters);
  }
  if (!writes.inserts.empty()) {
    for (const auto* row : writes.inserts) check_shards(table, row, id_of(table, row));
    connection_.send(made.insert, columns_of(table, all_columns(table), writes.inserts));
  }
  if (!writes.updates.empty()) {
    auto parameters = columns_of(table, made.updated, in_lock_order(table, writes.updates));
    parameters.add(static_cast<std::int64_t>(writes.updates.size()));
    connection_.send(made.update, parameters);
  }
}

void PostgresStore::send_deltas(const TableWrites& writes) {
  if (writes.deltas.empty()) return;
  std::vector<int> columns;
  for (const auto& delta : writes.deltas) columns.push_back(delta.column);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  const auto position = [&](int column) {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin());
  };
  std::map<std::pair<int, std::int64_t>, std::vector<std::int64_t>> rows;  // by (shard, id)
  for (const auto& delta : writes.deltas) {
    auto& amounts = rows[{shard_of(delta.id), delta.id}];
    amounts.resize(columns.size());
    amounts[position(delta.column)] += delta.amount;
  }
  std::vector<PostgresArray> arrays(columns.size() + 1, PostgresArray(ColumnType::Integer));
  for (const auto& [key, amounts] : rows) {
    arrays[0].add(key.second);
    for (std::size_t i = 0; i < amounts.size(); ++i) arrays[i + 1].add(amounts[i]);
  }
  PostgresParameters parameters;
  for (auto& array : arrays) parameters.add_bytes(array.take());
  parameters.add(static_cast<std::int64_t>(rows.size()));
  auto& statement = statements_of(*writes.table).add[columns];
  if (statement.sql.empty()) statement.sql = add_sql(*writes.table, columns);
  connection_.send(statement, parameters);
}

void PostgresStore::send_guarded(const TableWrites& writes) {
  for (const auto& guarded : writes.guarded) {
    auto& statement = statements_of(*writes.table).guarded[guarded.column];
    if (statement.sql.empty()) statement.sql = guarded_sql(*writes.table, guarded.column);
    RowParameters row;
    writes.table->write(guarded.row, row);
    row.parameters.add(guarded.expected);
    connection_.send(statement, row.parameters);
  }
}

void PostgresStore::abandon() {
  if (!std::exchange(in_transaction_, false) || !connection_.alive()) return;
  connection_.send(rollback_, {});
  static_cast<void>(connection_.receive().ok());
}

Result<std::unique_ptr<Reader>> PostgresStore::open_reader() {
  return PostgresReader::open(url_);
}

}  // namespace feiqian::store
