#include "payments/deliveries.h"

#include <gtest/gtest.h>

#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using testing::code_of;
using testing::must;
using testing::Platform;
using testing::Strings;

EventId event_of(Platform& platform) {
  platform.paid();
  return platform.harness.all(kEvents).at(0).id;
}

RecordDelivery answered(EventId event, std::optional<std::int32_t> status) {
  return {event, status, status ? "" : "net.no_answer", 12};
}

TEST(Deliveries, PausesOfTheMerchantApi) {
  const std::vector<std::int64_t> pauses{5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 57600, 86400};
  for (std::size_t i = 0; i < pauses.size(); ++i)
    EXPECT_EQ(delivery_pause_s(static_cast<std::int32_t>(i) + 1), pauses[i]);
  EXPECT_EQ(delivery_pause_s(12), 86400);
  EXPECT_EQ(delivery_pause_s(1000), 86400);
  EXPECT_EQ(delivery_pause_s(0), 5);
}

TEST(Deliveries, AreTriedTwelveTimesOverTheDaysThenExhausted) {
  Platform platform;
  const auto event = event_of(platform);
  for (const auto pause : {5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 57600, 86400}) {
    const auto row = must(platform.run(answered(event, 500)));
    EXPECT_EQ(row.state, EventState::Pending);
    EXPECT_EQ(row.next_try_at, platform.clock.now().plus_s(pause));
    EXPECT_EQ(platform.tasks(), Strings{"webhook.deliver@" + std::to_string(pause)});
    platform.clock.advance_ms(pause * 1000);
  }
  const auto last = must(platform.run(answered(event, std::nullopt)));
  EXPECT_EQ(last.state, EventState::Exhausted);
  EXPECT_EQ(last.tries, 12);
  EXPECT_FALSE(last.next_try_at);
  EXPECT_EQ(platform.tasks(), Strings{});
  const auto log = platform.harness.all(kDeliveries);
  ASSERT_EQ(log.size(), 12U);
  EXPECT_EQ(log[0].status, 500);
  EXPECT_EQ(log[0].duration_ms, 12);
  EXPECT_EQ(log[11].status, std::nullopt);
  EXPECT_EQ(log[11].error, "net.no_answer");
}

TEST(Deliveries, OnlyAnAnswerOf2xxCounts) {
  for (const std::int32_t status : {100, 199, 200, 201, 204, 299, 300, 302, 400, 410, 500, 503}) {
    Platform platform;
    const auto row = must(platform.run(answered(event_of(platform), status)));
    const bool delivered = status >= 200 && status < 300;
    EXPECT_EQ(row.state, delivered ? EventState::Delivered : EventState::Pending) << status;
    EXPECT_EQ(platform.tasks().empty(), delivered) << status;
  }
}

TEST(Deliveries, OfAnEventThatIsNotThere) {
  Platform platform;
  EXPECT_EQ(code_of(platform.run(answered(EventId{5}, 200))), "event.not_found");
}

TEST(Resend, IsDueNowWhateverTheState) {
  for (const int tries : {0, 1, 12}) {
    Platform platform;
    const auto event = event_of(platform);
    for (int i = 0; i < tries; ++i) must(platform.run(answered(event, 500)));
    const auto row = must(platform.run(ResendEvent{platform.merchant, event}));
    EXPECT_EQ(row.state, EventState::Pending);
    EXPECT_EQ(row.next_try_at, platform.clock.now());
    EXPECT_EQ(platform.tasks(), Strings{"webhook.deliver@0"}) << "never two tasks";
    EXPECT_EQ(must(platform.run(answered(event, 200))).state, EventState::Delivered);
    EXPECT_EQ(platform.tasks(), Strings{});
  }
}

TEST(Resend, ThatFailsGoesOnAsBefore) {
  Platform platform;
  const auto event = event_of(platform);
  for (int i = 0; i < 12; ++i) must(platform.run(answered(event, 500)));
  must(platform.run(ResendEvent{platform.merchant, event}));
  EXPECT_EQ(must(platform.run(answered(event, 500))).state, EventState::Exhausted);
  EXPECT_EQ(platform.tasks(), Strings{});
}

TEST(Resend, EveryRefusal) {
  Platform platform;
  const auto event = event_of(platform);
  const auto other = must(platform.run(parties::CreateMerchant{"Other", "", 0}));
  EXPECT_EQ(code_of(platform.run(ResendEvent{other, event})), "event.not_found");
  EXPECT_EQ(code_of(platform.run(ResendEvent{platform.merchant, EventId{5}})), "event.not_found");
  EXPECT_EQ(code_of(platform.run(ResendEvent{std::nullopt, event})), "ok") << "an operator may";
  platform.harness.tamper("UPDATE event SET url=''");
  platform.harness.reopen();
  EXPECT_EQ(code_of(platform.run(ResendEvent{platform.merchant, event})), "event.no_target");
}

}  // namespace
}  // namespace feiqian::payments
