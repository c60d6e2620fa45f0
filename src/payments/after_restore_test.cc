#include "payments/after_restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using channels::TradeState;
using testing::must;
using testing::Platform;
using testing::Strings;
using ::testing::UnorderedElementsAre;

TEST(AfterRestore, WhatAsksAChannelIsDueAtOnceAndAsIfNeverTried) {
  Platform platform;
  const auto waiting = platform.pending("S-1");
  for (int i = 0; i < 10; ++i) must(platform.say(waiting, TradeState::AwaitingPayer));
  const auto paid = platform.paid("S-2");
  const auto refund = must(platform.refund(paid, 100));
  must(platform.refund_says(refund.id, channels::RefundState::Unknown));
  const auto fresh = platform.create("S-3").attempt->id;
  const auto long_pause = platform.tasks_of(waiting.value);
  EXPECT_NE(long_pause, Strings{"attempt.query@0"});
  const auto expiry = platform.tasks_of(platform.attempt(waiting).payment.value);

  const auto tasks = must(tasks_that_ask(*platform.harness.reader()));
  EXPECT_EQ(must(platform.run(HurryTasks{tasks})), 2);
  EXPECT_EQ(platform.tasks_of(waiting.value), Strings{"attempt.query@0"});
  EXPECT_EQ(platform.tasks_of(refund.id.value), Strings{"refund.query@0"});
  EXPECT_EQ(platform.tasks_of(fresh.value), Strings{"attempt.pay@0"});
  EXPECT_EQ(platform.tasks_of(platform.attempt(waiting).payment.value), expiry);
  // The pauses begin anew.
  must(platform.say(waiting, TradeState::AwaitingPayer));
  EXPECT_NE(platform.tasks_of(waiting.value), long_pause);
}

TEST(AfterRestore, TasksThatAreGoneAreLeftAlone) {
  Platform platform;
  platform.pending();
  const auto tasks = must(tasks_that_ask(*platform.harness.reader()));
  ASSERT_EQ(tasks.size(), 1U);
  must(platform.say(platform.harness.all(kAttempts).at(0).id, TradeState::Paid));
  EXPECT_EQ(must(platform.run(HurryTasks{tasks})), 0);
  EXPECT_THAT(must(tasks_that_ask(*platform.harness.reader())), ::testing::IsEmpty());
}

TEST(AfterRestore, ARestoreIsOneIncident) {
  Platform platform;
  EXPECT_TRUE(must(platform.run(RecordRestore{"restored from Monday"})));
  EXPECT_FALSE(must(platform.run(RecordRestore{"restored from Monday"})));
  EXPECT_TRUE(must(platform.run(RecordRestore{"restored from Tuesday"})));
  EXPECT_THAT(platform.incidents(), UnorderedElementsAre("platform.restored", "platform.restored"));
}

}  // namespace
}  // namespace feiqian::payments
