#include "sandbox/database.h"

#include <fmt/format.h>

namespace feiqian::sandbox {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::string_view kCounters =
    "CREATE TABLE IF NOT EXISTS counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;";

Result<std::int64_t> version_of(store::Connection& connection) {
  auto statement = TRY(connection.prepare("PRAGMA user_version"));
  TRY(statement.step());
  return statement.integer(0);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                 std::initializer_list<std::string_view> schemas) {
  std::unique_ptr<Database> database(new Database());
  database->connection_ = TRY(store::Connection::open(path, store::Connection::Mode::ReadWrite, 16));
  auto& connection = database->connection_;
  const auto version = TRY(version_of(connection));
  if (version > kVersion) return Error(errors::kStoreVersion, fmt::format("{} has version {}", path, version));
  TRY(connection.execute(std::string(kCounters)));
  for (const auto schema : schemas) TRY(connection.execute(std::string(schema)));
  TRY(connection.execute(fmt::format("PRAGMA user_version={}", kVersion)));
  return database;
}

Result<store::Statement*> Database::prepared(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) found = statements_.emplace(std::string(sql), TRY(connection_.prepare(sql))).first;
  found->second.reset();
  return &found->second;
}

Result<std::int64_t> Database::next_number(std::string_view name) {
  std::int64_t number = 0;
  TRY(each(
      "INSERT INTO counters(name, value) VALUES(?, 1) ON CONFLICT(name) DO UPDATE SET value = value + 1 RETURNING "
      "value",
      [&](const store::Statement& row) { number = row.integer(0); }, name));
  return number;
}

}  // namespace feiqian::sandbox
