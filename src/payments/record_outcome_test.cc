#include "payments/record_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using channels::Scene;
using channels::TradeState;
using testing::code_of;
using testing::kStart;
using testing::must;
using testing::Platform;
using testing::Strings;

constexpr auto kTradeStates =
    std::to_array<TradeState>({TradeState::Paid, TradeState::AwaitingPayer, TradeState::Closed, TradeState::NotFound,
                               TradeState::Failed, TradeState::Unknown});
constexpr auto kSources =
    std::to_array<OutcomeSource>({OutcomeSource::Pay, OutcomeSource::Query, OutcomeSource::Notification,
                                  OutcomeSource::Close, OutcomeSource::Cancel});
constexpr auto kAttemptStates = std::to_array<AttemptState>(
    {AttemptState::Created, AttemptState::Pending, AttemptState::Unknown, AttemptState::Succeeded, AttemptState::Failed,
     AttemptState::Closed, AttemptState::Surplus});

/// An attempt in that state; its payment is open unless the state says otherwise.
AttemptId attempt_in(Platform& platform, AttemptState state) {
  if (state == AttemptState::Surplus) {
    const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
    const auto first = must(platform.run(StartAttempt{payment, "alipay", Scene::Qr})).attempt->id;
    const auto second = must(platform.run(StartAttempt{payment, "wechatpay", Scene::Qr})).attempt->id;
    must(platform.say(first, TradeState::Paid));
    must(platform.say(second, TradeState::Paid));
    return second;
  }
  const auto id = platform.create().attempt->id;
  switch (state) {
    case AttemptState::Pending:
      must(platform.say(id, TradeState::AwaitingPayer, OutcomeSource::Pay));
      break;
    case AttemptState::Unknown:
      must(platform.say(id, TradeState::Unknown));
      break;
    case AttemptState::Succeeded:
      must(platform.say(id, TradeState::Paid));
      break;
    case AttemptState::Failed:
      must(platform.say(id, TradeState::Failed, OutcomeSource::Pay));
      break;
    case AttemptState::Closed:
      must(platform.say(id, TradeState::Closed));
      break;
    case AttemptState::Created:
    case AttemptState::Surplus:
      break;
  }
  return id;
}

AttemptState expected_state(AttemptState from, TradeState said, OutcomeSource source) {
  using enum AttemptState;
  // Columns: Paid, AwaitingPayer, Closed, NotFound, Failed, Unknown.
  static const std::map<AttemptState, std::array<AttemptState, 6>> kTable{
      {Created, {Succeeded, Pending, Closed, Created, Failed, Unknown}},
      {Pending, {Succeeded, Pending, Closed, Pending, Failed, Pending}},
      {Unknown, {Succeeded, Pending, Closed, Unknown, Failed, Unknown}},
      {Succeeded, {Succeeded, Succeeded, Succeeded, Succeeded, Succeeded, Succeeded}},
      {Failed, {Succeeded, Failed, Failed, Failed, Failed, Failed}},
      {Closed, {Succeeded, Closed, Closed, Closed, Closed, Closed}},
      {Surplus, {Surplus, Surplus, Surplus, Surplus, Surplus, Surplus}},
  };
  const bool nothing_to_close = said == TradeState::NotFound && source == OutcomeSource::Close && is_live(from);
  return nothing_to_close ? Closed : kTable.at(from)[static_cast<std::size_t>(said)];
}

TEST(RecordOutcome, EveryAttemptStateTradeStateAndSource) {
  for (const auto from : kAttemptStates) {
    for (const auto said : kTradeStates) {
      for (const auto source : kSources) {
        Platform platform;
        const auto id = attempt_in(platform, from);
        ASSERT_EQ(platform.attempt(id).state, from);
        const auto vouchers = platform.vouchers();
        const auto events = platform.events();
        const auto where = std::string(name_of(from)) + " hears " + std::to_string(static_cast<int>(said)) + " from " +
                           std::to_string(static_cast<int>(source));
        const auto view = must(platform.say(id, said, source));
        const auto expected = expected_state(from, said, source);
        const auto attempt = platform.attempt(id);
        EXPECT_EQ(attempt.state, expected) << where;
        const bool became_paid = from != expected && expected == AttemptState::Succeeded;
        EXPECT_EQ(platform.vouchers().size(), vouchers.size() + (became_paid ? 3 : 0)) << where;
        EXPECT_EQ(platform.events().size(), events.size() + (became_paid ? 1 : 0)) << where;
        EXPECT_EQ(platform.incidents(), Strings{}) << where;
        EXPECT_EQ(attempt.ended_at.has_value(), !is_live(expected)) << where;
        EXPECT_EQ(view.payment.state, expected == AttemptState::Succeeded || from == AttemptState::Surplus
                                          ? PaymentState::Paid
                                          : PaymentState::Open)
            << where;
        EXPECT_EQ(platform.problems(), Strings{}) << where;
        // Again: money, states and news stay as they are.
        const auto before =
            std::make_tuple(platform.vouchers(), platform.events(), platform.harness.all(kRefunds).size());
        must(platform.say(id, said, source));
        EXPECT_EQ(std::make_tuple(platform.vouchers(), platform.events(), platform.harness.all(kRefunds).size()),
                  before)
            << where;
        EXPECT_EQ(platform.attempt(id).state, expected) << where;
      }
    }
  }
}

TEST(RecordOutcome, OfAnAttemptThatIsNotThere) {
  Platform platform;
  EXPECT_EQ(code_of(platform.run(RecordOutcome{AttemptId{77}, {}, OutcomeSource::Query})), "attempt.not_found");
  // Nor of one that another channel speaks about.
  const auto id = platform.create().attempt->id;
  EXPECT_EQ(code_of(platform.run(
                RecordOutcome{id, platform.outcome(id, TradeState::Paid), OutcomeSource::Notification, "wechatpay"})),
            "attempt.not_found");
  EXPECT_EQ(code_of(platform.run(
                RecordOutcome{id, platform.outcome(id, TradeState::Paid), OutcomeSource::Notification, "alipay"})),
            "ok");
}

// --- being paid
// ---------------------------------------------------------------------------------------------------------------------------

TEST(RecordOutcome, PaidWritesThePaymentItsBooksItsNewsAndItsVolume) {
  Platform platform;
  const auto created = platform.create();
  platform.clock.advance_ms(5000);
  const auto view = must(platform.say(created.attempt->id, TradeState::Paid, OutcomeSource::Notification));
  const auto payment = platform.payment(created.payment.id);
  EXPECT_EQ(payment.state, PaymentState::Paid);
  EXPECT_EQ(payment.paid_at, kStart.plus_s(5));
  EXPECT_EQ(payment.paid_attempt, created.attempt->id);
  EXPECT_EQ(payment.method, "alipay");
  EXPECT_EQ(payment.fee_minor, 600);
  EXPECT_EQ(payment.cost_minor, 200);
  EXPECT_TRUE(payment.fee_rule);
  EXPECT_FALSE(payment.expire_task);
  EXPECT_EQ(view.attempt->channel_trade_no, "T-" + created.attempt->id.text());
  EXPECT_EQ(platform.vouchers(), (Strings{"J01 100000", "J02 600", "J03a 200"}));
  EXPECT_EQ(platform.balance(2202), 99400);
  EXPECT_EQ(platform.balance(1121), 99800);
  EXPECT_EQ(platform.balance(2501), 400);
  EXPECT_EQ(platform.balance(6001), 566);
  EXPECT_EQ(platform.balance(2221), 34);
  EXPECT_EQ(platform.events(), Strings{"payment.succeeded"});
  EXPECT_EQ(platform.tasks(), Strings{"webhook.deliver@0"});
  const auto volumes = platform.harness.all(parties::kDailyVolumes);
  ASSERT_EQ(volumes.size(), 1U);
  EXPECT_EQ(volumes[0].paid_minor, 100000);
  EXPECT_EQ(volumes[0].paid_count, 1);
  EXPECT_EQ(volumes[0].day, testing::kToday);
}

TEST(RecordOutcome, TheDaysVolumeGrows) {
  Platform platform;
  platform.paid("A", 1000);
  platform.paid("B", 2000);
  platform.clock.advance_ms(24LL * 3600 * 1000);
  platform.paid("C", 4000);
  const auto volumes = platform.harness.all(parties::kDailyVolumes);
  ASSERT_EQ(volumes.size(), 2U);
  EXPECT_EQ(volumes[0].paid_minor, 3000);
  EXPECT_EQ(volumes[0].paid_count, 2);
  EXPECT_EQ(volumes[1].paid_minor, 4000);
}

TEST(RecordOutcome, TheEventShowsThePaymentAndGoesToItsOwnAddressFirst) {
  for (const bool own_address : {false, true}) {
    Platform platform;
    auto order = platform.order();
    if (own_address) order.notify_url = "https://shop.example/this-one";
    must(platform.say(must(platform.run(order)).attempt->id, TradeState::Paid));
    const auto event = platform.harness.all(kEvents).at(0);
    EXPECT_EQ(event.url, own_address ? "https://shop.example/this-one" : "https://shop.example/hook");
    EXPECT_EQ(event.state, EventState::Pending);
    EXPECT_THAT(
        event.body,
        ::testing::HasSubstr(
            R"("type":"payment.succeeded","timestamp":"2026-11-22T02:00:00.000Z","data":{"payment":{"object":"payment")"));
    EXPECT_THAT(event.body, ::testing::HasSubstr(R"("state":"paid")"));
  }
}

TEST(RecordOutcome, WithoutAnAddressTheEventIsExhaustedAtOnce) {
  Platform platform;
  platform.harness.tamper("UPDATE merchant SET notify_url=''");
  platform.harness.reopen();
  platform.paid();
  EXPECT_EQ(platform.harness.all(kEvents).at(0).state, EventState::Exhausted);
  EXPECT_EQ(platform.tasks(), Strings{});
}

TEST(RecordOutcome, TheFeeFollowsTheMethodThatPaidAndTheRuleOfTheDay) {
  Platform platform;
  platform.add_rule(platform.contract.value, "wechatpay", 10000);
  platform.add_rule(platform.contract.value, "wechatpay", 20000, Date{20261123});
  for (const auto& [day, fee] : std::vector<std::pair<int, std::int64_t>>{{0, 1000}, {1, 2000}}) {
    const auto payment = platform.create("S-" + std::to_string(day), Mode::Redirect).payment.id;
    platform.clock.advance_ms(day * 24LL * 3600 * 1000);
    const auto attempt =
        day == 0 ? must(platform.run(StartAttempt{payment, "wechatpay", Scene::Qr})).attempt->id : AttemptId();
    if (day == 0) {
      must(platform.say(attempt, TradeState::Paid));
      EXPECT_EQ(platform.payment(payment).fee_minor, fee);
    } else {
      const auto next = platform.create("S-next", Mode::Redirect).payment.id;
      const auto other = must(platform.run(StartAttempt{next, "wechatpay", Scene::Qr})).attempt->id;
      must(platform.say(other, TradeState::Paid));
      EXPECT_EQ(platform.payment(next).fee_minor, fee);
    }
  }
}

TEST(RecordOutcome, PaidWithoutAFeeRuleIsTakenWithoutAFeeAndAnIncident) {
  Platform platform;
  const auto created = platform.create();
  platform.harness.tamper("DELETE FROM fee_rule");
  platform.harness.reopen();
  must(platform.say(created.attempt->id, TradeState::Paid));
  EXPECT_EQ(platform.payment(created.payment.id).state, PaymentState::Paid);
  EXPECT_EQ(platform.vouchers(), Strings{"J01 100000"});
  EXPECT_EQ(platform.incidents(), Strings{"payment.no_fee_rule"});
  // The rules were taken away behind the platform's back, and that is all that is wrong.
  EXPECT_THAT(platform.problems(), ::testing::Each(::testing::HasSubstr("fee_rule")));
}

TEST(RecordOutcome, TheTaxInTheFeeFollowsItsParameter) {
  Platform platform;
  platform.set_parameter("tax.vat", 0);
  platform.paid();
  EXPECT_EQ(platform.balance(6001), 600);
  EXPECT_EQ(platform.balance(2221), 0);
}

TEST(RecordOutcome, ABarcodeIsErasedOnceTheCallWasMade) {
  for (const auto said : kTradeStates) {
    Platform platform;
    const auto id = platform.create("S-1", Mode::Barcode).attempt->id;
    ASSERT_NE(platform.attempt(id).auth_code, "");
    must(platform.say(id, said, OutcomeSource::Pay));
    EXPECT_EQ(platform.attempt(id).auth_code, "") << static_cast<int>(said);
  }
}

TEST(RecordOutcome, WhoPaysIsErasedOnceItIsNotAskedForAgain) {
  for (const auto said : kTradeStates) {
    Platform platform;
    const auto id = platform.create("S-1", Mode::Jsapi).attempt->id;
    must(platform.say(id, said, OutcomeSource::Pay));
    const bool may_be_sent_again = said == TradeState::Unknown || said == TradeState::NotFound;
    EXPECT_EQ(platform.attempt(id).payer, may_be_sent_again ? "oOpenId" : "") << static_cast<int>(said);
  }
}

// --- an amount that differs
// ---------------------------------------------------------------------------------------------------------------

TEST(RecordOutcome, AnAmountThatDiffersIsAnIncidentAndNoPayment) {
  const auto usd = must(money::Currency::parse("USD"));
  const std::vector<std::optional<money::Money>> wrong{
      money::Money{99999, money::kCny},   money::Money{100001, money::kCny}, money::Money{0, money::kCny},
      money::Money{-100000, money::kCny}, money::Money{100000, usd},         std::nullopt};
  for (const auto& amount : wrong) {
    for (const auto source : kSources) {
      for (const auto from : {AttemptState::Created, AttemptState::Pending, AttemptState::Unknown, AttemptState::Failed,
                              AttemptState::Closed}) {
        Platform platform;
        const auto id = attempt_in(platform, from);
        auto outcome = platform.outcome(id, TradeState::Paid);
        outcome.paid = amount;
        must(platform.run(RecordOutcome{id, outcome, source}));
        EXPECT_EQ(platform.attempt(id).state, from);
        EXPECT_EQ(platform.payment(platform.attempt(id).payment).state, PaymentState::Open);
        EXPECT_EQ(platform.vouchers(), Strings{});
        EXPECT_EQ(platform.events(), Strings{});
        EXPECT_EQ(platform.incidents(), Strings{"channel.amount_mismatch"});
        EXPECT_FALSE(platform.tasks_of(id.value).empty()) << "the channel is asked again";
        must(platform.run(RecordOutcome{id, outcome, source}));
        EXPECT_EQ(platform.incidents(), Strings{"channel.amount_mismatch"}) << "people are told once";
        // The true amount is believed later.
        must(platform.say(id, TradeState::Paid));
        EXPECT_EQ(platform.attempt(id).state, AttemptState::Succeeded);
      }
    }
  }
}

// --- tasks
// --------------------------------------------------------------------------------------------------------------------------------

struct Say {
  TradeState state;
  OutcomeSource source = OutcomeSource::Query;
  std::int64_t after_s = 0;  ///< the clock goes on first
};

struct TaskCase {
  const char* name;
  Mode mode;
  std::vector<Say> heard;
  bool closing_first;  ///< the merchant closes before anything is heard
  Strings tasks;       ///< of the attempt, afterwards
};

TEST(RecordOutcome, WhatIsDoneNext) {
  using enum TradeState;
  using Source = OutcomeSource;
  const std::vector<TaskCase> cases{
      {"a code is shown and its payer awaited", Mode::Qr, {{AwaitingPayer, Source::Pay}}, false, {"attempt.query@10"}},
      {"still awaited",
       Mode::Qr,
       {{AwaitingPayer, Source::Pay}, {AwaitingPayer, Source::Query}},
       false,
       {"attempt.query@10"}},
      {"still awaited, third time",
       Mode::Qr,
       {{AwaitingPayer, Source::Pay}, {AwaitingPayer}, {AwaitingPayer}},
       false,
       {"attempt.query@20"}},
      {"still awaited, fourth time",
       Mode::Qr,
       {{AwaitingPayer, Source::Pay}, {AwaitingPayer}, {AwaitingPayer}, {AwaitingPayer}},
       false,
       {"attempt.query@40"}},
      {"a notification does not put the query off",
       Mode::Qr,
       {{AwaitingPayer, Source::Pay}, {AwaitingPayer, Source::Notification, 4}},
       false,
       {"attempt.query@6"}},
      {"no code came: the same number again", Mode::Qr, {{Unknown, Source::Pay}}, false, {"attempt.pay@2"}},
      {"no code came twice", Mode::Qr, {{Unknown, Source::Pay}, {Unknown, Source::Pay}}, false, {"attempt.pay@4"}},
      {"no code came three times",
       Mode::Qr,
       {{Unknown, Source::Pay}, {Unknown, Source::Pay}, {Unknown, Source::Pay}},
       false,
       {"attempt.pay@8"}},
      {"no code will come",
       Mode::Qr,
       {{Unknown, Source::Pay}, {Unknown, Source::Pay}, {Unknown, Source::Pay}, {Unknown, Source::Pay}},
       false,
       {"attempt.query@2"}},
      {"refused", Mode::Qr, {{Failed, Source::Pay}}, false, {}},
      {"paid", Mode::Qr, {{Paid, Source::Pay}}, false, {}},
      {"paid, then doubted", Mode::Qr, {{Paid, Source::Notification}, {Unknown, Source::Pay}}, false, {}},
      {"closed by the provider", Mode::Qr, {{AwaitingPayer, Source::Pay}, {Closed}}, false, {}},
      {"the provider has no such number yet",
       Mode::Qr,
       {{AwaitingPayer, Source::Pay}, {NotFound}},
       false,
       {"attempt.query@10"}},
      {"a barcode's payer confirms", Mode::Barcode, {{AwaitingPayer, Source::Pay}}, false, {"attempt.query@2"}},
      {"a barcode's outcome is unknown: asked, never sent again",
       Mode::Barcode,
       {{Unknown, Source::Pay}},
       false,
       {"attempt.query@2"}},
      {"and again", Mode::Barcode, {{Unknown, Source::Pay}, {Unknown}}, false, {"attempt.query@2"}},
      {"and ever more slowly",
       Mode::Barcode,
       {{Unknown, Source::Pay}, {Unknown}, {Unknown}, {Unknown}},
       false,
       {"attempt.query@8"}},
      {"a barcode not known yet",
       Mode::Barcode,
       {{Unknown, Source::Pay}, {NotFound, Source::Query, 59}},
       false,
       {"attempt.query@2"}},
      {"a barcode in doubt for too long is cancelled",
       Mode::Barcode,
       {{Unknown, Source::Pay}, {NotFound, Source::Query, 60}},
       false,
       {"attempt.cancel@0"}},
      {"the cancelling is repeated until it is done",
       Mode::Barcode,
       {{Unknown, Source::Pay}, {NotFound, Source::Query, 60}, {Unknown, Source::Cancel}},
       false,
       {"attempt.cancel@2"}},
      {"cancelled",
       Mode::Barcode,
       {{Unknown, Source::Pay}, {NotFound, Source::Query, 60}, {Closed, Source::Cancel}},
       false,
       {}},
      {"closing asks the channel at once", Mode::Qr, {}, true, {"attempt.close@0"}},
      {"closed at the channel", Mode::Qr, {{Closed, Source::Close}}, true, {}},
      {"closing unknown: again", Mode::Qr, {{Unknown, Source::Close}}, true, {"attempt.close@2"}},
      {"closing unknown: ever more slowly",
       Mode::Qr,
       {{Unknown, Source::Close}, {Unknown, Source::Close}, {Unknown, Source::Close}},
       true,
       {"attempt.close@8"}},
      {"the channel could not close yet", Mode::Qr, {{AwaitingPayer, Source::Close}}, true, {"attempt.close@2"}},
      {"an older call's answer does not stop the closing",
       Mode::Qr,
       {{AwaitingPayer, Source::Pay}},
       true,
       {"attempt.close@0"}},
      {"nor an older query's", Mode::Qr, {{AwaitingPayer, Source::Query}}, true, {"attempt.close@0"}},
      {"nor that it finds nothing", Mode::Qr, {{NotFound, Source::Query}}, true, {"attempt.close@0"}},
      {"nor a notification", Mode::Qr, {{AwaitingPayer, Source::Notification}}, true, {"attempt.close@0"}},
      {"an older query's doubt does not stop the closing",
       Mode::Qr,
       {{Unknown, Source::Query}},
       true,
       {"attempt.close@2"}},
      {"nothing to close: watched until the code is dead",
       Mode::Qr,
       {{NotFound, Source::Close}},
       true,
       {"attempt.query@10"}},
      {"watched on", Mode::Qr, {{NotFound, Source::Close}, {NotFound, Source::Query, 10}}, true, {"attempt.query@10"}},
      {"watched to the last second",
       Mode::Qr,
       {{NotFound, Source::Close}, {NotFound, Source::Query, 4499}},
       true,
       {"attempt.query@10"}},
      {"watched long enough", Mode::Qr, {{NotFound, Source::Close}, {NotFound, Source::Query, 4500}}, true, {}},
      {"the payer opened it after all: closed now",
       Mode::Qr,
       {{NotFound, Source::Close}, {AwaitingPayer, Source::Query, 10}},
       true,
       {"attempt.close@0"}},
      {"and closed in the end",
       Mode::Qr,
       {{NotFound, Source::Close}, {AwaitingPayer, Source::Query, 10}, {Closed, Source::Close}},
       true,
       {}},
      {"and paid in the end", Mode::Qr, {{NotFound, Source::Close}, {Paid, Source::Query, 10}}, true, {}},
  };
  for (const auto& c : cases) {
    Platform platform;
    const auto created = platform.create("S-1", c.mode);
    if (c.closing_first) must(platform.run(ClosePayment{platform.merchant, created.payment.id, CloseReason::Merchant}));
    for (const auto& said : c.heard) {
      platform.clock.advance_ms(said.after_s * 1000);
      must(platform.say(created.attempt->id, said.state, said.source));
    }
    EXPECT_EQ(platform.tasks_of(created.attempt->id.value), c.tasks) << c.name;
    const auto attempt = platform.attempt(created.attempt->id);
    EXPECT_EQ(static_cast<bool>(attempt.task), !c.tasks.empty()) << c.name;
    EXPECT_EQ(attempt.task_kind, c.tasks.empty() ? "" : c.tasks[0].substr(0, c.tasks[0].find('@'))) << c.name;
  }
}

TEST(RecordOutcome, QueriesSlowDownToTwoHours) {
  Platform platform;
  const auto id = platform.create("S-1", Mode::Barcode).attempt->id;
  must(platform.say(id, TradeState::Unknown, OutcomeSource::Pay));
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 16; ++i) {
    must(platform.say(id, TradeState::Unknown));
    pauses.push_back((platform.harness.all(engine::kTasks).back().due_at.us - platform.clock.now().us) / 1000000);
    for (const auto& task : platform.harness.all(engine::kTasks)) {
      if (task.subject == id.value) pauses.back() = (task.due_at.us - platform.clock.now().us) / 1000000;
    }
  }
  EXPECT_EQ(pauses,
            (std::vector<std::int64_t>{2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 7200, 7200, 7200, 7200}));
}

// --- closing
// ------------------------------------------------------------------------------------------------------------------------------

TEST(ClosePayment, WithoutALiveAttemptClosesAtOnce) {
  Platform platform;
  const auto id = platform.create("S-1", Mode::Redirect).payment.id;
  platform.clock.advance_ms(1000);
  const auto view = must(platform.run(ClosePayment{platform.merchant, id, CloseReason::Merchant}));
  EXPECT_EQ(view.payment.state, PaymentState::Closed);
  EXPECT_EQ(view.payment.close_reason, CloseReason::Merchant);
  EXPECT_EQ(view.payment.closed_at, kStart.plus_s(1));
  EXPECT_EQ(platform.events(), Strings{"payment.closed"});
  EXPECT_EQ(platform.tasks(), Strings{"webhook.deliver@0"});
}

TEST(ClosePayment, WaitsForTheChannelsOfAllLiveAttempts) {
  Platform platform;
  const auto id = platform.create("S-1", Mode::Redirect).payment.id;
  const auto first = must(platform.run(StartAttempt{id, "alipay", Scene::Qr})).attempt->id;
  const auto second = must(platform.run(StartAttempt{id, "wechatpay", Scene::Page})).attempt->id;
  must(platform.run(ClosePayment{platform.merchant, id, CloseReason::Merchant}));
  EXPECT_EQ(platform.payment(id).state, PaymentState::Closing);
  EXPECT_EQ(platform.tasks(), (Strings{"attempt.close@0", "attempt.close@0", "payment.expire@900"}));
  must(platform.say(first, TradeState::Closed, OutcomeSource::Close));
  EXPECT_EQ(platform.payment(id).state, PaymentState::Closing);
  EXPECT_EQ(platform.events(), Strings{});
  must(platform.say(second, TradeState::Closed, OutcomeSource::Close));
  EXPECT_EQ(platform.payment(id).state, PaymentState::Closed);
  EXPECT_EQ(platform.events(), Strings{"payment.closed"});
  EXPECT_EQ(platform.tasks(), Strings{"webhook.deliver@0"});
}

TEST(ClosePayment, ByPaymentStateAndReason) {
  struct Case {
    const char* name;
    std::function<PaymentId(Platform&)> prepare;
    CloseReason reason;
    const char* code;
    PaymentState after;
  };
  const auto closing = [](Platform& p) {
    const auto id = p.create().payment.id;
    must(p.run(ClosePayment{p.merchant, id, CloseReason::Merchant}));
    return id;
  };
  const auto closed = [](Platform& p) {
    const auto id = p.create("S-1", Mode::Redirect).payment.id;
    must(p.run(ClosePayment{p.merchant, id, CloseReason::Merchant}));
    return id;
  };
  for (const auto& c : std::vector<Case>{
           {"open by merchant", [](Platform& p) { return p.create().payment.id; }, CloseReason::Merchant, "ok",
            PaymentState::Closing},
           {"open by time", [](Platform& p) { return p.create().payment.id; }, CloseReason::Expired, "ok",
            PaymentState::Closing},
           {"closing by merchant", closing, CloseReason::Merchant, "ok", PaymentState::Closing},
           {"closing by time", closing, CloseReason::Expired, "ok", PaymentState::Closing},
           {"closed by merchant", closed, CloseReason::Merchant, "ok", PaymentState::Closed},
           {"closed by time", closed, CloseReason::Expired, "ok", PaymentState::Closed},
           {"paid by merchant", [](Platform& p) { return p.paid(); }, CloseReason::Merchant, "payment.already_paid",
            PaymentState::Paid},
           {"paid by time", [](Platform& p) { return p.paid(); }, CloseReason::Expired, "ok", PaymentState::Paid},
       }) {
    Platform platform;
    const auto id = c.prepare(platform);
    const auto events = platform.events();
    const auto before = platform.payment(id).close_reason;
    const auto was_open = platform.payment(id).state == PaymentState::Open;
    const auto result = platform.run(
        ClosePayment{c.reason == CloseReason::Expired ? std::nullopt : std::optional(platform.merchant), id, c.reason});
    EXPECT_EQ(code_of(result), c.code) << c.name;
    EXPECT_EQ(platform.payment(id).state, c.after) << c.name;
    EXPECT_EQ(platform.payment(id).close_reason, was_open ? c.reason : before) << c.name;
    EXPECT_EQ(platform.events(), events) << c.name;
    if (c.reason == CloseReason::Expired) {
      EXPECT_THAT(platform.tasks_of(id.value), ::testing::IsEmpty()) << c.name << ": the expiry is done";
    }
  }
}

TEST(ClosePayment, OfAnotherMerchantOrNobodys) {
  Platform platform;
  const auto id = platform.create().payment.id;
  EXPECT_EQ(code_of(platform.run(ClosePayment{parties::MerchantId{9 << 23}, id, CloseReason::Merchant})),
            "payment.not_found");
  EXPECT_EQ(code_of(platform.run(ClosePayment{platform.merchant, PaymentId{9}, CloseReason::Merchant})),
            "payment.not_found");
  EXPECT_EQ(platform.payment(id).state, PaymentState::Open);
}

TEST(ClosePayment, PaidWhileClosingIsPaid) {
  Platform platform;
  const auto created = platform.create();
  must(platform.run(ClosePayment{platform.merchant, created.payment.id, CloseReason::Merchant}));
  must(platform.say(created.attempt->id, TradeState::Paid, OutcomeSource::Query));
  const auto payment = platform.payment(created.payment.id);
  EXPECT_EQ(payment.state, PaymentState::Paid);
  EXPECT_EQ(payment.close_reason, CloseReason::None);
  EXPECT_EQ(platform.events(), Strings{"payment.succeeded"});
}

TEST(ClosePayment, AFailedBarcodeClosesItsPayment) {
  for (const auto& [said, source] :
       std::vector<std::pair<TradeState, OutcomeSource>>{{TradeState::Failed, OutcomeSource::Pay},
                                                         {TradeState::Closed, OutcomeSource::Query},
                                                         {TradeState::Closed, OutcomeSource::Cancel}}) {
    Platform platform;
    const auto created = platform.create("S-1", Mode::Barcode);
    must(platform.say(created.attempt->id, said, source));
    EXPECT_EQ(platform.payment(created.payment.id).state, PaymentState::Closed);
    EXPECT_EQ(platform.payment(created.payment.id).close_reason, CloseReason::BarcodeFailed);
    EXPECT_EQ(platform.events(), Strings{"payment.closed"});
  }
}

TEST(ClosePayment, AFailedCodeLeavesItsPaymentOpenForAnother) {
  Platform platform;
  const auto created = platform.create("S-1", Mode::Redirect);
  const auto id = must(platform.run(StartAttempt{created.payment.id, "alipay", Scene::Qr})).attempt->id;
  must(platform.say(id, TradeState::Failed, OutcomeSource::Pay));
  EXPECT_EQ(platform.payment(created.payment.id).state, PaymentState::Open);
  EXPECT_EQ(platform.attempt(id).error_code, "channel.said");
}

// --- money that comes too late or twice
// -----------------------------------------------------------------------------------------------------

AttemptId closed_attempt(Platform& platform) {
  const auto created = platform.create();
  must(platform.run(ClosePayment{platform.merchant, created.payment.id, CloseReason::Merchant}));
  must(platform.say(created.attempt->id, TradeState::Closed, OutcomeSource::Close));
  return created.attempt->id;
}

TEST(LateSuccess, GoesBackToThePayerByDefault) {
  Platform platform;
  const auto id = closed_attempt(platform);
  must(platform.say(id, TradeState::Paid, OutcomeSource::Notification));
  EXPECT_EQ(platform.attempt(id).state, AttemptState::Surplus);
  EXPECT_EQ(platform.payment(platform.attempt(id).payment).state, PaymentState::Closed);
  const auto refunds = platform.harness.all(kRefunds);
  ASSERT_EQ(refunds.size(), 1U);
  EXPECT_EQ(refunds[0].kind, RefundKind::Late);
  EXPECT_EQ(refunds[0].amount_minor, 100000);
  EXPECT_EQ(refunds[0].merchant_refund_no, "surplus-" + id.text());
  EXPECT_EQ(refunds[0].fee_returned_minor, 0);
  EXPECT_EQ(platform.vouchers(), (Strings{"J15a 100000", "J15c 100000"}));
  EXPECT_EQ(platform.tasks_of(refunds[0].id.value), Strings{"refund.send@0"});
  EXPECT_EQ(platform.balance(2202), 0) << "the merchant never sees it";
  EXPECT_EQ(platform.events(), Strings{"payment.closed"});
}

TEST(LateSuccess, RevivesThePaymentWhereTheContractSaysSo) {
  Platform platform;
  platform.change_contract([](auto& terms) { terms.late_success = parties::LateSuccess::Accept; });
  const auto id = closed_attempt(platform);
  must(platform.say(id, TradeState::Paid, OutcomeSource::Notification));
  const auto payment = platform.payment(platform.attempt(id).payment);
  EXPECT_EQ(payment.state, PaymentState::Paid);
  EXPECT_EQ(payment.close_reason, CloseReason::None);
  EXPECT_FALSE(payment.closed_at);
  EXPECT_EQ(platform.attempt(id).state, AttemptState::Succeeded);
  EXPECT_EQ(platform.vouchers(), (Strings{"J01 100000", "J02 600", "J03a 200"}));
  EXPECT_EQ(platform.events(), (Strings{"payment.closed", "payment.succeeded"}));
  EXPECT_TRUE(platform.harness.all(kRefunds).empty());
}

TEST(Surplus, ASecondPaymentOfTheOrderGoesBackWhateverTheContractSays) {
  for (const auto policy : {parties::LateSuccess::Refund, parties::LateSuccess::Accept}) {
    Platform platform;
    platform.change_contract([&](auto& terms) { terms.late_success = policy; });
    const auto id = attempt_in(platform, AttemptState::Surplus);
    const auto payment = platform.payment(platform.attempt(id).payment);
    EXPECT_NE(payment.paid_attempt, id);
    const auto refunds = platform.harness.all(kRefunds);
    ASSERT_EQ(refunds.size(), 1U);
    EXPECT_EQ(refunds[0].kind, RefundKind::Surplus);
    EXPECT_EQ(refunds[0].attempt, id);
    EXPECT_EQ(platform.vouchers(), (Strings{"J01 100000", "J02 600", "J03a 200", "J15a 100000", "J15c 100000"}));
    EXPECT_EQ(platform.events(), Strings{"payment.succeeded"});
    EXPECT_EQ(payment.refunded_minor + payment.refunding_minor, 0) << "the payment itself is not refunded";
  }
}

TEST(Surplus, OtherAttemptsAreClosedWhenOneIsPaid) {
  Platform platform;
  const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
  const auto first = must(platform.run(StartAttempt{payment, "alipay", Scene::Qr})).attempt->id;
  const auto second = must(platform.run(StartAttempt{payment, "wechatpay", Scene::Qr})).attempt->id;
  must(platform.say(first, TradeState::Paid));
  EXPECT_EQ(platform.tasks_of(second.value), Strings{"attempt.close@0"});
  EXPECT_EQ(platform.tasks_of(first.value), Strings{});
  must(platform.say(second, TradeState::Closed, OutcomeSource::Close));
  EXPECT_EQ(platform.attempt(second).state, AttemptState::Closed);
  EXPECT_EQ(platform.payment(payment).state, PaymentState::Paid);
}

TEST(Surplus, BothPaidInOneBatchIsPaidOnce) {
  Platform platform;
  const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
  const auto first = must(platform.run(StartAttempt{payment, "alipay", Scene::Qr})).attempt->id;
  const auto second = must(platform.run(StartAttempt{payment, "wechatpay", Scene::Qr})).attempt->id;
  const RecordOutcome paid_first{first, platform.outcome(first, TradeState::Paid), OutcomeSource::Notification};
  const RecordOutcome paid_second{second, platform.outcome(second, TradeState::Paid), OutcomeSource::Notification};
  for (const auto& result :
       platform.harness.run_together<RecordOutcome>({paid_first, paid_second, paid_first, paid_second}))
    must(result);
  EXPECT_EQ(platform.vouchers(), (Strings{"J01 100000", "J02 600", "J03a 200", "J15a 100000", "J15c 100000"}));
  EXPECT_EQ(platform.harness.all(kRefunds).size(), 1U);
  EXPECT_EQ(platform.events(), Strings{"payment.succeeded"});
  EXPECT_EQ(platform.problems(), Strings{});
}

}  // namespace
}  // namespace feiqian::payments
