#include "store/sqlite_pages.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace feiqian::store {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

class TempDirectory {
 public:
  TempDirectory() {
    auto name = (std::filesystem::temp_directory_path() / "feiqian-pages-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

struct Image {
  PageImage size;
  std::map<std::int64_t, std::string> pages;
};

void begin(const Connection& reader) {
  must(reader.execute("BEGIN; SELECT count(*) FROM sqlite_master"));
}

Image image_of(const Connection& reader) {
  Image image;
  image.size = must(visit_pages(reader, [&](std::int64_t number, std::string_view page) -> Result<void> {
    image.pages[number] = page;
    return {};
  }));
  return image;
}

/// A table of `rows` rows of about a page's quarter each.
Connection filled(const std::string& path, int rows) {
  auto connection = must(Connection::open(path, Connection::Mode::ReadWrite, 1));
  must(connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text BLOB) STRICT"));
  must(connection.execute("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<" +
                          std::to_string(rows) + ") INSERT INTO t SELECT i, randomblob(1000) FROM n"));
  return connection;
}

std::string text_of(const Connection& connection, std::string_view sql) {
  auto statement = must(connection.prepare(sql));
  EXPECT_TRUE(must(statement.step()));
  return std::string(statement.text(0));
}

std::string digest_of(const Connection& connection) {
  return text_of(connection,
                 "SELECT count(*) || ':' || sum(id) || ':' || hex(group_concat(substr(text, 1, 8))) FROM t");
}

void write(const Image& image, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  for (const auto& [number, page] : image.pages) {
    file.seekp((number - 1) * image.size.page_size);
    file << page;
  }
}

TEST(SqlitePages, GiveTheDatabaseOfTheMomentWhateverIsCommittedMeanwhile) {
  TempDirectory directory;
  // More pages than the destination's cache holds: most are handed over while the copy runs.
  const auto writer = filled(directory.file("live.db"), 4000);
  const auto reader = must(Connection::open(directory.file("live.db"), Connection::Mode::ReadOnly, 1));
  begin(reader);
  const auto expected = digest_of(reader);
  int seen = 0;
  Image image;
  image.size = must(visit_pages(reader, [&](std::int64_t number, std::string_view page) -> Result<void> {
    if (++seen % 100 == 0) must(writer.execute("UPDATE t SET text=randomblob(1000) WHERE id % 7 = 0"));
    image.pages[number] = page;
    return {};
  }));
  EXPECT_GT(image.size.page_count, 1000);
  EXPECT_EQ(static_cast<std::int64_t>(image.pages.size()), image.size.page_count);
  write(image, directory.file("copy.db"));
  const auto copy = must(Connection::open(directory.file("copy.db"), Connection::Mode::ReadWrite, 1));
  EXPECT_EQ(digest_of(copy), expected);
  EXPECT_NE(digest_of(writer), expected);
  EXPECT_EQ(text_of(copy, "PRAGMA integrity_check"), "ok");
}

TEST(SqlitePages, OfUnchangedContentAreTheSame) {
  TempDirectory directory;
  const auto writer = filled(directory.file("live.db"), 300);
  const auto reader = must(Connection::open(directory.file("live.db"), Connection::Mode::ReadOnly, 1));
  begin(reader);
  const auto first = image_of(reader);
  must(reader.execute("COMMIT"));
  must(writer.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  begin(reader);
  EXPECT_EQ(image_of(reader).pages, first.pages);
  must(reader.execute("COMMIT"));
  must(writer.execute("UPDATE t SET text=randomblob(1000) WHERE id=150"));
  begin(reader);
  const auto second = image_of(reader);
  int changed = 0;
  for (const auto& [number, page] : second.pages) changed += page != first.pages.at(number) ? 1 : 0;
  EXPECT_GE(changed, 1);
  EXPECT_LE(changed, 3);
}

TEST(SqlitePages, LeaveOutThePageForLocks) {
  // Where files begin to be large, SQLite keeps a page for its locks; here it begins at page 17.
  const auto usual = sqlite3_test_control(SQLITE_TESTCTRL_PENDING_BYTE, 0x10000);
  {
    TempDirectory directory;
    const auto writer = filled(directory.file("live.db"), 300);
    const auto reader = must(Connection::open(directory.file("live.db"), Connection::Mode::ReadOnly, 1));
    begin(reader);
    const auto image = image_of(reader);
    EXPECT_FALSE(image.pages.contains(17));
    write(image, directory.file("copy.db"));
    const auto copy = must(Connection::open(directory.file("copy.db"), Connection::Mode::ReadWrite, 1));
    EXPECT_EQ(text_of(copy, "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(digest_of(copy), digest_of(writer));
  }
  sqlite3_test_control(SQLITE_TESTCTRL_PENDING_BYTE, usual);
}

TEST(SqlitePages, EndWithTheVisitorsError) {
  TempDirectory directory;
  const auto writer = filled(directory.file("live.db"), 4000);
  const auto reader = must(Connection::open(directory.file("live.db"), Connection::Mode::ReadOnly, 1));
  begin(reader);
  const auto visited = visit_pages(
      reader, [](std::int64_t, std::string_view) -> Result<void> { return Error(errors::kFileUnusable, "full"); });
  ASSERT_FALSE(visited.ok());
  EXPECT_TRUE(visited.error().is(errors::kFileUnusable));
}

}  // namespace
}  // namespace feiqian::store
