#include "payments/create_payment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "payments/testing/platform.h"

namespace feiqian::payments {
namespace {

using testing::code_of;
using testing::kStart;
using testing::kToday;
using testing::must;
using testing::Platform;
using testing::Strings;
using testing::TradeState;

// --- creating
// -----------------------------------------------------------------------------------------------------------------------------

TEST(CreatePayment, StartsOpenWithAnExpiryAndAnAttemptByMode) {
  struct Case {
    Mode mode;
    Strings tasks;
    std::optional<channels::Scene> scene;
  };
  for (const auto& c : {Case{Mode::Redirect, {"payment.expire@900"}, std::nullopt},
                        Case{Mode::Qr, {"attempt.pay@0", "payment.expire@900"}, channels::Scene::Qr},
                        Case{Mode::Barcode, {"attempt.pay@0", "payment.expire@900"}, channels::Scene::Barcode},
                        Case{Mode::Jsapi, {"attempt.pay@0", "payment.expire@900"}, channels::Scene::Jsapi},
                        Case{Mode::App, {"attempt.pay@0", "payment.expire@900"}, channels::Scene::App}}) {
    Platform platform;
    const auto view = platform.create("S-1", c.mode);
    const auto row = platform.payment(view.payment.id);
    EXPECT_EQ(row.state, PaymentState::Open);
    EXPECT_EQ(row.mode, c.mode);
    EXPECT_EQ(row.merchant, platform.merchant);
    EXPECT_EQ(row.amount_minor, 100000);
    EXPECT_EQ(row.created_at, kStart);
    EXPECT_EQ(row.expires_at, kStart.plus_s(900));
    EXPECT_EQ(row.fee_minor, 0) << "a fee is computed at success";
    EXPECT_EQ(platform.tasks(), c.tasks);
    EXPECT_EQ(view.attempt.has_value(), c.scene.has_value());
    if (c.scene) {
      const auto attempt = platform.attempt(view.attempt->id);
      EXPECT_EQ(attempt.state, AttemptState::Created);
      EXPECT_EQ(attempt.scene, *c.scene);
      EXPECT_EQ(attempt.channel, platform.alipay);
      EXPECT_EQ(attempt.auth_code, c.mode == Mode::Barcode ? "280000000000000001" : "");
      EXPECT_EQ(attempt.payer, c.mode == Mode::Jsapi ? "oOpenId" : "");
    }
    EXPECT_EQ(platform.vouchers(), Strings{});
    EXPECT_EQ(platform.events(), Strings{});
  }
}

TEST(CreatePayment, TakesTheExpiryThatWasAskedFor) {
  Platform platform;
  for (const std::int64_t seconds : {60, 86400}) {
    auto order = platform.order("S-" + std::to_string(seconds));
    order.expires_in_s = seconds;
    EXPECT_EQ(must(platform.run(order)).payment.expires_at, kStart.plus_s(seconds));
  }
}

TEST(CreatePayment, KeepsWhatTheMerchantGave) {
  Platform platform;
  auto order = platform.order("S-1", Mode::Redirect);
  order.store = must(platform.run(parties::CreateStore{platform.merchant, "West Lake"}));
  order.goods = R"([{"name":"tea"}])";
  order.metadata = R"({"k":"v"})";
  order.return_url = "https://shop.example/back";
  order.notify_url = "https://shop.example/other";
  const auto row = platform.payment(must(platform.run(order)).payment.id);
  EXPECT_EQ(row.store, order.store);
  EXPECT_EQ(row.goods, order.goods);
  EXPECT_EQ(row.metadata, order.metadata);
  EXPECT_EQ(row.return_url, order.return_url);
  EXPECT_EQ(row.notify_url, order.notify_url);
  EXPECT_EQ(row.subject, "龙井茶");
}

/// Ways to be wrong, in the order in which they are reported: each case spoils its own point and every later one.
TEST(CreatePayment, ReportsTheFirstErrorInOrderOfPrecedence) {
  struct Fault {
    const char* code;
    std::string field;
    std::function<void(Platform&, CreatePayment&)> spoil;
  };
  const std::vector<Fault> faults{
      {"merchant.not_found", "",
       [](Platform&, CreatePayment& order) { order.merchant = parties::MerchantId{77 << 23}; }},
      {"merchant.not_active", "",
       [](Platform& platform, CreatePayment&) {
         must(platform.run(parties::SetMerchantStatus{platform.merchant, parties::MerchantStatus::Suspended}));
       }},
      {"payment.order_no_conflict", "amount_minor",
       [](Platform& platform, CreatePayment& order) { platform.create(order.merchant_order_no); }},
      {"store.not_found", "store_id", [](Platform&, CreatePayment& order) { order.store = parties::StoreId{9}; }},
      {"contract.missing", "currency",
       [](Platform&, CreatePayment& order) { order.amount.currency = must(money::Currency::parse("USD")); }},
      {"payment.method_not_permitted", "method", [](Platform&, CreatePayment& order) { order.method = "unionpay"; }},
      {"payment.amount_below_minimum", "amount_minor",
       [](Platform&, CreatePayment& order) { order.amount.minor = 99; }},
      {"payment.expiry_out_of_range", "expires_in_s", [](Platform&, CreatePayment& order) { order.expires_in_s = 59; }},
  };
  for (std::size_t first = 0; first < faults.size(); ++first) {
    Platform platform;
    auto order = platform.order();
    // The later ones first, so that what they set up still can be.
    for (std::size_t i = faults.size(); i-- > first;) {
      if (std::string_view(faults[i].code) == "merchant.not_active" && first < i)
        continue;  // another merchant is asked about
      faults[i].spoil(platform, order);
    }
    const auto before = platform.harness.content();
    const auto result = platform.run(order);
    ASSERT_EQ(code_of(result), faults[first].code);
    EXPECT_EQ(result.error().field(), faults[first].field);
    EXPECT_EQ(platform.harness.content(), before) << faults[first].code;
  }
}

TEST(CreatePayment, EveryRefusalAlone) {
  struct Case {
    const char* code;
    std::string field;
    std::function<void(Platform&, CreatePayment&)> spoil;
  };
  const std::vector<Case> cases{
      {"merchant.not_active", "",
       [](Platform& p, CreatePayment&) {
         must(p.run(parties::SetMerchantStatus{p.merchant, parties::MerchantStatus::Closed}));
       }},
      {"store.not_found", "store_id",
       [](Platform& p, CreatePayment& order) {
         const auto other = must(p.run(parties::CreateMerchant{"Other", "", 0}));
         order.store = must(p.run(parties::CreateStore{other, "theirs"}));
       }},
      {"contract.missing", "currency",
       [](Platform& p, CreatePayment& order) {
         const auto other = must(p.run(parties::CreateMerchant{"Other", "", 0}));
         order.merchant = other;
       }},
      {"payment.method_not_permitted", "method",
       [](Platform& p, CreatePayment&) { p.change_contract([](auto& terms) { terms.methods = "wechatpay"; }); }},
      {"payment.method_not_permitted", "method",
       [](Platform& p, CreatePayment&) {
         must(p.run(channels::SetChannelEnabled{"alipay", false}));
       }},
      {"payment.method_not_permitted", "method",
       [](Platform& p, CreatePayment& order) {
         p.change_contract([](auto& terms) { terms.methods = "alipay,unionpay"; });
         order.method = "unionpay";  // permitted, but there is no such channel
       }},
      {"payment.amount_below_minimum", "amount_minor",
       [](Platform&, CreatePayment& order) { order.amount.minor = 99; }},
      {"payment.amount_above_maximum", "amount_minor",
       [](Platform&, CreatePayment& order) { order.amount.minor = 5000001; }},
      {"payment.daily_limit", "amount_minor",
       [](Platform& p, CreatePayment& order) {
         p.paid("A", 5000000);
         p.paid("B", 4900001);
         order.amount.minor = 100000;
       }},
      {"fee.no_rule", "",
       [](Platform& p, CreatePayment& order) {
         const auto other = must(p.run(parties::CreateMerchant{"Other", "", 0}));
         auto terms = p.harness.get(parties::kContracts, p.contract);
         terms.merchant = other;
         must(p.run(parties::CreateContract{terms}));
         order.merchant = other;
       }},
      {"payment.expiry_out_of_range", "expires_in_s", [](Platform&, CreatePayment& order) { order.expires_in_s = 59; }},
      {"payment.expiry_out_of_range", "expires_in_s",
       [](Platform&, CreatePayment& order) { order.expires_in_s = 86401; }},
  };
  for (const auto& c : cases) {
    Platform platform;
    auto order = platform.order();
    EXPECT_EQ(code_of(platform.run(platform.order("good"))), "ok");
    c.spoil(platform, order);
    const auto before = platform.harness.content();
    const auto result = platform.run(order);
    ASSERT_EQ(code_of(result), c.code);
    EXPECT_EQ(result.error().field(), c.field) << c.code;
    EXPECT_EQ(platform.harness.content(), before) << c.code;
  }
}

TEST(CreatePayment, LimitsIncludeTheirBounds) {
  Platform platform;
  EXPECT_EQ(code_of(platform.run(platform.order("least", Mode::Qr, 100))), "ok");
  EXPECT_EQ(code_of(platform.run(platform.order("most", Mode::Qr, 5000000))), "ok");
  platform.paid("A", 5000000);
  platform.paid("B", 4900000);
  EXPECT_EQ(code_of(platform.run(platform.order("reaches the daily limit", Mode::Qr, 100000))), "ok");
  EXPECT_EQ(code_of(platform.run(platform.order("passes it", Mode::Qr, 100001))), "payment.daily_limit");
  platform.clock.advance_ms(24LL * 3600 * 1000);
  EXPECT_EQ(code_of(platform.run(platform.order("next day", Mode::Qr, 100001))), "ok");
}

TEST(CreatePayment, NoDailyLimitWhenTheContractHasNone) {
  Platform platform;
  platform.change_contract([](auto& terms) { terms.most_daily_minor = 0; });
  for (int i = 0; i < 3; ++i) platform.paid("A" + std::to_string(i), 5000000);
  EXPECT_EQ(code_of(platform.run(platform.order())), "ok");
}

TEST(CreatePayment, TheContractOfTheDayCounts) {
  Platform platform;
  platform.change_contract([](auto& terms) { terms.most_minor = 200; }, Date{20261123});
  EXPECT_EQ(code_of(platform.run(platform.order("today"))), "ok");
  platform.clock.advance_ms(14LL * 3600 * 1000);  // midnight in China
  EXPECT_EQ(code_of(platform.run(platform.order("tomorrow"))), "payment.amount_above_maximum");
}

// --- the same order number again
// --------------------------------------------------------------------------------------------------------------

TEST(CreatePayment, TheSameContentAnswersWithThePaymentThatExists) {
  Platform platform;
  const auto first = platform.create();
  must(platform.say(first.attempt->id, TradeState::AwaitingPayer, OutcomeSource::Pay));
  const auto before = platform.harness.content();
  const auto again = platform.create();
  EXPECT_EQ(again.payment.id, first.payment.id);
  EXPECT_EQ(again.attempt->id, first.attempt->id);
  EXPECT_EQ(again.attempt->qr_code, "https://pay.example/" + first.attempt->id.text());
  EXPECT_EQ(platform.harness.content(), before);
}

TEST(CreatePayment, TheSameContentAnswersWithTheParametersAgain) {
  for (const auto mode : {Mode::Jsapi, Mode::App}) {
    Platform platform;
    const auto first = platform.create("S-1", mode);
    auto said = platform.outcome(first.attempt->id, TradeState::AwaitingPayer);
    said.qr_code.clear();
    said.pay_parameters = R"({"package":"prepay_id=wx2014"})";
    must(platform.run(RecordOutcome{first.attempt->id, said, OutcomeSource::Pay}));
    const auto again = platform.create("S-1", mode);
    EXPECT_EQ(again.attempt->id, first.attempt->id);
    EXPECT_EQ(again.attempt->pay_parameters, said.pay_parameters);
    EXPECT_EQ(to_json(again, nullptr).at("pay_parameters").at("package").as_string(), "prepay_id=wx2014");
    EXPECT_TRUE(to_json(again, nullptr).at("qr_code").is_null());
  }
}

TEST(CreatePayment, OtherContentIsAConflictThatNamesTheField) {
  const std::vector<std::pair<std::string, std::function<void(Platform&, CreatePayment&)>>> changes{
      {"amount_minor", [](Platform&, CreatePayment& o) { o.amount.minor += 1; }},
      {"currency", [](Platform&, CreatePayment& o) { o.amount.currency = must(money::Currency::parse("USD")); }},
      {"subject", [](Platform&, CreatePayment& o) { o.subject = "other"; }},
      {"mode", [](Platform&, CreatePayment& o) { o.mode = Mode::Barcode; }},
      {"method", [](Platform&, CreatePayment& o) { o.method = "wechatpay"; }},
      {"store_id", [](Platform&, CreatePayment& o) { o.store = parties::StoreId{9}; }},
      {"goods", [](Platform&, CreatePayment& o) { o.goods = "[]"; }},
      {"metadata", [](Platform&, CreatePayment& o) { o.metadata = "{}"; }},
      {"return_url", [](Platform&, CreatePayment& o) { o.return_url = "https://x.example"; }},
      {"notify_url", [](Platform&, CreatePayment& o) { o.notify_url = "https://x.example"; }},
      {"expires_in_s", [](Platform&, CreatePayment& o) { o.expires_in_s = 901; }},
  };
  Platform platform;
  platform.create();
  // From the last field to the first: each change stays, and the earlier field is named.
  auto order = platform.order();
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    change->second(platform, order);
    const auto result = platform.run(order);
    ASSERT_EQ(code_of(result), "payment.order_no_conflict") << change->first;
    EXPECT_EQ(result.error().field(), change->first);
  }
}

TEST(CreatePayment, TheDefaultExpiryAskedForByNameIsTheSameContent) {
  Platform platform;
  platform.create();
  auto order = platform.order();
  order.expires_in_s = 900;
  EXPECT_EQ(code_of(platform.run(order)), "ok");
}

TEST(CreatePayment, AnotherMerchantsOrderNumberIsItsOwn) {
  Platform platform;
  const auto first = platform.create();
  const auto other = must(platform.run(parties::CreateMerchant{"Other", "", 0}));
  auto terms = platform.harness.get(parties::kContracts, platform.contract);
  terms.merchant = other;
  platform.add_rule(must(platform.run(parties::CreateContract{terms})).value, "", 6000);
  auto order = platform.order();
  order.merchant = other;
  EXPECT_NE(must(platform.run(order)).payment.id, first.payment.id);
}

TEST(CreatePayment, TenTimesInOneBatchMakesOne) {
  Platform platform;
  const auto results = platform.harness.run_together(std::vector<CreatePayment>(10, platform.order()));
  for (const auto& result : results) EXPECT_EQ(must(result).payment.id, must(results[0]).payment.id);
  EXPECT_EQ(platform.harness.all(kPayments).size(), 1U);
  EXPECT_EQ(platform.harness.all(kAttempts).size(), 1U);
  EXPECT_EQ(platform.tasks(), (Strings{"attempt.pay@0", "payment.expire@900"}));
}

TEST(CreatePayment, OneBatchWithOtherContentMakesOneAndRefusesTheRest) {
  Platform platform;
  std::vector<CreatePayment> orders;
  for (int i = 0; i < 5; ++i) orders.push_back(platform.order("S-1", Mode::Qr, 1000 + i));
  const auto results = platform.harness.run_together(orders);
  EXPECT_EQ(code_of(results[0]), "ok");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(code_of(results[i]), "payment.order_no_conflict");
  EXPECT_EQ(platform.harness.all(kPayments).size(), 1U);
}

// --- starting an attempt
// ------------------------------------------------------------------------------------------------------------------

TEST(StartAttempt, ByScene) {
  struct Case {
    channels::Scene scene;
    AttemptState state;
    const char* task;
  };
  for (const auto& c : {Case{channels::Scene::Qr, AttemptState::Created, "attempt.pay@0"},
                        Case{channels::Scene::Page, AttemptState::Pending, "attempt.query@10"},
                        Case{channels::Scene::Wap, AttemptState::Pending, "attempt.query@10"}}) {
    Platform platform;
    const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
    const auto view = must(platform.run(StartAttempt{payment, "wechatpay", c.scene}));
    EXPECT_EQ(view.attempt->state, c.state);
    EXPECT_EQ(view.attempt->method, "wechatpay");
    EXPECT_EQ(platform.tasks_of(view.attempt->id.value), Strings{c.task});
  }
}

TEST(StartAttempt, AnAddressThatComesByACallIsAskedFor) {
  Platform platform;
  const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
  const StartAttempt start{payment, "wechatpay", channels::Scene::Wap, true, "203.0.113.7"};
  const auto attempt = must(platform.run(start)).attempt.value();
  EXPECT_EQ(attempt.state, AttemptState::Created);
  EXPECT_EQ(attempt.payer, "203.0.113.7");
  EXPECT_EQ(platform.tasks_of(attempt.id.value), Strings{"attempt.pay@0"});
  auto said = platform.outcome(attempt.id, TradeState::AwaitingPayer);
  said.qr_code.clear();
  said.pay_url = "https://wx.example/h5";
  must(platform.run(RecordOutcome{attempt.id, said, OutcomeSource::Pay}));
  EXPECT_EQ(must(platform.run(start)).attempt->pay_parameters, "https://wx.example/h5")
      << "found again, with its address";
}

TEST(StartAttempt, FindsALiveAttemptOfTheSameMethodAndSceneAgain) {
  Platform platform;
  const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
  const auto qr = must(platform.run(StartAttempt{payment, "alipay", channels::Scene::Qr})).attempt->id;
  EXPECT_EQ(must(platform.run(StartAttempt{payment, "alipay", channels::Scene::Qr})).attempt->id, qr);
  EXPECT_NE(must(platform.run(StartAttempt{payment, "alipay", channels::Scene::Page})).attempt->id, qr);
  EXPECT_NE(must(platform.run(StartAttempt{payment, "wechatpay", channels::Scene::Qr})).attempt->id, qr);
  must(platform.say(qr, TradeState::Failed, OutcomeSource::Pay));
  EXPECT_NE(must(platform.run(StartAttempt{payment, "alipay", channels::Scene::Qr})).attempt->id, qr);
}

TEST(StartAttempt, TwiceInOneBatchMakesOne) {
  Platform platform;
  const auto payment = platform.create("S-1", Mode::Redirect).payment.id;
  const auto results =
      platform.harness.run_together(std::vector<StartAttempt>(5, StartAttempt{payment, "alipay", channels::Scene::Qr}));
  for (const auto& result : results) EXPECT_EQ(must(result).attempt->id, must(results[0]).attempt->id);
  EXPECT_EQ(platform.harness.all(kAttempts).size(), 1U);
}

TEST(StartAttempt, EveryRefusal) {
  struct Case {
    const char* code;
    std::function<PaymentId(Platform&)> prepare;
    std::string method = "alipay";
  };
  const std::vector<Case> cases{
      {"payment.not_found", [](Platform&) { return PaymentId{5}; }},
      {"payment.already_paid", [](Platform& p) { return p.paid(); }},
      {"payment.closed",
       [](Platform& p) {
         const auto id = p.create("S-1", Mode::Redirect).payment.id;
         must(p.run(ClosePayment{p.merchant, id, CloseReason::Merchant}));
         return id;
       }},
      {"payment.closed",
       [](Platform& p) {
         const auto id = p.create().payment.id;
         EXPECT_EQ(must(p.run(ClosePayment{p.merchant, id, CloseReason::Merchant})).payment.state,
                   PaymentState::Closing);
         return id;
       }},
      {"payment.expired",
       [](Platform& p) {
         const auto id = p.create("S-1", Mode::Redirect).payment.id;
         must(p.run(ClosePayment{std::nullopt, id, CloseReason::Expired}));
         return id;
       }},
      {"payment.expired",
       [](Platform& p) {
         const auto id = p.create("S-1", Mode::Redirect).payment.id;
         p.clock.advance_ms(900 * 1000);
         return id;
       }},
      {"merchant.not_active",
       [](Platform& p) {
         const auto id = p.create("S-1", Mode::Redirect).payment.id;
         must(p.run(parties::SetMerchantStatus{p.merchant, parties::MerchantStatus::Suspended}));
         return id;
       }},
      {"contract.missing",
       [](Platform& p) {
         const auto id = p.create("S-1", Mode::Redirect).payment.id;
         p.harness.tamper("UPDATE contract SET effective_to=20261121");
         p.harness.reopen();
         return id;
       }},
      {"payment.method_not_permitted", [](Platform& p) { return p.create("S-1", Mode::Redirect).payment.id; },
       "unionpay"},
      {"payment.method_not_permitted",
       [](Platform& p) {
         const auto id = p.create("S-1", Mode::Redirect).payment.id;
         must(p.run(channels::SetChannelEnabled{"alipay", false}));
         return id;
       }},
      {"payment.too_many_attempts",
       [](Platform& p) {
         const auto id = p.create("S-1", Mode::Redirect).payment.id;
         for (int i = 0; i < 20; ++i) {
           const auto attempt = must(p.run(StartAttempt{id, "alipay", channels::Scene::Qr})).attempt->id;
           must(p.say(attempt, TradeState::Failed, OutcomeSource::Pay));
         }
         return id;
       }},
  };
  for (const auto& c : cases) {
    Platform platform;
    const auto payment = c.prepare(platform);
    const auto before = platform.harness.content();
    EXPECT_EQ(code_of(platform.run(StartAttempt{payment, c.method, channels::Scene::Qr})), c.code);
    EXPECT_EQ(platform.harness.content(), before) << c.code;
  }
}

}  // namespace
}  // namespace feiqian::payments
