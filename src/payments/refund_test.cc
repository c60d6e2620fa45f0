#include "payments/refund.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using channels::RefundState;
using testing::code_of;
using testing::kStart;
using testing::must;
using testing::Platform;
using testing::Strings;
using testing::TradeState;
using State = payments::RefundState;

Strings after(Platform& platform, std::size_t count) {
  auto vouchers = platform.vouchers();
  return {vouchers.begin() + static_cast<std::ptrdiff_t>(count), vouchers.end()};
}
constexpr std::size_t kOfPayment = 3;  // J01, J02, J03a

// --- accepting
// ----------------------------------------------------------------------------------------------------------------------------

TEST(AcceptRefund, ReservesTheAmountAndSendsIt) {
  Platform platform;
  const auto payment = platform.paid();
  const auto refund = must(platform.refund(payment, 30000));
  EXPECT_EQ(refund.state, State::Pending);
  EXPECT_EQ(refund.kind, RefundKind::Merchant);
  EXPECT_EQ(refund.fee_returned_minor, 180);
  const auto row = platform.payment(payment);
  EXPECT_EQ(row.refunding_minor, 30000);
  EXPECT_EQ(row.refunded_minor, 0);
  EXPECT_EQ(row.fee_returned_minor, 180);
  EXPECT_EQ(after(platform, kOfPayment), (Strings{"J11c 180", "J11a 30000"}));
  EXPECT_EQ(platform.balance(2202), 99400 + 180 - 30000);
  EXPECT_EQ(platform.balance(2331), 30000);
  EXPECT_EQ(platform.tasks_of(refund.id.value), Strings{"refund.send@0"});
  EXPECT_EQ(platform.events(), Strings{"payment.succeeded"});
  EXPECT_EQ(platform.problems(), Strings{});
}

TEST(AcceptRefund, TheFeeComesFromTheReserveWhileItIsThere) {
  struct Case {
    std::int64_t amount;
    const char* voucher;
  };
  // 2501 holds 6.00 of fee less 2.00 of cost.
  for (const auto& c : {Case{66666, "J11c 400"}, Case{66833, "J11d 401"}, Case{100000, "J11d 600"}}) {
    Platform platform;
    must(platform.refund(platform.paid(), c.amount));
    EXPECT_EQ(after(platform, kOfPayment).front(), c.voucher);
    EXPECT_EQ(platform.problems(), Strings{});
  }
}

TEST(AcceptRefund, WithoutReturnOfTheFee) {
  Platform platform;
  platform.change_contract([](auto& terms) { terms.returns_fee = false; });
  const auto payment = platform.paid();
  platform.paid("S-2");
  const auto refund = must(platform.refund(payment, 100000));
  EXPECT_EQ(refund.fee_returned_minor, 0);
  EXPECT_EQ(after(platform, 2 * kOfPayment), Strings{"J11a 100000"});
  EXPECT_EQ(platform.balance(2202), 98800) << "two payments less two fees less one amount";
}

struct Fault {
  const char* code;
  std::string field;
  std::function<void(Platform&, AcceptRefund&)> spoil;
};

TEST(AcceptRefund, EveryRefusal) {
  const std::vector<Fault> faults{
      {"merchant.not_active", "", [](Platform&, AcceptRefund& r) { r.merchant = parties::MerchantId{77 << 23}; }},
      {"merchant.not_active", "",
       [](Platform& p, AcceptRefund&) {
         must(p.run(parties::SetMerchantStatus{p.merchant, parties::MerchantStatus::Closed}));
       }},
      {"payment.not_found", "", [](Platform&, AcceptRefund& r) { r.payment = PaymentId{5}; }},
      {"payment.not_found", "",
       [](Platform& p, AcceptRefund& r) {
         r.merchant = must(p.run(parties::CreateMerchant{"Other", "", 0}));
       }},
      {"refund.refund_no_conflict", "payment_id",
       [](Platform& p, AcceptRefund& r) {
         must(p.refund(r.payment, r.amount_minor));
         r.payment = p.paid("S-2");
       }},
      {"refund.refund_no_conflict", "amount_minor",
       [](Platform& p, AcceptRefund& r) {
         must(p.refund(r.payment, r.amount_minor));
         r.amount_minor += 1;
       }},
      {"refund.refund_no_conflict", "reason",
       [](Platform& p, AcceptRefund& r) {
         must(p.refund(r.payment, r.amount_minor));
         r.reason = "other";
       }},
      {"refund.not_refundable", "", [](Platform& p, AcceptRefund& r) { r.payment = p.create("S-2").payment.id; }},
      {"refund.not_refundable", "",
       [](Platform& p, AcceptRefund& r) {
         r.payment = p.create("S-2", Mode::Redirect).payment.id;
         must(p.run(ClosePayment{p.merchant, r.payment, CloseReason::Merchant}));
       }},
      {"refund.window_over", "", [](Platform& p, AcceptRefund&) { p.clock.advance_ms(365LL * 86400 * 1000 + 1); }},
      {"refund.too_many_parts", "",
       [](Platform& p, AcceptRefund& r) {
         p.set_parameter("refunds.most_parts", 2);
         must(p.refund(r.payment, 1, "A"));
         must(p.refund(r.payment, 1, "B"));
       }},
      {"refund.exceeds_remainder", "amount_minor", [](Platform&, AcceptRefund& r) { r.amount_minor = 100001; }},
      {"refund.exceeds_remainder", "amount_minor",
       [](Platform& p, AcceptRefund& r) { must(p.refund(r.payment, 99001, "A")); }},
      {"refund.exceeds_remainder", "amount_minor",
       [](Platform& p, AcceptRefund& r) {
         const auto first = must(p.refund(r.payment, 99001, "A"));
         must(p.refund_says(first.id, RefundState::Succeeded));
       }},
      {"refund.balance_insufficient", "amount_minor",
       [](Platform& p, AcceptRefund& r) {
         p.change_contract([](auto& terms) { terms.returns_fee = false; });
         r.amount_minor = 99401;  // the fee of 600 is gone
       }},
  };
  for (const auto& fault : faults) {
    Platform platform;
    AcceptRefund refund{platform.merchant, platform.paid(), "R-1", 1000, "returned"};
    fault.spoil(platform, refund);
    const auto before = platform.harness.content();
    const auto result = platform.run(refund);
    ASSERT_EQ(code_of(result), fault.code);
    EXPECT_EQ(result.error().field(), fault.field) << fault.code;
    EXPECT_EQ(platform.harness.content(), before) << fault.code;
  }
}

TEST(AcceptRefund, ErrorsInOrderOfPrecedence) {
  // Each row is true of the request below; taking it away shows the next.
  Platform platform;
  const auto payment = platform.paid();
  platform.set_parameter("refunds.most_parts", 1);
  must(platform.refund(payment, 99990, "A"));
  AcceptRefund refund{platform.merchant, payment, "A", 100001, "returned"};
  must(platform.run(parties::SetMerchantStatus{platform.merchant, parties::MerchantStatus::Suspended}));
  platform.clock.advance_ms(366LL * 86400 * 1000);
  EXPECT_EQ(code_of(platform.run(AcceptRefund{platform.merchant, PaymentId{5}, "A", 100001, ""})), "payment.not_found");
  EXPECT_EQ(code_of(platform.run(refund)), "refund.refund_no_conflict");
  refund.merchant_refund_no = "B";
  EXPECT_EQ(code_of(platform.run(refund)), "refund.window_over");
  platform.clock.set(kStart);
  EXPECT_EQ(code_of(platform.run(refund)), "refund.too_many_parts");
  platform.set_parameter("refunds.most_parts", 50);
  EXPECT_EQ(code_of(platform.run(refund)), "refund.exceeds_remainder");
  refund.amount_minor = 10;
  EXPECT_EQ(code_of(platform.run(refund)), "ok") << "a suspended merchant may still give money back";
}

TEST(AcceptRefund, UpToTheLastMomentOfTheWindow) {
  Platform platform;
  const auto payment = platform.paid();
  platform.clock.advance_ms(365LL * 86400 * 1000);
  EXPECT_EQ(code_of(platform.refund(payment, 1)), "ok");
}

TEST(AcceptRefund, TheSameNumberAndContentIsTheSameRefund) {
  Platform platform;
  const auto payment = platform.paid();
  const auto first = must(platform.refund(payment, 100000));
  const auto before = platform.harness.content();
  EXPECT_EQ(must(platform.refund(payment, 100000)).id, first.id);
  EXPECT_EQ(platform.harness.content(), before);
  must(platform.refund_says(first.id, RefundState::Succeeded));
  EXPECT_EQ(must(platform.refund(payment, 100000)).state, State::Succeeded);
}

TEST(AcceptRefund, FiftyAtOnceNeverExceedTheRemainder) {
  Platform platform;
  const auto payment = platform.paid();
  std::vector<AcceptRefund> refunds;
  for (int i = 0; i < 50; ++i) refunds.push_back({platform.merchant, payment, "R-" + std::to_string(i), 30000, ""});
  int accepted = 0;
  for (const auto& result : platform.harness.run_together(refunds)) {
    if (result) {
      ++accepted;
    } else {
      EXPECT_EQ(code_of(result), "refund.exceeds_remainder");
      EXPECT_EQ(result.error().detail(), "left to refund: 10000");
    }
  }
  EXPECT_EQ(accepted, 3);
  EXPECT_EQ(platform.payment(payment).refunding_minor, 90000);
  EXPECT_EQ(platform.problems(), Strings{});
}

TEST(AcceptRefund, SurplusRefundsDoNotCountAsParts) {
  Platform platform;
  platform.set_parameter("refunds.most_parts", 1);
  const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
  const auto first = must(platform.run(StartAttempt{payment, "alipay", channels::Scene::Qr})).attempt->id;
  const auto second = must(platform.run(StartAttempt{payment, "wechatpay", channels::Scene::Qr})).attempt->id;
  must(platform.say(first, TradeState::Paid));
  must(platform.say(second, TradeState::Paid));
  EXPECT_EQ(code_of(platform.refund(payment, 100000)), "ok");
}

// --- its outcome
// --------------------------------------------------------------------------------------------------------------------------

TEST(RecordRefundOutcome, Succeeded) {
  Platform platform;
  const auto payment = platform.paid();
  const auto refund = must(platform.refund(payment, 30000));
  platform.clock.advance_ms(2000);
  const auto row = must(platform.refund_says(refund.id, RefundState::Succeeded));
  EXPECT_EQ(row.state, State::Succeeded);
  EXPECT_EQ(row.ended_at, kStart.plus_s(2));
  EXPECT_FALSE(row.task);
  EXPECT_EQ(platform.payment(payment).refunded_minor, 30000);
  EXPECT_EQ(platform.payment(payment).refunding_minor, 0);
  EXPECT_EQ(platform.payment(payment).cost_returned_minor, 60);
  EXPECT_EQ(after(platform, kOfPayment), (Strings{"J11c 180", "J11a 30000", "J11b 30000", "J11e 60"}));
  EXPECT_EQ(platform.events(), (Strings{"payment.succeeded", "refund.succeeded"}));
  EXPECT_EQ(platform.tasks_of(refund.id.value), Strings{});
  EXPECT_EQ(platform.balance(2331), 0);
  EXPECT_EQ(platform.problems(), Strings{});
  const auto body = platform.harness.all(kEvents).back().body;
  EXPECT_THAT(body, ::testing::HasSubstr(R"("refund":{"object":"refund")"));
  EXPECT_THAT(body, ::testing::HasSubstr(R"("payment":{"object":"payment")"));
}

TEST(RecordRefundOutcome, AChannelThatKeepsItsFee) {
  Platform platform;
  platform.harness.tamper("UPDATE channel SET returns_cost=0");
  platform.harness.reopen();
  const auto refund = must(platform.refund(platform.paid(), 100000));
  must(platform.refund_says(refund.id, RefundState::Succeeded));
  EXPECT_EQ(after(platform, kOfPayment), (Strings{"J11d 600", "J11a 100000", "J11b 100000"}));
}

TEST(RecordRefundOutcome, FailedGivesEverythingBack) {
  for (const std::int64_t amount : {30000, 100000}) {  // J11c and J11d
    Platform platform;
    const auto payment = platform.paid();
    const auto before = std::make_tuple(platform.balance(2202), platform.balance(2331), platform.balance(2501),
                                        platform.balance(1191), platform.balance(6001), platform.balance(2221));
    const auto refund = must(platform.refund(payment, amount));
    const auto fee = std::to_string(refund.fee_returned_minor);
    const auto row = must(platform.refund_says(refund.id, RefundState::Failed));
    EXPECT_EQ(row.state, State::Failed);
    EXPECT_EQ(row.error_code, "channel.refused");
    EXPECT_EQ(row.fee_returned_minor, 0);
    EXPECT_EQ(platform.payment(payment).refunding_minor, 0);
    EXPECT_EQ(platform.payment(payment).refunded_minor, 0);
    EXPECT_EQ(platform.payment(payment).fee_returned_minor, 0);
    const std::string fee_event = amount == 30000 ? "J11c " : "J11d ";
    EXPECT_EQ(after(platform, kOfPayment), (Strings{fee_event + fee, "J11a " + std::to_string(amount),
                                                    "J11g " + std::to_string(amount), "-" + fee_event + fee}));
    EXPECT_EQ(std::make_tuple(platform.balance(2202), platform.balance(2331), platform.balance(2501),
                              platform.balance(1191), platform.balance(6001), platform.balance(2221)),
              before);
    EXPECT_EQ(platform.events(), (Strings{"payment.succeeded", "refund.failed"}));
    EXPECT_EQ(platform.problems(), Strings{});
    EXPECT_EQ(code_of(platform.refund(payment, 100000, "R-2")), "ok") << "the remainder is free again";
  }
}

TEST(RecordRefundOutcome, WhatIsDoneNext) {
  using Said = std::pair<RefundState, bool>;  // from a query?
  struct Case {
    const char* name;
    std::vector<Said> heard;
    Strings tasks;
    State state;
  };
  using enum RefundState;
  const std::vector<Case> cases{
      {"accepted by the channel, not done", {{Pending, false}}, {"refund.query@2"}, State::Pending},
      {"no answer: asked, not sent again", {{Unknown, false}}, {"refund.query@2"}, State::Pending},
      {"the call itself says not found: asked", {{NotFound, false}}, {"refund.query@2"}, State::Pending},
      {"a query finds nothing: the same refund is sent again",
       {{Unknown, false}, {NotFound, true}},
       {"refund.send@4"},
       State::Pending},
      {"and asked about again",
       {{Unknown, false}, {NotFound, true}, {Unknown, false}},
       {"refund.query@8"},
       State::Pending},
      {"asked ever more slowly",
       {{Unknown, false}, {Unknown, true}, {Pending, true}, {Unknown, true}},
       {"refund.query@16"},
       State::Pending},
      {"done", {{Unknown, false}, {Succeeded, true}}, {}, State::Succeeded},
      {"refused", {{Failed, false}}, {}, State::Failed},
      {"refused, says the query", {{Pending, false}, {Failed, true}}, {}, State::Failed},
      {"done, then doubted", {{Succeeded, false}, {Unknown, true}}, {}, State::Succeeded},
      {"done, then refused", {{Succeeded, false}, {Failed, true}}, {}, State::Succeeded},
      {"refused, then done", {{Failed, false}, {Succeeded, true}}, {}, State::Failed},
  };
  for (const auto& c : cases) {
    Platform platform;
    const auto refund = must(platform.refund(platform.paid(), 1000));
    for (const auto& [state, from_query] : c.heard) must(platform.refund_says(refund.id, state, from_query));
    EXPECT_EQ(platform.tasks_of(refund.id.value), c.tasks) << c.name;
    EXPECT_EQ(platform.refund_row(refund.id).state, c.state) << c.name;
    EXPECT_EQ(platform.problems(), Strings{}) << c.name;
  }
}

TEST(RecordRefundOutcome, QueriesSlowDownToTwoHours) {
  Platform platform;
  const auto refund = must(platform.refund(platform.paid(), 1000));
  for (int i = 0; i < 20; ++i) must(platform.refund_says(refund.id, RefundState::Unknown, true));
  EXPECT_EQ(platform.tasks_of(refund.id.value), Strings{"refund.query@7200"});
}

TEST(RecordRefundOutcome, AgainChangesNothing) {
  for (const auto state : {RefundState::Succeeded, RefundState::Failed}) {
    Platform platform;
    const auto refund = must(platform.refund(platform.paid(), 1000));
    must(platform.refund_says(refund.id, state));
    const auto before = platform.harness.content();
    for (const auto again : {RefundState::Succeeded, RefundState::Failed, RefundState::Pending, RefundState::NotFound,
                             RefundState::Unknown}) {
      must(platform.refund_says(refund.id, again, true));
    }
    EXPECT_EQ(platform.harness.content(), before);
  }
}

TEST(RecordRefundOutcome, OfARefundThatIsNotThere) {
  Platform platform;
  EXPECT_EQ(code_of(platform.refund_says(RefundId{5}, RefundState::Succeeded)), "refund.not_found");
}

TEST(RecordRefundOutcome, OfASurplus) {
  for (const auto state : {RefundState::Succeeded, RefundState::Failed}) {
    Platform platform;
    const auto created = platform.create("S-1", Mode::Redirect);
    const auto first = must(platform.run(StartAttempt{created.payment.id, "alipay", channels::Scene::Qr})).attempt->id;
    const auto second =
        must(platform.run(StartAttempt{created.payment.id, "wechatpay", channels::Scene::Qr})).attempt->id;
    must(platform.say(first, TradeState::Paid));
    must(platform.say(second, TradeState::Paid));
    const auto refund = platform.harness.all(kRefunds).at(0);
    const auto merchants = platform.balance(2202);
    must(platform.refund_says(refund.id, state));
    const bool done = state == RefundState::Succeeded;
    EXPECT_EQ(after(platform, kOfPayment + 2), Strings{done ? "J11b 100000" : "J15f 100000"});
    EXPECT_EQ(platform.balance(2331), 0);
    EXPECT_EQ(platform.balance(2901), done ? 0 : 100000) << "what could not be given back stays in suspense";
    EXPECT_EQ(platform.balance(2202), merchants);
    EXPECT_EQ(platform.incidents(), done ? Strings{} : Strings{"refund.surplus_failed"});
    EXPECT_EQ(platform.payment(created.payment.id).refunded_minor, 0);
    EXPECT_EQ(platform.problems(), Strings{});
  }
}

// --- the fee over any partition
// -------------------------------------------------------------------------------------------------------------

RC_GTEST_PROP(Refunds, AnyPartitionReturnsTheWholeFeeAndTheWholeCost, ()) {
  Platform platform;
  const auto amount = *rc::gen::inRange<std::int64_t>(100, 5000000);
  const auto payment = platform.paid("S-1", amount);
  const auto fee = platform.payment(payment).fee_minor;
  const auto cost = platform.payment(payment).cost_minor;
  std::int64_t left = amount;
  std::vector<RefundId> under_way;
  for (int part = 0; left > 0; ++part) {
    const auto take = part >= 12 ? left : std::min(left, *rc::gen::inRange<std::int64_t>(1, amount + 1));
    const auto refund = must(platform.refund(payment, take, "R-" + std::to_string(part)));
    RC_ASSERT(refund.fee_returned_minor >= 0);
    left -= take;
    under_way.push_back(refund.id);
    // Some end at once, some later; some fail and leave their part to be refunded anew.
    while (!under_way.empty() && *rc::gen::inRange(0, 2) == 0) {
      const auto which = *rc::gen::inRange<std::size_t>(0, under_way.size());
      const auto id = under_way[which];
      under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(which));
      const bool fails = part < 10 && *rc::gen::inRange(0, 4) == 0;
      must(platform.refund_says(id, fails ? RefundState::Failed : RefundState::Succeeded));
      if (fails) left += platform.refund_row(id).amount_minor;
    }
    const auto row = platform.payment(payment);
    RC_ASSERT(row.refunded_minor + row.refunding_minor == amount - left);
    std::int64_t returned = 0;
    for (const auto& each : platform.harness.all(kRefunds)) returned += each.fee_returned_minor;
    RC_ASSERT(row.fee_returned_minor == returned);
    RC_ASSERT(returned <= fee);
  }
  for (const auto id : under_way) must(platform.refund_says(id, RefundState::Succeeded));
  const auto row = platform.payment(payment);
  RC_ASSERT(row.refunded_minor == amount);
  RC_ASSERT(row.refunding_minor == 0);
  RC_ASSERT(row.fee_returned_minor == fee);
  RC_ASSERT(row.cost_returned_minor == cost);
  for (const int code : {2202, 2331, 1121, 6001, 2221, 6401}) RC_ASSERT(platform.balance(code) == 0);
  RC_ASSERT(platform.problems() == Strings{});
}

}  // namespace
}  // namespace feiqian::payments
