// What the whole program must agree on: migrations and tables, errors and their document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/testing/harness.h"
#include "server/error_catalogue.h"
#include "server/migrations.h"
#include "store/sqlite_store.h"

namespace feiqian::server {
namespace {

using engine::testing::must;

std::map<std::string, std::string> schema_of(const std::string& path, std::span<const store::Migration> migrations) {
  must(store::SqliteStore::open(path, migrations, 4));
  const auto connection = must(store::Connection::open(path, store::Connection::Mode::ReadWrite));
  auto statement = must(connection.prepare("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master"));
  std::map<std::string, std::string> schema;
  while (must(statement.step())) schema.emplace(statement.text(0), statement.text(1));
  return schema;
}

TEST(Migrations, MakeExactlyTheDescribedTables) {
  engine::testing::TempDirectory directory;
  const auto described = store::sqlite_schema();
  const store::Migration all[] = {{1, "all", described}};
  EXPECT_EQ(schema_of(directory.file("migrated.db"), migrations()), schema_of(directory.file("described.db"), all));
}

TEST(Migrations, AreNumberedFromOneWithoutGaps) {
  int number = 0;
  for (const auto& migration : migrations()) EXPECT_EQ(migration.number, ++number) << migration.name;
  EXPECT_GT(number, 0);
}

TEST(ErrorCatalogue, CodesAreUniqueAndOfTheRightForm) {
  std::set<std::string_view> codes;
  for (const auto* kind : error_catalogue()) {
    EXPECT_TRUE(codes.insert(kind->code).second) << kind->code;
    EXPECT_THAT(std::string(kind->code), ::testing::MatchesRegex("[a-z0-9_]+(\\.[a-z0-9_]+)?"));
    EXPECT_TRUE(kind->title.ends_with('.')) << kind->code;
    EXPECT_EQ(kind->title.find('\n'), std::string_view::npos) << kind->code;
  }
}

/// The directory above the program's own that holds the sources; empty when there is none.
std::filesystem::path repository() {
  std::error_code failed;
  for (auto at = std::filesystem::read_symlink("/proc/self/exe", failed); at.has_relative_path();
       at = at.parent_path()) {
    if (std::filesystem::exists(at / "docs" / "errors.md") && std::filesystem::exists(at / "src" / "server")) return at;
  }
  return {};
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

TEST(ErrorCatalogue, TheDocumentIsUpToDate) {
  const auto path = repository() / "docs" / "errors.md";
  if (repository().empty()) GTEST_SKIP() << "the sources are not here";
  EXPECT_TRUE(content_of(path) == error_document()) << "run: feiqian errors > docs/errors.md";
}

TEST(ErrorCatalogue, HasEveryKindThatTheSourcesDeclare) {
  if (repository().empty()) GTEST_SKIP() << "the sources are not here";
  std::set<std::string> listed;
  for (const auto* kind : error_catalogue()) listed.insert(std::string(kind->code));
  int found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(repository() / "src")) {
    if (entry.path().extension() != ".h") continue;
    const auto text = content_of(entry.path());
    for (std::size_t at = text.find("constexpr ErrorKind k"); at != std::string::npos;
         at = text.find("constexpr ErrorKind k", at + 1)) {
      const auto open = text.find('"', at);
      const auto code = text.substr(open + 1, text.find('"', open + 1) - open - 1);
      EXPECT_TRUE(listed.contains(code)) << code << " of " << entry.path().filename();
      ++found;
    }
  }
  EXPECT_GT(found, 50);
}

}  // namespace
}  // namespace feiqian::server
