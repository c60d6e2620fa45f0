#include "ledger/block.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "engine/testing/harness.h"

namespace feiqian::ledger {
namespace {

using engine::testing::code_of;
using engine::testing::must;

/// A voucher that owns its texts.
struct Made {
  std::string event;
  std::int64_t subject = 0;
  std::int64_t rule = 0;
  std::int64_t reverses = 0;
  std::string memo;
  std::vector<PostedLine> lines;
  VoucherHead head() const { return {event, subject, rule, {reverses}, memo}; }
};

void write(BlockWriter& block, const Made& made) {
  block.begin(made.head(), made.lines.size());
  for (const auto& line : made.lines) block.line(line);
  block.end();
}
std::string block_of(const std::vector<Made>& vouchers) {
  BlockWriter block;
  for (const auto& each : vouchers) write(block, each);
  return block.take();
}

bool same(const PostedLine& a, const PostedLine& b) {
  return a.account == b.account && a.side == b.side && a.amount_minor == b.amount_minor && a.after == b.after;
}
bool same(const PostedVoucher& read, const Made& made) {
  return read.head.event == made.event && read.head.subject == made.subject && read.head.rule == made.rule &&
         read.head.reverses.value == made.reverses && read.head.memo == made.memo &&
         std::equal(read.lines.begin(), read.lines.end(), made.lines.begin(), made.lines.end(),
                    [](const auto& a, const auto& b) { return same(a, b); });
}

/// "ok", or why the block is refused.
std::string read_all(std::string_view bytes) {
  BlockReader reader(bytes);
  PostedVoucher voucher;
  for (;;) {
    const auto more = reader.next(voucher);
    if (!more) return code_of(more);
    if (!*more) return "ok";
  }
}

const Made kPlain{"J01", 258, 0, 0, "", {{{1}, Side::Debit, 5, std::nullopt}, {{2}, Side::Credit, 5, std::nullopt}}};

// --- bytes
// --------------------------------------------------------------------------------------------------------------------------------

TEST(Block, HasTheDocumentedBytes) {
  const Made full{
      "J02",
      -2,
      3,
      4,
      "tea",
      {{{0x0102030405060708}, Side::Credit, 258, PostedLine::After{-1, 64}}, {{9}, Side::Debit, -1, std::nullopt}}};
  const auto bytes = block_of({kPlain, full});
  const std::string expected = std::string("\x01", 1) +
                               // length, event, flags, subject, count of lines
                               std::string("\0\0\0\x31\x03J01\0\0\0\0\0\0\0\x01\x02\0\x02", 19) +
                               std::string("\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x05", 17) +
                               std::string("\0\0\0\0\0\0\0\x02\x01\0\0\0\0\0\0\0\x05", 17) +
                               // flags 7: rule, reverses, memo
                               std::string("\0\0\0\x50\x03J02\x07\xff\xff\xff\xff\xff\xff\xff\xfe", 17) +
                               std::string("\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x04\0\x03tea\0\x02", 23) +
                               // a customer's line: balance after it, number 64 as a zigzag varint of two bytes
                               std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x03\0\0\0\0\0\0\x01\x02", 17) +
                               std::string("\xff\xff\xff\xff\xff\xff\xff\xff\x80\x01", 10) +
                               std::string("\0\0\0\0\0\0\0\x09\0\xff\xff\xff\xff\xff\xff\xff\xff", 17);
  EXPECT_EQ(bytes, expected);
  BlockReader reader(bytes);
  PostedVoucher read;
  ASSERT_TRUE(must(reader.next(read)));
  EXPECT_TRUE(same(read, kPlain));
  EXPECT_EQ(read.bytes, std::string_view(bytes).substr(5, 0x31)) << "what is hashed: without the length";
  ASSERT_TRUE(must(reader.next(read)));
  EXPECT_TRUE(same(read, full));
  EXPECT_FALSE(must(reader.next(read)));
  EXPECT_FALSE(must(reader.next(read))) << "and remains at the end";
}

TEST(Block, OfNoVouchersIsTheVersion) {
  EXPECT_EQ(BlockWriter().bytes(), std::string("\x01"));
  EXPECT_EQ(read_all("\x01"), "ok");
}

rc::Gen<Made> any_voucher() {
  return rc::gen::exec([] {
    const auto number = [] {
      return *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(),
                             rc::gen::element<std::int64_t>(0, -1, 1, INT64_MAX, INT64_MIN));
    };
    Made made{*rc::gen::arbitrary<std::string>(), number(), number(), number(), *rc::gen::arbitrary<std::string>(), {}};
    made.event.resize(std::min<std::size_t>(made.event.size(), 255));
    const auto lines = *rc::gen::inRange(1, 6);
    for (int i = 0; i < lines; ++i) {
      PostedLine line{{number()}, *rc::gen::element(Side::Debit, Side::Credit), number(), std::nullopt};
      if (*rc::gen::arbitrary<bool>()) line.after = PostedLine::After{number(), number()};
      made.lines.push_back(line);
    }
    return made;
  });
}

RC_GTEST_PROP(Block, RoundTrip, ()) {
  std::vector<Made> vouchers;
  const auto count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) vouchers.push_back(*any_voucher());
  const auto bytes = block_of(vouchers);
  BlockReader reader(bytes);
  PostedVoucher read;
  for (const auto& each : vouchers) {
    RC_ASSERT(must(reader.next(read)));
    RC_ASSERT(same(read, each));
  }
  RC_ASSERT(!must(reader.next(read)));
}

/// What decodes, written again.
std::optional<std::string> rewritten(std::string_view bytes) {
  BlockReader reader(bytes);
  PostedVoucher voucher;
  BlockWriter block;
  for (;;) {
    const auto more = reader.next(voucher);
    if (!more) return std::nullopt;
    if (!*more) return block.take();
    block.begin(voucher.head, voucher.lines.size());
    for (const auto& line : voucher.lines) block.line(line);
    block.end();
  }
}

RC_GTEST_PROP(Block, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  for (const auto& each : {bytes, "\x01" + bytes}) {
    const auto said = read_all(each);
    RC_ASSERT(said == "ok" || said == "verify.failed");
  }
}

RC_GTEST_PROP(Block, ChangedBytesAreRefusedOrSaySomethingElse, ()) {
  std::vector<Made> vouchers{*any_voucher(), *any_voucher()};
  for (auto& voucher : vouchers) {
    for (auto& line : voucher.lines) {
      if (line.after) line.after->number &= INT64_MAX >> 2;  // the tenth byte of a varint has bits to spare
    }
  }
  const auto whole = block_of(vouchers);
  const auto at = *rc::gen::inRange<std::size_t>(0, whole.size());
  auto changed = whole;
  changed[at] = static_cast<char>(changed[at] ^ *rc::gen::inRange(1, 256));
  const auto less = whole.substr(0, at) + whole.substr(at + 1);
  const auto more = whole.substr(0, at) + whole[at] + whole.substr(at);
  for (const auto& bytes : {changed, less, more}) {
    const auto again = rewritten(bytes);
    if (again) RC_ASSERT(*again != whole);
  }
}

TEST(Block, BrokenBytesAreRefused) {
  const auto one = block_of({kPlain});
  const auto whole = block_of({kPlain, kPlain});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == 1 || size == one.size()) continue;  // no voucher, one voucher
    EXPECT_EQ(read_all(whole.substr(0, size)), "verify.failed") << size;
  }
  EXPECT_EQ(read_all(whole + "x"), "verify.failed");
  struct Case {
    const char* what;
    std::size_t at;
    char byte;
  };
  for (const auto& c : {Case{"another version", 0, 2}, Case{"no version", 0, 0}, Case{"a length beyond the end", 1, 1},
                        Case{"a length too short", 4, 0x30}, Case{"a length too long", 4, 0x32},
                        Case{"an unknown flag", 9, 8}, Case{"a flag without its value", 9, 4},
                        Case{"an unknown kind of line", 28, 4}, Case{"a line more than there are", 19, 3},
                        Case{"a line less than there are", 19, 1}, Case{"no lines", 19, 0}}) {
    auto bytes = one;
    ASSERT_NE(bytes[c.at], c.byte) << c.what;
    bytes[c.at] = c.byte;
    EXPECT_EQ(read_all(bytes), "verify.failed") << c.what;
  }
}

TEST(Block, AFlagForNothingIsRefused) {
  const auto one = block_of({kPlain});
  constexpr std::size_t kLength = 4, kFlags = 9, kAfterSubject = 18;
  for (const auto& [flag, size] : {std::pair{1, 8}, std::pair{2, 8}, std::pair{4, 2}}) {
    auto bytes = one;
    bytes.insert(kAfterSubject, static_cast<std::size_t>(size), '\0');
    bytes[kLength] = static_cast<char>(bytes[kLength] + size);
    bytes[kFlags] = static_cast<char>(flag);
    EXPECT_EQ(read_all(bytes), "verify.failed") << flag;
    bytes[kAfterSubject + static_cast<std::size_t>(size) - 1] = 1;
    EXPECT_EQ(read_all(bytes), flag == 4 ? "verify.failed" : "ok") << flag;
  }
}

TEST(Block, RemainsBrokenOnceItIs) {
  auto bytes = block_of({kPlain, kPlain});
  bytes[9] = 8;
  BlockReader reader(bytes);
  PostedVoucher voucher;
  EXPECT_EQ(code_of(reader.next(voucher)), "verify.failed");
  EXPECT_EQ(code_of(reader.next(voucher)), "verify.failed");
}

TEST(BlockWriter, TruncatesToAMark) {
  BlockWriter block;
  write(block, kPlain);
  const auto mark = block.mark();
  const auto bytes = block.bytes();
  write(block, kPlain);
  EXPECT_EQ(block.count(), 2);
  block.truncate(mark);
  EXPECT_EQ(block.count(), 1);
  EXPECT_EQ(block.bytes(), bytes);
  EXPECT_EQ(block.take(), bytes);
  EXPECT_EQ(block.count(), 0);
  EXPECT_EQ(block.bytes(), std::string("\x01")) << "ready for the next one";
}

// --- ids of vouchers
// ----------------------------------------------------------------------------------------------------------------------

TEST(VoucherAt, CountsOnAndCarriesOverTheMillisecondPastTheShard) {
  const auto id = [](std::int64_t ms, int shard, std::int64_t sequence) {
    return VoucherId{ms << 23 | std::int64_t{shard} << 13 | sequence};
  };
  struct Case {
    VoucherId first;
    std::int64_t index;
    VoucherId voucher;
  };
  for (const auto& c :
       {Case{id(5, 0, 0), 0, id(5, 0, 0)}, Case{id(5, 3, 0), 1, id(5, 3, 1)}, Case{id(5, 3, 0), 8191, id(5, 3, 8191)},
        Case{id(5, 3, 0), 8192, id(6, 3, 0)}, Case{id(5, 1023, 8191), 1, id(6, 1023, 0)},
        Case{id(5, 7, 100), 8190, id(6, 7, 98)}, Case{id(5, 7, 100), 3 * 8192, id(8, 7, 100)}}) {
    EXPECT_EQ(voucher_at(c.first, c.index), c.voucher) << c.first.value << " " << c.index;
    EXPECT_EQ(index_in_block(c.first, c.voucher), c.index);
    EXPECT_EQ(c.voucher.shard(), c.first.shard());
  }
  EXPECT_EQ(index_in_block(id(5, 0, 1), id(5, 0, 0)), -1) << "before the block";
}

RC_GTEST_PROP(VoucherAt, IsTheReverseOfIndexInBlockAndGrows, ()) {
  const VoucherId first{*rc::gen::inRange<std::int64_t>(1, INT64_MAX >> 1)};
  const auto index = *rc::gen::inRange<std::int64_t>(0, 100000);
  const auto voucher = voucher_at(first, index);
  RC_ASSERT(index_in_block(first, voucher) == index);
  RC_ASSERT(voucher.shard() == first.shard());
  RC_ASSERT(voucher_at(first, index + 1) > voucher);
  RC_ASSERT(voucher_at(voucher, 7) == voucher_at(first, index + 7));
}

TEST(FirstOfBlock, IsOfItsTimeAndChainAndNeverGoesBack) {
  const auto now = engine::testing::kStart;
  const VoucherId fresh = first_of_block(now, 3, VoucherId());
  EXPECT_EQ(fresh.value, first_id_at(now) | 3 << 13);
  EXPECT_EQ(first_of_block(now, 3, VoucherId{fresh.value - (1 << 23)}), fresh) << "the last one was of an earlier time";
  EXPECT_EQ(first_of_block(now, 3, voucher_at(fresh, 8189)), voucher_at(fresh, 8190)) << "the same millisecond";
  EXPECT_EQ(first_of_block(now, 3, voucher_at(fresh, 99999)), voucher_at(fresh, 100000)) << "more than it holds";
  EXPECT_EQ(first_of_block(now.plus_ms(-5000), 3, fresh), voucher_at(fresh, 1)) << "the clock went back";
}

}  // namespace
}  // namespace feiqian::ledger
