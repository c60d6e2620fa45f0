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

Result<std::int64_t> number_of_schema(PostgresConnection& connection) {
  PostgresStatement statement{"SELECT coalesce(max(number), 0)::bigint FROM feiqian_schema"};
  const auto result = TRY(connection.query(statement, {}));
  return result.integer(0, 0);
}

Result<void> migrate_in_transaction(PostgresConnection& connection, std::span<const Migration> migrations) {
  // Row 0 is the lock under which one node migrates.
  TRY(connection.execute("SELECT number FROM feiqian_schema WHERE number = 0 FOR UPDATE"));
  const auto present = TRY(number_of_schema(connection));
  if (present > static_cast<std::int64_t>(migrations.size())) {
    return Error(errors::kStoreVersion,
                 fmt::format("the database is at schema {}, this program knows {}", present, migrations.size()));
  }
  for (const auto& migration : migrations) {
    if (migration.number <= present) continue;
    TRY(connection.execute(std::string(migration.sql)));
    PostgresStatement record{"INSERT INTO feiqian_schema (number, name) VALUES ($1::bigint, $2::text)"};
    PostgresParameters parameters;
    parameters.add(migration.number);
    parameters.add_text(migration.name);
    TRY(connection.query(record, parameters));
  }
  return {};
}

Result<void> migrate(PostgresConnection& connection, std::span<const Migration> migrations) {
  TRY(connection.execute("CREATE TABLE IF NOT EXISTS feiqian_schema (number bigint PRIMARY KEY, name text NOT NULL)"));
  TRY(connection.execute("INSERT INTO feiqian_schema (number, name) VALUES (0, 'lock') ON CONFLICT DO NOTHING"));
  TRY(connection.execute("BEGIN"));
  auto migrated = migrate_in_transaction(connection, migrations);
  auto ended = connection.execute(migrated.ok() ? "COMMIT" : "ROLLBACK");
  TRY(std::move(migrated));
  return ended;
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

Result<void> prepare_postgres_tables(PostgresConnection& connection, std::span<const Migration> migrations) {
  auto migrated = migrate(connection, migrations);
  // Two nodes that make the first table at the same moment collide in the catalogue; then it is there.
  for (int again = 0; !migrated && migrated.error().is(errors::kStoreConflict) && again < 5; ++again)
    migrated = migrate(connection, migrations);
  TRY(std::move(migrated));
  return check_postgres_tables(connection);
}

Result<void> check_postgres_tables(PostgresConnection& connection) {
  PostgresStatement statement{
      "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns WHERE table_schema "
      "= "
      "current_schema() ORDER BY table_name, ordinal_position"};
  const auto result = TRY(connection.query(statement, {}));
  std::map<std::string, std::string, std::less<>> present;
  for (int row = 0; row < result.rows(); ++row)
    present[std::string(result.bytes(row, 0))] += fmt::format("{} {}\n", result.bytes(row, 1), result.bytes(row, 2));
  for (const auto* table : all_tables()) {
    std::string described = "shard integer\n";
    for (const auto& column : table->columns)
      described += fmt::format("{} {}\n", column.name, postgres_type(column.type));
    if (present[table->name] != described)
      return Error(errors::kStoreVersion,
                   fmt::format("table {} of the database differs from the program's", table->name));
  }
  return {};
}

}  // namespace feiqian::store
