#include "store/postgres_reader.h"

#include <fmt/format.h>

#include <optional>

#include "store/postgres_schema.h"

namespace feiqian::store {
namespace {

using Operator = Selection::Condition::Operator;

/// Answers of more rows than this come one by one.
constexpr std::int64_t kMostAtOnce = 10000;

const char* sql_of(Operator op) {
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

/// Whether a column's id tells the shard of the row: the row's own id, or that of its owner in an index.
bool tells_shard(const TableInfo& table, int column) {
  if (column == 0) return true;
  for (const auto& index : table.indexes) {
    if (index.shard_from == ShardFrom::Nothing) continue;
    if (index.columns[static_cast<std::size_t>(index.shard_from)] == column) return true;
  }
  return false;
}

std::optional<int> shard_of_selection(const Selection& selection) {
  if (selection.shard) return selection.shard;
  for (const auto& condition : selection.conditions) {
    if (condition.op != Operator::Equal || !tells_shard(*selection.table, condition.column)) continue;
    if (const auto* value = std::get_if<std::int64_t>(&condition.value)) return shard_of(*value);
  }
  return std::nullopt;
}

}  // namespace

PostgresConnection::Visit each_row(const RowVisitor& visit) {
  return [&visit](const PostgresResult& result) {
    PostgresSource source(result);
    for (int row = 0; row < result.rows(); ++row) {
      source.move_to(row);
      visit(source);
    }
  };
}

Result<std::unique_ptr<Reader>> PostgresReader::open(const std::string& url, Wanted wanted) {
  auto connection = TRY(PostgresConnection::open(url, wanted));
  return std::unique_ptr<Reader>(new PostgresReader(url, wanted, std::move(connection)));
}

Result<void> PostgresReader::ensure_open() {
  if (connection_.alive()) return {};
  connection_ = TRY(PostgresConnection::open(url_, wanted_));
  return {};
}

Result<void> PostgresReader::select(const Selection& selection, const RowVisitor& visit) {
  const auto& table = *selection.table;
  std::string sql = "SELECT ";
  for (const auto& column : table.columns) sql += (&column == table.columns.data() ? "" : ", ") + column.name;
  sql += " FROM " + table.name;
  PostgresParameters parameters;
  int position = 0;
  const char* word = " WHERE ";
  if (const auto shard = shard_of_selection(selection)) {
    sql += fmt::format("{}shard = ${}::bigint", word, ++position);
    parameters.add(*shard);
    word = " AND ";
  }
  for (const auto& condition : selection.conditions) {
    const auto& column = table.columns[static_cast<std::size_t>(condition.column)];
    sql +=
        fmt::format("{}{} {} ${}::{}", word, column.name, sql_of(condition.op), ++position, postgres_type(column.type));
    word = " AND ";
    if (const auto* number = std::get_if<std::int64_t>(&condition.value)) {
      parameters.add(*number);
    } else {
      parameters.add_text(std::get<std::string>(condition.value));
    }
  }
  sql += fmt::format(" ORDER BY id {} LIMIT ${}::bigint", selection.newest_first ? "DESC" : "ASC", ++position);
  parameters.add(selection.limit);
  auto& statement = statements_[sql];
  if (statement.sql.empty()) statement.sql = sql;
  return run(statement, parameters, selection.limit, each_row(visit));
}

Result<void> PostgresReader::run(PostgresStatement& statement, const PostgresParameters& parameters, std::int64_t limit,
                                 const PostgresConnection::Visit& visit_rows) {
  TRY(ensure_open());
  if (limit > kMostAtOnce) return connection_.stream(statement, parameters, visit_rows);
  auto result = connection_.query(statement, parameters);
  // Reading again is harmless, but not in the middle of a snapshot.
  if (!result && !connection_.alive() && !in_snapshot_) {
    TRY(ensure_open());
    result = connection_.query(statement, parameters);
  }
  visit_rows(TRY(std::move(result)));
  return {};
}

Result<void> PostgresReader::begin_snapshot() {
  TRY(ensure_open());
  TRY(connection_.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  in_snapshot_ = true;
  return {};
}

void PostgresReader::end_snapshot() {
  in_snapshot_ = false;
  static_cast<void>(connection_.execute("COMMIT").ok());
}

}  // namespace feiqian::store
