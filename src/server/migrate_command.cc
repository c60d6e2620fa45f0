#include "server/migrate_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/errors.h"
#include "server/migrations.h"
#include "store/postgres_migrate.h"

namespace feiqian::server {
namespace {

Result<store::PostgresConnection> connect(const Settings& settings) {
  if (settings.store_url.empty())
    return Error(errors::kUsage, "the embedded store is brought up to date when the platform starts", "store.url");
  return store::PostgresConnection::open(settings.store_url);
}

}  // namespace

Result<std::string> describe_schema(const Settings& settings) {
  auto connection = TRY(connect(settings));
  const auto state = TRY(store::read_schema_state(connection));
  std::string text;
  for (const auto& migration : postgres_migrations()) {
    const bool applied = std::find(state.applied.begin(), state.applied.end(), migration.number) != state.applied.end();
    text += fmt::format("{:>4}  {:<9} {:<8} {}\n", migration.number,
                        migration.phase == store::Phase::Expand ? "expand" : "contract",
                        applied ? "applied" : "missing", migration.name);
  }
  text += fmt::format("programs that know {} or later can use it\n", state.oldest_program);
  for (const auto& node : state.nodes) text += fmt::format("node {} knows {}\n", node.name, node.knows);
  return text;
}

Result<std::string> contract_schema(const Settings& settings) {
  auto connection = TRY(connect(settings));
  std::string text;
  for (const int number : TRY(store::contract_postgres_tables(connection, postgres_migrations())))
    text += fmt::format("contracted: schema {}\n", number);
  return text.empty() ? "nothing to contract\n" : text;
}

}  // namespace feiqian::server
