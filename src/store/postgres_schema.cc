#include "store/postgres_schema.h"

#include <fmt/format.h>

#include <map>

namespace feiqian::store {
namespace {

std::string create_index(const TableInfo& table, const IndexInfo& index) {
  std::string columns = "shard";
  for (const int column : index.columns) columns += ", " + table.columns[static_cast<std::size_t>(column)].name;
  // Lists page by id within a key.
  if (index.unique == Unique::No) columns += ", id";
  return fmt::format("CREATE {}INDEX {} ON {} ({});\n", index.unique == Unique::Yes ? "UNIQUE " : "", index.name,
                     table.name, columns);
}

std::string create_table(const TableInfo& table) {
  std::string sql = fmt::format("CREATE TABLE {} (\n  shard integer NOT NULL,\n", table.name);
  for (const auto& column : table.columns) {
    sql += fmt::format("  {} {}{},\n", column.name, postgres_type(column.type), column.nullable ? "" : " NOT NULL");
  }
  // Rows that batches change soon after they made them: the new version finds room beside the old one, and no index has
  // to be touched.
  const bool changes = table.residency == Residency::Passing;
  sql += fmt::format("  PRIMARY KEY (shard, id)\n){};\n", changes ? " WITH (fillfactor = 60)" : "");
  // Unique ones last: of two indexes that seem equally good, as they do before the table was ever analysed, PostgreSQL
  // takes the younger. A merchant's order number must not be looked for among all of the merchant's payments.
  for (const auto unique : {Unique::No, Unique::Yes}) {
    for (const auto& index : table.indexes) {
      if (index.unique == unique) sql += create_index(table, index);
    }
  }
  return sql;
}

struct PresentColumn {
  std::string type;
  bool needed;  ///< a row cannot be inserted without it
};
using PresentColumns = std::map<std::string, PresentColumn, std::less<>>;

Result<std::map<std::string, PresentColumns, std::less<>>> columns_of_database(PostgresConnection& connection) {
  PostgresStatement statement{
      "SELECT table_name::text, column_name::text, data_type::text, (is_nullable = 'NO' AND column_default IS "
      "NULL)::integer::bigint FROM information_schema.columns WHERE table_schema = current_schema()"};
  const auto result = TRY(connection.query(statement, {}));
  std::map<std::string, PresentColumns, std::less<>> present;
  for (int row = 0; row < result.rows(); ++row) {
    present[std::string(result.bytes(row, 0))][std::string(result.bytes(row, 1))] = {std::string(result.bytes(row, 2)),
                                                                                     result.integer(row, 3) != 0};
  }
  return present;
}

/// The first difference, or nothing.
std::string difference(const TableInfo& table, PresentColumns present, Tables tables) {
  const auto take = [&](const std::string& name, std::string_view type) {
    const auto found = present.find(name);
    const bool same = found != present.end() && found->second.type == type;
    if (same) present.erase(found);
    return same;
  };
  if (!take("shard", "integer")) return "shard";
  for (const auto& column : table.columns) {
    if (!take(column.name, postgres_type(column.type))) return column.name;
  }
  for (const auto& [name, column] : present) {
    if (tables == Tables::AreEqual || column.needed) return name;
  }
  return {};
}

}  // namespace

std::string_view postgres_type(ColumnType type) {
  switch (type) {
    case ColumnType::Integer:
      return "bigint";
    case ColumnType::Text:
      return "text";
    case ColumnType::Blob:
      return "bytea";
  }
  return "";
}

std::string shard_sql(std::string_view expression) {
  return fmt::format("(({} >> 13) & {})::integer", expression, kShardCount - 1);
}

std::string postgres_schema() {
  std::string sql;
  for (const auto* table : all_tables()) sql += create_table(*table) + "\n";
  return sql;
}

Result<void> check_postgres_tables(PostgresConnection& connection, Tables tables) {
  const auto present = TRY(columns_of_database(connection));
  for (const auto* table : all_tables()) {
    const auto found = present.find(table->name);
    const auto differs = difference(*table, found == present.end() ? PresentColumns() : found->second, tables);
    if (!differs.empty()) {
      return Error(
          errors::kStoreVersion,
          fmt::format("table {} of the database differs from the program's at column {}", table->name, differs));
    }
  }
  return {};
}

}  // namespace feiqian::store
