#include "payments/stray_notification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using channels::TradeState;
using testing::must;
using testing::Platform;
using testing::Strings;

RecordStrayNotification stray(const std::string& number, TradeState state, std::int64_t paid_minor = 0) {
  channels::TradeOutcome outcome;
  outcome.state = state;
  outcome.trade_no = "2026112222001";
  if (state == TradeState::Paid) outcome.paid = money::Money{paid_minor, money::kCny};
  return {"alipay", {number, outcome}};
}

TEST(StrayNotification, IsAnIncidentThatSaysWhatTheChannelSaid) {
  Platform platform;
  const AttemptId lost{1 << 30};
  EXPECT_TRUE(must(platform.run(stray(lost.text(), TradeState::Paid, 12800))));
  const auto incident = platform.harness.all(kIncidents).at(0);
  EXPECT_EQ(incident.kind, "channel.unknown_trade");
  EXPECT_EQ(incident.subject, lost.value);
  EXPECT_EQ(incident.detail, "alipay says that " + lost.text() +
                                 " is paid: CNY 12800 minor units, its number 2026112222001; there is no such attempt "
                                 "here");
  EXPECT_EQ(platform.vouchers(), Strings{});
}

TEST(StrayNotification, ToldAgainIsOneIncidentAndSomethingNewIsAnother) {
  Platform platform;
  const std::string number = "another-system-7";
  EXPECT_TRUE(must(platform.run(stray(number, TradeState::AwaitingPayer))));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(must(platform.run(stray(number, TradeState::AwaitingPayer))));
  EXPECT_TRUE(must(platform.run(stray(number, TradeState::Paid, 100))));
  EXPECT_TRUE(must(platform.run(stray("another-system-8", TradeState::Paid, 100))));
  EXPECT_EQ(platform.incidents().size(), 3U);
  // Within one batch too.
  const auto together = platform.harness.run_together<RecordStrayNotification>(
      {stray("twice", TradeState::Closed), stray("twice", TradeState::Closed)});
  EXPECT_TRUE(must(together[0]));
  EXPECT_FALSE(must(together[1]));
}

}  // namespace
}  // namespace feiqian::payments
