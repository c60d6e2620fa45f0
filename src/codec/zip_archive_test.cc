#include "codec/zip_archive.h"

#include <gtest/gtest.h>

#include "foundation/text.h"

namespace feiqian::codec {
namespace {

constexpr std::size_t kMost = 1 << 20;

TEST(Deflate, GivesBackWhatItTookAndReadsAnother) {
  for (const auto& text : {std::string(), std::string("龙井"), std::string(300000, 'x')})
    EXPECT_EQ(inflate(deflate(text), kMost).value(), text);
  // Made by another program: zlib.compress(b"feiqian") of Python.
  EXPECT_EQ(inflate(from_base64("eJxLS80szEzMAwALawLe").value(), kMost).value(), "feiqian");
}

TEST(Deflate, BrokenOrTooLargeIsRefused) {
  const auto packed = deflate(std::string(1000, 'x'));
  EXPECT_FALSE(inflate(packed.substr(0, packed.size() - 1), kMost).ok());
  EXPECT_FALSE(inflate("", kMost).ok());
  EXPECT_FALSE(inflate("not deflated", kMost).ok());
  EXPECT_FALSE(inflate(packed, 999).ok());
  EXPECT_TRUE(inflate(packed, 1000).ok());
}

TEST(Zip, GivesBackItsMembers) {
  const std::vector<ArchiveMember> members{
      {"INN26112288ZM_777", "a line\r\n"}, {"empty", ""}, {"文件", std::string(70000, 'y')}};
  const auto read = read_zip(write_zip(members), kMost).value();
  ASSERT_EQ(read.size(), members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    EXPECT_EQ(read[i].name, members[i].name);
    EXPECT_EQ(read[i].content, members[i].content);
  }
  EXPECT_EQ(write_zip(members), write_zip(members));
  EXPECT_TRUE(read_zip(write_zip({}), kMost).value().empty());
}

TEST(Zip, EveryChangedByteIsNoticedOrHarmless) {
  const auto archive = write_zip({{"a", "content of some length"}});
  for (std::size_t i = 0; i < archive.size(); ++i) {
    auto changed = archive;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    const auto read = read_zip(changed, kMost);
    if (!read.ok() || read->empty()) continue;
    EXPECT_EQ(read->front().content, "content of some length") << i;
  }
}

TEST(Zip, ShortenedOrTooLargeIsRefused) {
  const auto archive = write_zip({{"a", std::string(1000, 'x')}});
  for (std::size_t size = 0; size < archive.size(); ++size)
    EXPECT_FALSE(read_zip(std::string_view(archive).substr(0, size), kMost).ok()) << size;
  EXPECT_FALSE(read_zip(archive, 999).ok());
}

}  // namespace
}  // namespace feiqian::codec
