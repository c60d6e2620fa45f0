#include "store/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "foundation/text.h"
#include "store/table.h"

namespace feiqian::store {
namespace {

/// SQLite's own file system, in which the next sync of a write-ahead log can be told to fail.
class FailingSync {
 public:
  FailingSync() : vfs_(*sqlite3_vfs_find(nullptr)) {
    under_ = sqlite3_vfs_find(nullptr);
    vfs_.zName = "failing-sync";
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FailingSync() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(under_, 1);
  }
  FailingSync(const FailingSync&) = delete;
  FailingSync& operator=(const FailingSync&) = delete;
  static inline bool next_fails = false;  // NOLINT(readability-identifier-naming)

 private:
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    const int code = under_->xOpen(under_, name, file, flags, out_flags);
    if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return code;
    methods_ = *file->pMethods;
    sync_ = methods_.xSync;
    methods_.xSync = [](sqlite3_file* log, int how) {
      return std::exchange(next_fails, false) ? SQLITE_IOERR_FSYNC : sync_(log, how);
    };
    file->pMethods = &methods_;
    return code;
  }
  static inline sqlite3_vfs* under_ = nullptr;
  static inline sqlite3_io_methods methods_{};
  static inline int (*sync_)(sqlite3_file*, int) = nullptr;
  sqlite3_vfs vfs_;
};

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "feiqian-store-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    path_ = (directory_ / "a.db").string();
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  Result<std::unique_ptr<SqliteStore>> open(std::vector<Migration> migrations) {
    return SqliteStore::open(path_, migrations, 4);
  }
  Result<std::unique_ptr<SqliteStore>> open() { return open({{1, "all", schema_}}); }
  std::vector<std::string> column(const std::string& sql) {
    const auto connection = Connection::open(path_, Connection::Mode::ReadWrite).value();
    auto statement = connection.prepare(sql).value();
    std::vector<std::string> values;
    while (statement.step().value()) values.emplace_back(statement.text(0));
    return values;
  }

  std::filesystem::path directory_;
  std::string path_;
  const std::string schema_ = sqlite_schema();
};

TEST_F(StoreTest, TheDescriptionGivesTheTables) {
  ASSERT_TRUE(open().ok());
  std::vector<std::string> described;
  for (const auto* table : all_tables()) described.push_back(table->name);
  EXPECT_THAT(column("SELECT name FROM sqlite_master WHERE type='table'"),
              ::testing::UnorderedElementsAreArray(described));
  std::vector<std::string> indexes;
  for (const auto* table : all_tables()) {
    for (const auto& index : table->indexes) indexes.push_back(index.name);
  }
  EXPECT_THAT(column("SELECT name FROM sqlite_master WHERE type='index' AND sql IS NOT NULL"),
              ::testing::UnorderedElementsAreArray(indexes));
  EXPECT_EQ(column("PRAGMA journal_mode"), std::vector<std::string>{"wal"});
  for (const auto& sql : column("SELECT sql FROM sqlite_master WHERE type='table'"))
    EXPECT_THAT(sql, ::testing::EndsWith("STRICT"));
}

TEST_F(StoreTest, NamesAreUniqueAndTheFirstColumnIsTheId) {
  std::set<std::string> names;
  for (const auto* table : all_tables()) {
    EXPECT_TRUE(names.insert(table->name).second) << table->name;
    EXPECT_EQ(table->columns.at(0).name, "id") << table->name;
    EXPECT_EQ(table->columns.at(0).type, ColumnType::Integer);
    std::set<std::string> columns;
    for (const auto& each : table->columns) EXPECT_TRUE(columns.insert(each.name).second) << table->name;
    for (const auto& index : table->indexes) EXPECT_TRUE(names.insert(index.name).second) << index.name;
  }
}

TEST_F(StoreTest, TheFileIsPrivate) {
  ASSERT_TRUE(open().ok());
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(StoreTest, MigrationsAreAppliedOnceAndInOrder) {
  const std::string log = "CREATE TABLE applied (number INTEGER); INSERT INTO applied VALUES (1);";
  std::vector<Migration> migrations{{1, "all", schema_}, {2, "log", log}};
  ASSERT_TRUE(open(migrations).ok());
  ASSERT_TRUE(open(migrations).ok());
  EXPECT_EQ(column("SELECT number FROM applied"), std::vector<std::string>{"1"});
  migrations.push_back({3, "more", "INSERT INTO applied VALUES (3);"});
  ASSERT_TRUE(open(migrations).ok());
  EXPECT_EQ(column("SELECT number FROM applied"), (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(column("PRAGMA user_version"), std::vector<std::string>{"3"});
}

TEST_F(StoreTest, AFileOfANewerProgramIsRefused) {
  ASSERT_TRUE(open({{1, "all", schema_}, {2, "more", "CREATE TABLE later (x INTEGER);"}}).ok());
  const auto older = open();
  ASSERT_FALSE(older.ok());
  EXPECT_EQ(older.error().code(), "store.version");
  EXPECT_EQ(older.error().detail(), "the file is at schema 2, this program knows 1");
}

TEST_F(StoreTest, AMigrationThatFailsLeavesNothing) {
  ASSERT_TRUE(open().ok());
  EXPECT_FALSE(open({{1, "all", schema_}, {2, "bad", "CREATE TABLE half (x INTEGER); CREATE NONSENSE;"}}).ok());
  EXPECT_EQ(column("PRAGMA user_version"), std::vector<std::string>{"1"});
  EXPECT_EQ(column("SELECT name FROM sqlite_master WHERE name='half'"), std::vector<std::string>{});
  EXPECT_TRUE(open().ok());
}

TEST_F(StoreTest, AFileWhoseTablesDifferIsRefused) {
  const auto& table = *all_tables().front();
  for (const auto& change : {"ALTER TABLE " + table.name + " ADD COLUMN surprise INTEGER",
                             "ALTER TABLE " + table.name + " RENAME COLUMN " + table.columns[1].name + " TO other",
                             "DROP TABLE " + table.name}) {
    std::filesystem::remove(path_);
    ASSERT_TRUE(open().ok());
    ASSERT_TRUE(Connection::open(path_, Connection::Mode::ReadWrite)->execute(change).ok()) << change;
    const auto opened = open();
    ASSERT_FALSE(opened.ok()) << change;
    EXPECT_EQ(opened.error().code(), "store.version");
    EXPECT_THAT(opened.error().detail(), ::testing::HasSubstr(table.name));
  }
}

TEST_F(StoreTest, WhatIsNoDatabaseIsRefused) {
  ASSERT_EQ(std::fclose(std::fopen(path_.c_str(), "w")), 0);
  std::FILE* file = std::fopen(path_.c_str(), "w");
  std::fputs(std::string(5000, 'x').c_str(), file);
  std::fclose(file);
  EXPECT_EQ(open().error().code(), "store.failed");
  EXPECT_FALSE(SqliteStore::open((directory_ / "nowhere" / "a.db").string(), {}, 4).ok());
}

TEST_F(StoreTest, ACommitThatFailedDoesNotComeBackWithTheNextStart) {
  const FailingSync failing;
  auto store = open().value();
  const auto& table = *all_tables().front();
  std::string values = "7";
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    const auto type = table.columns[i].type;
    values += type == ColumnType::Integer ? ", 7" : type == ColumnType::Text ? ", 'CNY'" : ", x'07'";
  }
  const auto insert = "INSERT INTO " + table.name + " VALUES (" + values + ")";
  ASSERT_TRUE(Connection::open(path_, Connection::Mode::ReadWrite)->execute(insert).ok());
  const auto reader = store->open_reader().value();
  std::int64_t seen = 0;
  ASSERT_TRUE(reader->select({&table, {}, true, 10}, [&](const RowSource&) { ++seen; }).ok());
  ASSERT_EQ(seen, 1);

  FailingSync::next_fails = true;
  const TableWrites writes[] = {{&table, {}, {}, {7}, {}, {}}};
  EXPECT_EQ(store->flush(writes).error().code(), "store.commit_unknown");
  ASSERT_TRUE(store->reopen().ok());
  EXPECT_EQ(column("SELECT count(*) FROM " + table.name), std::vector<std::string>{"1"});

  // What a process finds that starts after a kill: the files, without the index of the log.
  const auto before = path_;
  path_ = (directory_ / "b.db").string();
  std::filesystem::copy_file(before, path_);
  std::filesystem::copy_file(before + "-wal", path_ + "-wal");
  EXPECT_EQ(column("SELECT count(*) FROM " + table.name), std::vector<std::string>{"1"});
}

/// Values for a row of any table.
std::string marks(const TableInfo& table, const std::string& value) {
  std::string all;
  for (const auto& each : table.columns)
    all += (all.empty() ? "" : ", ") + (each.type == ColumnType::Integer ? value
                                        : each.type == ColumnType::Text  ? "'" + value + "'"
                                                                         : "x'0" + value + "'");
  return all;
}

/// Exits with 0 when a reader counts `rows` rows of the first table, with 1 when it is refused with that code.
[[noreturn]] void read_as_nobody(const std::string& path, int rows) {
  constexpr uid_t kNobody = 65534;
  if (geteuid() == 0 && setuid(kNobody) != 0) std::_Exit(9);
  const auto reader = open_sqlite_reader(path);
  if (!reader) std::_Exit(reader.error().is(errors::kStoreFailed) ? 1 : 2);
  int seen = 0;
  const auto read = (*reader)->select({all_tables().front(), {}, true, 10}, [&](const RowSource&) { ++seen; });
  std::_Exit(read.ok() && seen == rows ? 0 : 3);
}

TEST_F(StoreTest, AReaderReadsACopyWhereNothingCanBeWritten) {
  { auto store = open().value(); }
  const auto copies = directory_ / "copies with 100 %?";
  const auto copy = (copies / "a.db").string();
  const auto make = [&](bool with_log) {
    std::filesystem::create_directories(copies);
    std::filesystem::copy_file(path_, copy);
    if (with_log) std::filesystem::copy_file(path_ + "-wal", copy + "-wal");
    for (const auto& each : std::filesystem::directory_iterator(copies)) ::chmod(each.path().c_str(), 0444);
    ::chmod(directory_.c_str(), 0755);
    ::chmod(copies.c_str(), 0555);
  };
  const auto remove = [&] {
    ::chmod(copies.c_str(), 0755);
    std::filesystem::remove_all(copies);
  };
  const auto& rows = *all_tables().front();
  const auto insert = "INSERT INTO " + rows.name + " VALUES (" + marks(rows, "1") + ")";
  column(insert);  // the connection that closes last merges the log into the file
  make(false);
  EXPECT_EXIT(read_as_nobody(copy, 1), ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(copies), {}), 1) << "nothing was written beside it";
  remove();
  // With commits in a log that cannot be read there, silence about them would be wrong.
  const auto writing = Connection::open(path_, Connection::Mode::ReadWrite).value();
  writing.execute("INSERT INTO " + rows.name + " VALUES (" + marks(rows, "2") + ")").value();
  make(true);
  EXPECT_EXIT(read_as_nobody(copy, 2), ::testing::ExitedWithCode(1), "");
  remove();
}

TEST_F(StoreTest, AReaderCannotWrite) {
  auto store = open().value();
  const auto connection = Connection::open(path_, Connection::Mode::ReadOnly).value();
  EXPECT_FALSE(connection.execute("DELETE FROM " + all_tables().front()->name).ok());
}

}  // namespace
}  // namespace feiqian::store
