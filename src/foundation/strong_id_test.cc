#include "foundation/strong_id.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace feiqian {
namespace {

struct PayTag {
  static constexpr std::string_view kPrefix = "pay";
};
using PayId = StrongId<PayTag>;

// 2025-01-01T00:00:00Z
constexpr Timestamp kEpoch{1735689600000000};

RC_GTEST_PROP(StrongId, TextRoundTrip, ()) {
  const PayId id{*rc::gen::inRange<std::int64_t>(1, INT64_MAX)};
  const auto text = id.text();
  RC_ASSERT(text.size() == 17U);
  RC_ASSERT(PayId::parse(text).value() == id);
}

RC_GTEST_PROP(StrongId, TextOrdersAsTheNumber, ()) {
  const PayId a{*rc::gen::inRange<std::int64_t>(1, INT64_MAX)};
  const PayId b{*rc::gen::inRange<std::int64_t>(1, INT64_MAX)};
  RC_ASSERT((a < b) == (a.text() < b.text()));
}

TEST(StrongId, RefusesWhatIsNoIdOfItsKind) {
  const std::string good = PayId{INT64_MAX}.text();
  EXPECT_EQ(good, "pay_7zzzzzzzzzzzz");
  for (const std::string& text :
       {std::string(""), std::string("pay"), std::string("pay_"), std::string("pay_0000000000000"),
        std::string("ref_7zzzzzzzzzzzz"), std::string("pay-7zzzzzzzzzzzz"), std::string("PAY_7zzzzzzzzzzzz"),
        std::string("pay_7ZZZZZZZZZZZZ"), std::string("pay_7zzzzzzzzzzz"), good + "z", std::string("pay_8000000000000"),
        std::string("pay_zzzzzzzzzzzzz"), std::string("pay_7zzzzzzzzzzzi"), std::string("pay_7zzzzzzzzzzzl"),
        std::string("pay_7zzzzzzzzzzzo"), std::string("pay_7zzzzzzzzzzzu"), std::string("pay_7zzzzzzzzzz z"),
        std::string("pay_7zzzzzzzzzzz\0", 17)}) {
    const auto parsed = PayId::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().detail(), "expected an id that begins with pay_");
  }
}

TEST(IdGenerator, CarriesTimeAndShard) {
  IdGenerator ids;
  const auto id = ids.next(kEpoch.plus_ms(5), 1023);
  EXPECT_EQ(id, (5LL << 23) | (1023LL << 13));
  EXPECT_EQ(shard_of(id), 1023);
  EXPECT_EQ(ids.next(kEpoch.plus_ms(5), 7), (5LL << 23) | (7LL << 13) | 1);
  EXPECT_EQ(PayId{id}.shard(), 1023);
}

RC_GTEST_PROP(IdGenerator, GrowsWithinAShardWhateverTheClockDoes, ()) {
  IdGenerator ids;
  auto now = kEpoch.plus_s(1000000);
  std::int64_t last = 0;
  const auto shard = *rc::gen::inRange(0, kShardCount);
  for (int i = 0; i < 200; ++i) {
    now = now.plus_ms(*rc::gen::inRange<std::int64_t>(-1000, 1000));
    const auto id = ids.next(now, shard);
    RC_ASSERT(id > last);
    RC_ASSERT(shard_of(id) == shard);
    last = id;
  }
}

TEST(IdGenerator, RunsIntoTheNextMillisecondWhenOneIsFull) {
  IdGenerator ids;
  std::int64_t last = 0;
  for (int i = 0; i < 3 * 8192; ++i) {
    const auto id = ids.next(kEpoch.plus_ms(9), 3);
    ASSERT_GT(id, last);
    last = id;
  }
  EXPECT_EQ(last >> 23, 11);
  EXPECT_EQ(ids.next(kEpoch.plus_ms(100), 3) >> 23, 100) << "and comes back to the clock";
}

TEST(IdGenerator, SkipsPastWhatIsStored) {
  for (const int shard : {0, 5, 1023}) {
    IdGenerator before;
    const auto stored = before.next(kEpoch.plus_s(500), shard);
    IdGenerator after;
    after.skip_past(stored);
    EXPECT_GT(after.next(kEpoch.plus_s(100), 0), stored);
    after.skip_past(1);
    EXPECT_GT(after.next(kEpoch.plus_s(100), 0), stored) << "never backwards";
  }
}

TEST(IdGenerator, WorkersNeverMakeTheSameId) {
  IdGenerator first(0, 2);
  IdGenerator second(3, 2);
  std::set<std::int64_t> made;
  for (int i = 0; i < 5000; ++i) {
    EXPECT_TRUE(made.insert(first.next(kEpoch.plus_ms(1))).second);
    EXPECT_TRUE(made.insert(second.next(kEpoch.plus_ms(1))).second);
  }
}

TEST(FirstIdAt, IsTheLeastIdOfThatMoment) {
  IdGenerator ids;
  const auto at = kEpoch.plus_s(77);
  EXPECT_EQ(first_id_at(at), ids.next(at, 0));
  IdGenerator earlier;
  EXPECT_LT(earlier.next(kEpoch.plus_ms(76999), 1023), first_id_at(at));
  EXPECT_EQ(first_id_at(Timestamp{0}), 0) << "before the first id there is none";
}

TEST(FirstIdAt, StaysAboveAllIdsAfterTheLastMomentThatAnIdCanTell) {
  const auto last = kEpoch.plus_ms((std::int64_t{1} << 40) - 1);
  EXPECT_EQ(first_id_at(last), ((std::int64_t{1} << 40) - 1) << 23);
  for (const auto& later :
       {last.plus_ms(1), from_rfc3339("2100-01-01T00:00:00Z").value(), from_rfc3339("9999-12-31T23:59:59Z").value()})
    EXPECT_EQ(first_id_at(later), INT64_MAX) << to_rfc3339(later);
}

}  // namespace
}  // namespace feiqian
