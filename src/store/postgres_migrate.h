// Bringing the tables of a shared database up to date while nodes of two versions work on it.
//
// A program knows migrations up to its last one; that number is its version here. `feiqian_schema` has a row for each
// migration that was applied, with the oldest program that can work with what it left. `feiqian_node` has a row for
// each node that works on the database, with what it knows; both are read and written under the lock of row 0 of
// `feiqian_schema`, so no node of an older version can begin while its tables are taken away.
//
//   expand    a node that starts applies what it knows and the database lacks; older nodes go on
//   migrate   nodes are replaced one by one
//   contract  `contract_postgres_tables`, once no older node is at work
//
// A node is at work while one of its workers has a lease, and for a minute after it registered.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/migration.h"
#include "store/postgres.h"

namespace feiqian::errors {
inline constexpr ErrorKind kOlderNodes{"store.older_nodes", Consequence::Conflict,
                                       "A node of an older version is at work on this database."};
inline constexpr ErrorKind kCopyUnfinished{
    "store.copy_unfinished", Consequence::Conflict,
    "The database holds a copy of another store that was not finished; run `feiqian copy-store` again."};
}  // namespace feiqian::errors

namespace feiqian::store {

/// Applies the migrations that are missing, all or none; nodes that start together do it once. A database without
/// tables gets all; otherwise a Contract is left for later. Registers `node` (empty: it will not work on the database).
/// errors::kCopyUnfinished for a node; errors::kStoreVersion: this program is too old for the database, an older step
/// is not contracted yet, or the tables differ from the program's; errors::kOlderNodes: a migration cannot be applied
/// beside a node that is at work.
Result<void> prepare_postgres_tables(PostgresConnection& connection, std::span<const Migration> migrations,
                                     const std::string& node);
/// The node has stopped.
Result<void> leave_postgres(PostgresConnection& connection, const std::string& node);

/// Applies the Contract migrations that are missing and gives their numbers. errors::kOlderNodes names the nodes that
/// would break; nothing happened then.
Result<std::vector<int>> contract_postgres_tables(PostgresConnection& connection,
                                                  std::span<const Migration> migrations);

/// From here to `end_copy` no node can begin. Rows that a copy left which was not finished are removed.
Result<void> begin_copy(PostgresConnection& connection);
Result<void> end_copy(PostgresConnection& connection);

struct SchemaState {
  struct Node {
    std::string name;
    std::int64_t knows;  ///< the last migration its program knows
  };
  std::vector<std::int64_t> applied;
  std::int64_t oldest_program = 0;  ///< older ones are refused
  std::vector<Node> nodes;          ///< at work now
  bool copying = false;             ///< between begin_copy and end_copy
};
Result<SchemaState> read_schema_state(PostgresConnection& connection);

}  // namespace feiqian::store
