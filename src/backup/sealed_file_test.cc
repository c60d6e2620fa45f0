#include "backup/sealed_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "backup/testing/world.h"
#include "foundation/text.h"

namespace feiqian::backup {
namespace {

using testing::code_of;
using testing::content_of;
using testing::must;
using testing::put;

class SealedFile : public ::testing::Test {
 protected:
  FileDigest write(const std::string& name, const std::vector<std::string>& records) {
    auto file = must(SealedWriter::create(directory_.file(name), name, keys_, random_));
    for (const auto& record : records) must(file.add(record));
    return must(file.finish());
  }
  Result<std::string> read(const std::string& name, const std::string& place) {
    std::string content;
    TRY(read_sealed(directory_.file(name), place, keys_, random_, [&](std::string_view chunk) {
      content += chunk;
      return Result<void>();
    }));
    return content;
  }
  engine::testing::TempDirectory directory_;
  SeededRandom random_{3};
  crypto::KeyStore store_ = must(crypto::KeyStore::open(directory_.file("keys"), random_));
  Keys keys_{store_};
};

TEST_F(SealedFile, GivesBackWhatWasWritten) {
  // No record, less than a chunk, exactly one, several.
  for (const std::size_t size : {0U, 10U, 1U << 20, (3U << 20) + 5}) {
    const std::string content(size, 'x');
    const auto digest = write("a", {content});
    EXPECT_EQ(must(read("a", "a")), content);
    EXPECT_EQ(digest.sha256, to_hex(crypto::sha256(content_of(directory_.file("a")))));
    EXPECT_EQ(digest.size, static_cast<std::int64_t>(content_of(directory_.file("a")).size()));
  }
}

TEST_F(SealedFile, ShowsNothingOfItsContent) {
  write("a", {std::string(1000, 'x')});
  EXPECT_EQ(content_of(directory_.file("a")).find("xxx"), std::string::npos);
}

TEST_F(SealedFile, OfAnotherPlaceDoesNotOpen) {
  write("a", {"content"});
  EXPECT_EQ(code_of(read("a", "b")), "backup.file_broken");
}

TEST_F(SealedFile, ThatIsNotThereIsNamed) {
  const auto read_it = read("missing", "0001.data");
  EXPECT_EQ(code_of(read_it), "backup.file_missing");
  EXPECT_EQ(read_it.error().detail(), "0001.data");
}

TEST_F(SealedFile, NoticesEveryChangedByteAndEveryLength) {
  write("a", {"some content", "and more"});
  const auto whole = content_of(directory_.file("a"));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    put(directory_.file("a"), changed);
    EXPECT_EQ(code_of(read("a", "a")), "backup.file_broken") << "byte " << i;
    put(directory_.file("a"), whole.substr(0, i));
    EXPECT_EQ(code_of(read("a", "a")), "backup.file_broken") << "cut at " << i;
  }
  put(directory_.file("a"), whole + "x");
  EXPECT_EQ(code_of(read("a", "a")), "backup.file_broken");
}

TEST_F(SealedFile, NoticesChunksSwappedRepeatedAndLeftOut) {
  const std::string record(1 << 20, 'r');
  write("a", {record, record, record});
  const auto whole = content_of(directory_.file("a"));
  constexpr std::size_t kHead = 5 + 16;
  const std::size_t chunk = 4 + 1 + 8 + 12 + record.size() + 16;
  const auto head = whole.substr(0, kHead);
  const auto first = whole.substr(kHead, chunk);
  const auto second = whole.substr(kHead + chunk, chunk);
  const auto rest = whole.substr(kHead + 2 * chunk);
  put(directory_.file("a"), head + first + second + rest);
  EXPECT_EQ(code_of(read("a", "a")), "ok");
  for (const auto& content :
       {head + second + first + rest, head + first + first + rest, head + first + rest, head + first + second}) {
    put(directory_.file("a"), content);
    EXPECT_EQ(code_of(read("a", "a")), "backup.file_broken");
  }
}

TEST_F(SealedFile, UnfinishedLeavesNothing) {
  {
    auto file = must(SealedWriter::create(directory_.file("a"), "a", keys_, random_));
    must(file.add("content"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory_.file("a")));
  EXPECT_FALSE(std::filesystem::exists(directory_.file("a.tmp")));
}

}  // namespace
}  // namespace feiqian::backup
