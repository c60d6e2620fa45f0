// Tables of the PostgreSQL protocol: DDL from the described structs, and its comparison with the database. Every
// table has a column `shard`, which the store computes from the id; primary keys are (shard, id), and every index
// begins with `shard`, so that a distributed engine can place rows of one owner together. Only what PostgreSQL, Citus,
// YugabyteDB and CockroachDB share is used.
#pragma once

#include <string>

#include "store/postgres.h"

namespace feiqian::store {

/// DDL of all tables as the program describes them; what the migrations together must have made.
std::string postgres_schema();

/// The shard of the row whose id is `expression`, as SQL.
std::string shard_sql(std::string_view expression);
std::string_view postgres_type(ColumnType type);

enum class Tables {
  AreEqual,
  MayHaveMore  ///< columns that are not described, when rows can be inserted without them
};
/// errors::kStoreVersion when the described tables and the database's differ in a column.
Result<void> check_postgres_tables(PostgresConnection& connection, Tables tables = Tables::AreEqual);

}  // namespace feiqian::store
