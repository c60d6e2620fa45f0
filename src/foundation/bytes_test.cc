#include "foundation/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace feiqian {
namespace {

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();

TEST(Varint, ComesBack) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64}, kMost, kLeast}) {
    std::string bytes;
    put_varint(bytes, value);
    std::string_view rest = bytes;
    std::int64_t back = 7;
    EXPECT_TRUE(take_varint(rest, back));
    EXPECT_EQ(back, value);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Varint, MoreThan64BitsAreRefused) {
  for (const std::string last : {"\x02", "\x7f", "\x81"}) {
    const std::string bytes = std::string(9, '\xff') + last;
    std::string_view rest = bytes;
    std::int64_t value = 0;
    EXPECT_FALSE(take_varint(rest, value)) << int{static_cast<unsigned char>(last[0])};
  }
}

TEST(Varint, LongerThanNeedBeIsRefused) {
  for (const std::string& bytes :
       {std::string("\x80\0", 2), std::string("\xff\x80\0", 3), "\x81" + std::string(1, '\0')}) {
    std::string_view rest = bytes;
    std::int64_t value = 0;
    EXPECT_FALSE(take_varint(rest, value)) << bytes.size();
  }
  std::string_view zero("\0", 1);
  std::int64_t value = 7;
  EXPECT_TRUE(take_varint(zero, value));
  EXPECT_EQ(value, 0);
}

TEST(Varint, IsRefusedWhenTheBytesEnd) {
  std::string_view rest = "\x80";
  std::int64_t value = 0;
  EXPECT_FALSE(take_varint(rest, value));
}

}  // namespace
}  // namespace feiqian
