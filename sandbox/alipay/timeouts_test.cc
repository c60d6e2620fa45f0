#include "sandbox/alipay/timeouts.h"

#include <gtest/gtest.h>

namespace feiqian::sandbox::alipay {
namespace {

const Timestamp kFrom = from_china_time("2026-11-22 14:30:00").value();

TEST(Timeouts, ReadsMinutesHoursDaysAndTheEndOfTheDay) {
  const std::vector<std::pair<std::string, std::string>> cases{{"1m", "2026-11-22 14:31:00"},
                                                               {"90m", "2026-11-22 16:00:00"},
                                                               {"2h", "2026-11-22 16:30:00"},
                                                               {"15d", "2026-12-07 14:30:00"},
                                                               {"1c", "2026-11-23 00:00:00"}};
  for (const auto& [text, expected] : cases) {
    const auto until = after_timeout(text, kFrom);
    ASSERT_TRUE(until.ok()) << text;
    EXPECT_EQ(to_china_time(until.value()), expected) << text;
  }
}

TEST(Timeouts, RefusesWhatTheProviderRefuses) {
  for (const auto* text : {"", "m", "0m", "-1m", "1.5h", "16d", "361h", "1s", "2c", "1", "99999999999999999999d"}) {
    EXPECT_FALSE(after_timeout(text, kFrom).ok()) << text;
  }
}

TEST(Timeouts, TheEarlierLimitHolds) {
  Order order;
  EXPECT_EQ(to_china_time(expiry_of(order, kFrom)), "2026-12-07 14:30:00");
  order.timeout_express = "30m";
  EXPECT_EQ(to_china_time(expiry_of(order, kFrom)), "2026-11-22 15:00:00");
  order.pay_before = kFrom.plus_s(60);
  EXPECT_EQ(to_china_time(expiry_of(order, kFrom)), "2026-11-22 14:31:00");
  order.pay_before = kFrom.plus_s(7200);
  EXPECT_EQ(to_china_time(expiry_of(order, kFrom)), "2026-11-22 15:00:00");
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
