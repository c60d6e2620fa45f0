#include "foundation/time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace feiqian {
namespace {

TEST(Rfc3339, ReadsAnyOffset) {
  struct Case {
    const char* text;
    std::int64_t us;
  };
  for (const auto& c :
       {Case{"1970-01-01T00:00:00Z", 0}, Case{"2026-11-22T06:30:00.000Z", 1795329000000000},
        Case{"2026-11-22T14:30:00+08:00", 1795329000000000}, Case{"2026-11-22T01:00:00-05:30", 1795329000000000},
        Case{"2026-11-22T06:30:00.5Z", 1795329000500000}, Case{"2026-11-22T06:30:00.123456Z", 1795329000123456},
        Case{"2024-02-29T00:00:00Z", 1709164800000000}, Case{"1969-12-31T23:59:59.999999Z", -1},
        Case{"0000-01-01T00:00:00Z", -62167219200000000}, Case{"9999-12-31T23:59:59.999999Z", 253402300799999999},
        Case{"2026-11-22T06:30:00+00:00", 1795329000000000}, Case{"2026-11-22T06:30:00-00:00", 1795329000000000}}) {
    const auto parsed = from_rfc3339(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed->us, c.us) << c.text;
  }
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-22",
                           "2026-11-22T06:30:00",
                           "2026-11-22 06:30:00Z",
                           "2026-11-22t06:30:00Z",
                           "2026-11-22T06:30:00z",
                           "2026-11-22T06:30Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-11-31T00:00:00Z",
                           "2026-11-00T00:00:00Z",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T06:60:00Z",
                           "2026-11-22T06:30:60Z",
                           "2026-11-22T06:30:00.1234567Z",
                           "2026-11-22T06:30:00.Z",
                           "2026-11-22T06:30:00+08",
                           "2026-11-22T06:30:00+0800",
                           "2026-11-22T06:30:00+8:00",
                           "2026-11-22T06:30:00+24:00",
                           "2026-11-22T06:30:00+08:60",
                           "2026-11-22T06:30:00ZZ",
                           "2026-11-22T06:30:00+08:00Z",
                           "2026/11/22T06:30:00Z",
                           "+026-11-22T06:30:00Z",
                           "2026-1a-22T06:30:00Z",
                           "2026-11-22T-6:30:00Z",
                           "2026-11-22T06:30:00 Z",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           " 2026-11-22T06:30:00Z"}) {
    const auto parsed = from_rfc3339(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), "value.invalid");
  }
}

RC_GTEST_PROP(Rfc3339, RoundTripInMilliseconds, ()) {
  const Timestamp at{*rc::gen::inRange<std::int64_t>(-2000000000000, 4102444800000) * 1000};
  RC_ASSERT(from_rfc3339(to_rfc3339(at)).value() == at);
}

RC_GTEST_PROP(ChinaTime, RoundTripInSeconds, ()) {
  const Timestamp at{*rc::gen::inRange<std::int64_t>(-2000000000, 4102444800) * 1000000};
  RC_ASSERT(from_china_time(to_china_time(at)).value() == at);
}

TEST(ChinaTime, IsEightHoursAhead) {
  EXPECT_EQ(to_china_time(Timestamp{1795329000000000}), "2026-11-22 14:30:00");
  EXPECT_EQ(from_china_time("2026-11-22 14:30:00")->us, 1795329000000000);
  for (const char* text : {"", "2026-11-22", "2026-11-22T14:30:00", "2026-11-22 14:30:00Z", "2026-11-22 14:30",
                           "2026-02-30 14:30:00", "2026-11-22 14:30:0x"}) {
    EXPECT_FALSE(from_china_time(text).ok()) << text;
  }
}

TEST(ChinaDate, ChangesAtMidnightInChina) {
  const auto midnight = from_rfc3339("2026-11-22T16:00:00Z").value();
  EXPECT_EQ(china_date(midnight), Date{20261123});
  EXPECT_EQ(china_date(Timestamp{midnight.us - 1}), Date{20261122});
  EXPECT_EQ(china_date(from_rfc3339("2025-12-31T16:00:00Z").value()), Date{20260101});
}

TEST(DateText, RoundTripAndRefusals) {
  EXPECT_EQ(to_text(Date{20260105}), "2026-01-05");
  EXPECT_EQ(date_from_text("2026-01-05").value(), Date{20260105});
  for (const char* text :
       {"", "2026-1-5", "20260105", "2026-02-29", "2026-00-01", "2026-01-05 ", "2026-01-0x", "2026/01/05"}) {
    EXPECT_FALSE(date_from_text(text).ok()) << text;
  }
}

TEST(ManualClock, StandsStillUntilTold) {
  ManualClock clock(Timestamp{1000});
  EXPECT_EQ(clock.now().us, 1000);
  clock.advance_ms(2);
  EXPECT_EQ(clock.now().us, 3000);
  clock.set(Timestamp{5});
  EXPECT_EQ(clock.now().us, 5);
}

TEST(Timestamps, AddAndSubtract) {
  EXPECT_EQ(Timestamp{1}.plus_s(2).us, 2000001);
  EXPECT_EQ(Timestamp{1}.plus_ms(2).us, 2001);
  EXPECT_EQ(ms_between(Timestamp{1000}, Timestamp{5999}), 4);
  EXPECT_EQ(Timestamp{5999999}.unix_s(), 5);
}

}  // namespace
}  // namespace feiqian
