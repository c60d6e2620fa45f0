#include "store/postgres_migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "foundation/log.h"
#include "store/postgres_schema.h"

namespace feiqian::store {
namespace {

constexpr int kMostTries = 10;

/// Two nodes that make the first tables at the same moment collide in the catalogue; and a table that is being used may
/// be locked in another order. Nothing happened then.
Result<void> several_times(const std::function<Result<void>()>& attempt) {
  auto done = attempt();
  for (int again = 1; !done && done.error().is(errors::kStoreConflict) && again < kMostTries; ++again) done = attempt();
  return done;
}

/// Two nodes that make the same table in the same moment: IF NOT EXISTS fails for the later one, and then it is there.
Result<void> make_table(PostgresConnection& connection, const std::string& sql) {
  auto made = connection.execute(sql);
  return made.ok() ? std::move(made) : connection.execute(sql);
}

Result<void> make_own_tables(PostgresConnection& connection) {
  TRY(make_table(
      connection,
      "CREATE TABLE IF NOT EXISTS feiqian_schema (number bigint PRIMARY KEY, name text NOT NULL, oldest_program bigint "
      "NOT NULL)"));
  TRY(make_table(
      connection,
      "CREATE TABLE IF NOT EXISTS feiqian_node (name text PRIMARY KEY, knows bigint NOT NULL, since bigint NOT NULL)"));
  return connection.execute("INSERT INTO feiqian_schema VALUES (0, 'lock', 0) ON CONFLICT DO NOTHING");
}

/// Everything below is done by one node at a time, all or nothing.
Result<void> in_turn(PostgresConnection& connection, const std::function<Result<void>()>& work) {
  TRY(connection.execute("BEGIN"));
  auto done = [&]() -> Result<void> {
    TRY(connection.execute("SELECT number FROM feiqian_schema WHERE number = 0 FOR UPDATE"));
    // A table that somebody reads for long must not be waited for with everybody waiting behind.
    TRY(connection.execute("SET LOCAL lock_timeout = '1s'"));
    return work();
  }();
  auto ended = connection.execute(done.ok() ? "COMMIT" : "ROLLBACK");
  TRY(std::move(done));
  return ended;
}

Result<void> apply(PostgresConnection& connection, const Migration& migration) {
  TRY(connection.execute(std::string(migration.sql)));
  PostgresStatement record{"INSERT INTO feiqian_schema VALUES ($1::bigint, $2::text, $3::bigint)"};
  PostgresParameters parameters;
  parameters.add(migration.number);
  parameters.add_text(migration.name);
  parameters.add(migration.oldest());
  TRY(connection.query(record, parameters));
  log::info("store.migrated", {{"number", migration.number}, {"name", migration.name}});
  return {};
}

bool is_applied(const SchemaState& state, const Migration& migration) {
  return std::find(state.applied.begin(), state.applied.end(), migration.number) != state.applied.end();
}

Result<void> check_no_older_node(const SchemaState& state, const Migration& migration) {
  std::string older;
  for (const auto& node : state.nodes) {
    if (node.knows < migration.oldest())
      older += fmt::format("{}{} knows schema {}", older.empty() ? "" : ", ", node.name, node.knows);
  }
  if (older.empty()) return {};
  return Error(errors::kOlderNodes, fmt::format("schema {} ({}) needs programs that know {}: {}", migration.number,
                                                migration.name, migration.oldest(), older));
}

Result<void> apply_missing(PostgresConnection& connection, std::span<const Migration> migrations,
                           const SchemaState& state) {
  const Migration* waiting = nullptr;
  for (const auto& migration : migrations) {
    if (is_applied(state, migration)) continue;
    if (!state.applied.empty() && migration.phase == Phase::Contract) {
      waiting = &migration;
      continue;
    }
    if (waiting != nullptr) {
      return Error(errors::kStoreVersion,
                   fmt::format("schema {} ({}) must be contracted before schema {}: feiqian migrate --contract",
                               waiting->number, waiting->name, migration.number));
    }
    TRY(check_no_older_node(state, migration));
    TRY(apply(connection, migration));
  }
  if (waiting != nullptr) log::warn("store.to_be_contracted", {{"number", waiting->number}, {"name", waiting->name}});
  return {};
}

Result<void> register_node(PostgresConnection& connection, const std::string& node, int knows) {
  if (node.empty()) return {};
  PostgresStatement statement{
      "INSERT INTO feiqian_node VALUES ($1::text, $2::bigint, (extract(epoch FROM clock_timestamp()) * "
      "1000000)::bigint) "
      "ON CONFLICT (name) DO UPDATE SET knows = excluded.knows, since = excluded.since"};
  PostgresParameters parameters;
  parameters.add_text(node);
  parameters.add(knows);
  TRY(connection.query(statement, parameters));
  return {};
}

constexpr const char* kMarkCopy = "INSERT INTO feiqian_schema VALUES (-1, 'copy under way', 0) ON CONFLICT DO NOTHING";

Result<void> prepare(PostgresConnection& connection, std::span<const Migration> migrations, const std::string& node) {
  const int knows = migrations.back().number;
  const auto state = TRY(read_schema_state(connection));
  if (state.copying && !node.empty()) return Error(errors::kCopyUnfinished);
  if (state.oldest_program > knows) {
    return Error(errors::kStoreVersion,
                 fmt::format("the database is at schema {}, for programs that know {} or later; this one knows {}",
                             state.applied.back(), state.oldest_program, knows));
  }
  TRY(apply_missing(connection, migrations, state));
  return register_node(connection, node, knows);
}

/// Columns that this program does not describe are those of a newer one, or wait for being taken away.
Tables tolerated(const SchemaState& state, std::span<const Migration> migrations) {
  const bool newer = state.applied.back() > migrations.back().number;
  const bool waiting = state.applied.size() < migrations.size();
  return newer || waiting ? Tables::MayHaveMore : Tables::AreEqual;
}

}  // namespace

Result<SchemaState> read_schema_state(PostgresConnection& connection) {
  SchemaState state;
  PostgresStatement applied{"SELECT number, oldest_program FROM feiqian_schema WHERE number <> 0 ORDER BY number"};
  const auto numbers = TRY(connection.query(applied, {}));
  for (int row = 0; row < numbers.rows(); ++row) {
    if (numbers.integer(row, 0) < 0) {
      state.copying = true;
      continue;
    }
    state.applied.push_back(numbers.integer(row, 0));
    state.oldest_program = std::max(state.oldest_program, numbers.integer(row, 1));
  }
  if (state.applied.empty()) return state;
  PostgresStatement at_work{
      "SELECT n.name, n.knows FROM feiqian_node n CROSS JOIN (SELECT (extract(epoch FROM clock_timestamp()) * "
      "1000000)::bigint AS us) t WHERE n.since > t.us - 60000000 OR EXISTS (SELECT 1 FROM worker w WHERE w.lease_until "
      "> "
      "t.us AND (w.node = n.name OR left(w.node, length(n.name) + 1) = n.name || '#')) ORDER BY n.name"};
  const auto nodes = TRY(connection.query(at_work, {}));
  for (int row = 0; row < nodes.rows(); ++row)
    state.nodes.push_back({std::string(nodes.bytes(row, 0)), nodes.integer(row, 1)});
  return state;
}

Result<void> prepare_postgres_tables(PostgresConnection& connection, std::span<const Migration> migrations,
                                     const std::string& node) {
  TRY(several_times([&] { return make_own_tables(connection); }));
  TRY(several_times([&] { return in_turn(connection, [&] { return prepare(connection, migrations, node); }); }));
  return check_postgres_tables(connection, tolerated(TRY(read_schema_state(connection)), migrations));
}

Result<void> leave_postgres(PostgresConnection& connection, const std::string& node) {
  PostgresStatement statement{"DELETE FROM feiqian_node WHERE name = $1::text"};
  PostgresParameters parameters;
  parameters.add_text(node);
  connection.send(statement, parameters);  // the writer's connection, where statements are pipelined
  return connection.receive();
}

Result<std::vector<int>> contract_postgres_tables(PostgresConnection& connection,
                                                  std::span<const Migration> migrations) {
  std::vector<int> done;
  TRY(several_times([&] {
    done.clear();
    return in_turn(connection, [&]() -> Result<void> {
      const auto state = TRY(read_schema_state(connection));
      for (const auto& migration : migrations) {
        if (is_applied(state, migration) || migration.phase != Phase::Contract) continue;
        TRY(check_no_older_node(state, migration));
        TRY(apply(connection, migration));
        done.push_back(migration.number);
      }
      return {};
    });
  }));
  return done;
}

Result<void> begin_copy(PostgresConnection& connection) {
  return in_turn(connection, [&]() -> Result<void> {
    if (TRY(read_schema_state(connection)).copying) {
      for (const auto* table : all_tables()) TRY(connection.execute("TRUNCATE " + table->name));
    }
    return connection.execute(kMarkCopy);
  });
}

Result<void> end_copy(PostgresConnection& connection) {
  return connection.execute("DELETE FROM feiqian_schema WHERE number = -1");
}

}  // namespace feiqian::store
