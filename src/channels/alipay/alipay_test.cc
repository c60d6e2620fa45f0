#include "channels/alipay/alipay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <tuple>

#include "foundation/text.h"
#include "net/http_server.h"

namespace feiqian::channels::alipay {
namespace {

const crypto::Signer& our_key() {
  static const auto* const kKey = new crypto::Signer(crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256));
  return *kKey;
}
const crypto::Signer& their_key() {
  static const auto* const kKey = new crypto::Signer(crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256));
  return *kKey;
}
crypto::Verifier verifier(const crypto::Signer& key) {
  return crypto::Verifier::from_pem(key.algorithm(), key.public_pem()).value();
}

constexpr Timestamp kNow{1795312800000000};

// --- what is signed
// -----------------------------------------------------------------------------------------------------------------------------

TEST(StringToSign, IsSortedRawAndWithoutSignOrEmptyValues) {
  const Parameters parameters{{"method", "alipay.trade.query"},
                              {"app_id", "2021"},
                              {"sign_type", "RSA2"},
                              {"sign", "xyz"},
                              {"empty", ""},
                              {"biz_content", R"({"subject":"龙井 & 茶=1"})"},
                              {"charset", "utf-8"}};
  EXPECT_EQ(
      string_to_sign(parameters),
      R"(app_id=2021&biz_content={"subject":"龙井 & 茶=1"}&charset=utf-8&method=alipay.trade.query&sign_type=RSA2)");
  EXPECT_EQ(notification_string_to_sign(parameters),
            R"(app_id=2021&biz_content={"subject":"龙井 & 茶=1"}&charset=utf-8&method=alipay.trade.query)");
  EXPECT_EQ(string_to_sign({}), "");
}

TEST(TakeApart, FindsExactlyTheBytesThatWereSigned) {
  struct Case {
    const char* body;
    const char* raw;
    const char* sign;
  };
  for (const auto& c : {
           Case{R"({"k":{"code":"10000"},"sign":"AA=="})", R"({"code":"10000"})", "AA=="},
           Case{R"({ "k" : { "code":"10000" } , "sign" : "AA==" })", R"({ "code":"10000" })", "AA=="},
           Case{R"({"sign":"AA==","k":{"code":"10000"}})", R"({"code":"10000"})", "AA=="},
           Case{R"({"k":{"code":"10000"}})", R"({"code":"10000"})", ""},
           Case{R"({"k":{"a":{"sign":"no"},"b":"}"},"sign":"AA=="})", R"({"a":{"sign":"no"},"b":"}"})", "AA=="},
           Case{R"({"k":{"code":"10000"},"alipay_cert_sn":"1","sign":"AA=="})", R"({"code":"10000"})", "AA=="},
           Case{R"({"k":{"code":"10000"},"sign":5})", R"({"code":"10000"})", ""},
       }) {
    const auto answer = take_apart(c.body, "k");
    ASSERT_TRUE(answer.ok()) << c.body;
    EXPECT_EQ(answer->raw, c.raw) << c.body;
    EXPECT_EQ(answer->sign, c.sign) << c.body;
  }
}

TEST(TakeApart, HostileBodiesAreRefusedOrSignNothing) {
  for (const char* body :
       {"", "k", "\"k\"", "{}", R"({"k":5})", R"({"other":{},"sign":"AA=="})", "}}}}", "{{{{", R"("k"{)", R"(}"k")",
        R"({"sign":"AA=="}"k")", R"("sign""k")", "\xff\xfe", R"({"k":"{","sign":"AA=="})"}) {
    const auto answer = take_apart(body, "k");
    const bool proven =
        answer.ok() && verifier(their_key()).verify(answer->raw, from_base64(answer->sign).value_or("")).ok();
    EXPECT_FALSE(proven) << body;
  }
}

// --- over a provider of our own
// -----------------------------------------------------------------------------------------------------------------

class AlipayTest : public ::testing::Test {
 protected:
  AlipayTest() {
    server_ =
        net::HttpServer::start(runtime_, {}, [this](const net::HttpRequest& request, const net::Responder& responder) {
          request_ = request;
          responder.send({status_, {}, body_});
        }).value();
    Settings settings{"http://127.0.0.1:" + std::to_string(server_->port()) + "/gateway.do", "2021", our_key(),
                      verifier(their_key()), 3000};
    alipay_ = std::make_unique<Alipay>(settings, client_, clock_);
  }

  /// What the provider says, signed by it.
  void provider_says(std::string_view method, const std::string& content) {
    std::string key(method);
    std::replace(key.begin(), key.end(), '.', '_');
    body_ = "{\"" + key + "_response\":" + content + ",\"sign\":\"" + to_base64(their_key().sign(content)) + "\"}";
  }
  template <class Outcome, class Call>
  Outcome outcome_of(Call call) {
    std::promise<Outcome> promise;
    call([&](Outcome outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  }
  TradeOutcome pay(Scene scene) {
    return outcome_of<TradeOutcome>([&](auto done) { alipay_->pay(order(scene), done); });
  }
  TradeOutcome query() {
    return outcome_of<TradeOutcome>([&](auto done) { alipay_->query("att_1", done); });
  }
  static PayOrder order(Scene scene) {
    PayOrder order;
    order.number = "att_1";
    order.amount = {12800, money::kCny};
    order.subject = "龙井茶";
    order.scene = scene;
    order.auth_code = scene == Scene::Barcode ? "2800" : "";
    order.expires_at = kNow.plus_s(900);
    order.notify_url = "https://pay.example/channels/alipay/notify";
    order.return_url = "https://pay.example/back";
    return order;
  }
  Parameters query_of(const std::string& query) {
    const auto fields = form_decode(query).value();
    return {fields.begin(), fields.end()};
  }

  net::Runtime runtime_{2};
  net::HttpClient client_{runtime_};
  ManualClock clock_{kNow};
  int status_ = 200;
  std::string body_;
  net::HttpRequest request_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<Alipay> alipay_;
};

TEST_F(AlipayTest, SignsWhatItSends) {
  provider_says("alipay.trade.precreate", R"({"code":"10000","qr_code":"https://qr.example/1"})");
  pay(Scene::Qr);
  auto parameters = query_of(request_.query);
  const auto body = query_of(request_.body);
  parameters.insert(body.begin(), body.end());
  EXPECT_EQ(parameters.at("method"), "alipay.trade.precreate");
  EXPECT_EQ(parameters.at("timestamp"), "2026-11-22 10:00:00");
  EXPECT_EQ(
      parameters.at("biz_content"),
      R"({"out_trade_no":"att_1","total_amount":"128.00","subject":"龙井茶","time_expire":"2026-11-22 10:15:00"})");
  EXPECT_TRUE(verifier(our_key()).verify(string_to_sign(parameters), from_base64(parameters.at("sign")).value()).ok());
}

TEST_F(AlipayTest, TheRedirectIsSignedAndCarriesTheAddresses) {
  for (const auto& [scene, method, product] : std::vector<std::tuple<Scene, std::string, std::string>>{
           {Scene::Page, "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"},
           {Scene::Wap, "alipay.trade.wap.pay", "QUICK_WAP_WAY"}}) {
    const auto url = alipay_->redirect_url(order(scene)).value();
    const auto parameters = query_of(url.substr(url.find('?') + 1));
    EXPECT_EQ(parameters.at("method"), method);
    EXPECT_EQ(parameters.at("return_url"), "https://pay.example/back");
    EXPECT_THAT(parameters.at("biz_content"), ::testing::HasSubstr(product));
    EXPECT_TRUE(
        verifier(our_key()).verify(string_to_sign(parameters), from_base64(parameters.at("sign")).value()).ok());
  }
}

TEST_F(AlipayTest, WhatAnAnswerToPayMeans) {
  struct Case {
    Scene scene;
    const char* answer;
    TradeState state;
    const char* code;
  };
  for (const auto& c : {
           Case{Scene::Qr, R"({"code":"10000","qr_code":"q"})", TradeState::AwaitingPayer, "10000"},
           Case{Scene::Qr, R"({"code":"10000"})", TradeState::Unknown, "10000"},
           Case{Scene::Qr, R"({"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"})", TradeState::Unknown,
                "ACQ.SYSTEM_ERROR"},
           Case{Scene::Qr, R"({"code":"20000","sub_code":"isp.unknow-error"})", TradeState::Unknown,
                "isp.unknow-error"},
           Case{Scene::Qr, R"({"code":"40004","sub_code":"ACQ.INVALID_PARAMETER"})", TradeState::Failed,
                "channel.declined"},
           Case{Scene::Barcode,
                R"({"code":"10000","trade_no":"T","total_amount":"128.00","gmt_payment":"2026-11-22 10:00:01"})",
                TradeState::Paid, "10000"},
           Case{Scene::Barcode, R"({"code":"10000","trade_no":"T"})", TradeState::Unknown, "channel.amount_unreadable"},
           Case{Scene::Barcode, R"({"code":"10000","total_amount":"128.000"})", TradeState::Unknown,
                "channel.amount_unreadable"},
           Case{Scene::Barcode, R"({"code":"10003"})", TradeState::AwaitingPayer, "10003"},
           Case{Scene::Barcode, R"({"code":"20000"})", TradeState::Unknown, "20000"},
           Case{Scene::Barcode, R"({"code":"40004","sub_code":"ACQ.BUYER_BALANCE_NOT_ENOUGH"})", TradeState::Failed,
                "payer.insufficient_balance"},
           Case{Scene::Barcode, R"({"code":"40004","sub_code":"ACQ.PAYMENT_AUTH_CODE_INVALID"})", TradeState::Failed,
                "payer.code_invalid"},
           Case{Scene::Barcode, R"({"code":"40004","sub_code":"ACQ.TRADE_HAS_SUCCESS"})", TradeState::Unknown,
                "ACQ.TRADE_HAS_SUCCESS"},
       }) {
    provider_says(c.scene == Scene::Qr ? "alipay.trade.precreate" : "alipay.trade.pay", c.answer);
    const auto outcome = pay(c.scene);
    EXPECT_EQ(outcome.state, c.state) << c.answer;
    EXPECT_EQ(outcome.code, c.code) << c.answer;
    EXPECT_EQ(outcome.paid.has_value(), c.state == TradeState::Paid) << c.answer;
  }
}

TEST_F(AlipayTest, WhatAnAnswerToAQueryMeans) {
  struct Case {
    const char* answer;
    TradeState state;
  };
  for (const auto& c : {
           Case{R"({"code":"10000","out_trade_no":"att_1","trade_status":"WAIT_BUYER_PAY"})",
                TradeState::AwaitingPayer},
           Case{R"({"code":"10000","out_trade_no":"att_1","trade_status":"TRADE_SUCCESS","total_amount":"128.00"})",
                TradeState::Paid},
           Case{R"({"code":"10000","out_trade_no":"att_1","trade_status":"TRADE_FINISHED","total_amount":"128.00"})",
                TradeState::Paid},
           Case{R"({"code":"10000","out_trade_no":"att_1","trade_status":"TRADE_SUCCESS"})", TradeState::Unknown},
           Case{R"({"code":"10000","out_trade_no":"att_1","trade_status":"TRADE_CLOSED"})", TradeState::Closed},
           Case{R"({"code":"10000","out_trade_no":"att_1","trade_status":"SOMETHING_NEW"})", TradeState::Unknown},
           Case{R"({"code":"10000","out_trade_no":"att_2","trade_status":"TRADE_SUCCESS","total_amount":"128.00"})",
                TradeState::Unknown},
           Case{R"({"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"})", TradeState::NotFound},
           Case{R"({"code":"40004","sub_code":"ACQ.INVALID_PARAMETER"})", TradeState::Unknown},
           Case{R"({"code":"20000"})", TradeState::Unknown},
       }) {
    provider_says("alipay.trade.query", c.answer);
    EXPECT_EQ(query().state, c.state) << c.answer;
  }
}

TEST_F(AlipayTest, AnAnswerThatIsNotProvenIsUnknown) {
  const std::string content =
      R"({"code":"10000","out_trade_no":"att_1","trade_status":"TRADE_SUCCESS","total_amount":"128.00"})";
  provider_says("alipay.trade.query", content);
  const auto good = body_;
  ASSERT_EQ(query().state, TradeState::Paid);
  const std::string sign = to_base64(their_key().sign(content));
  struct Case {
    std::string body;
    int status;
    const char* code;
  };
  auto changed = good;
  changed.replace(changed.find("128.00"), 6, "228.00");
  for (const auto& c : std::vector<Case>{
           {changed, 200, "channel.answer_unverified"},
           {R"({"alipay_trade_query_response":)" + content + "}", 200, "channel.answer_unverified"},
           {R"({"alipay_trade_query_response":)" + content + R"(,"sign":"AA=="})", 200, "channel.answer_unverified"},
           {R"({"alipay_trade_query_response":)" + content + R"(,"sign":")" + to_base64(our_key().sign(content)) +
                "\"}",
            200, "channel.answer_unverified"},
           {"", 200, "channel.answer_unverified"},
           {"<html>", 200, "channel.answer_unverified"},
           {good, 500, "http.500"},
           {good, 302, "http.302"},
       }) {
    body_ = c.body;
    status_ = c.status;
    const auto outcome = query();
    EXPECT_EQ(outcome.state, TradeState::Unknown) << c.body;
    EXPECT_EQ(outcome.code, c.code) << c.body;
  }
}

TEST_F(AlipayTest, AProviderThatCannotBeReachedExecutedNothing) {
  Settings settings{"http://127.0.0.1:1/gateway.do", "2021", our_key(), verifier(their_key()), 3000};
  alipay_ = std::make_unique<Alipay>(settings, client_, clock_);
  EXPECT_EQ(pay(Scene::Barcode).state, TradeState::Failed);
  EXPECT_EQ(pay(Scene::Barcode).code, "channel.unreachable");
  EXPECT_EQ(query().state, TradeState::Unknown) << "a query that was not sent tells nothing";
}

TEST_F(AlipayTest, WhatAnswersToRefundsMean) {
  struct Case {
    bool query;
    const char* answer;
    RefundState state;
  };
  for (const auto& c : {
           Case{false, R"({"code":"10000","fund_change":"Y"})", RefundState::Succeeded},
           Case{false, R"({"code":"10000","fund_change":"N"})", RefundState::Pending},
           Case{false, R"({"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"})", RefundState::Unknown},
           Case{false, R"({"code":"40004","sub_code":"ACQ.SELLER_BALANCE_NOT_ENOUGH"})", RefundState::Failed},
           Case{false, R"({"code":"20000"})", RefundState::Unknown},
           Case{true, R"({"code":"10000","refund_status":"REFUND_SUCCESS","out_request_no":"r"})",
                RefundState::Succeeded},
           Case{true, R"({"code":"10000","out_request_no":"r"})", RefundState::Pending},
           Case{true, R"({"code":"10000"})", RefundState::NotFound},
           Case{true, R"({"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"})", RefundState::NotFound},
           Case{true, R"({"code":"20000"})", RefundState::Unknown},
       }) {
    provider_says(c.query ? "alipay.trade.fastpay.refund.query" : "alipay.trade.refund", c.answer);
    const RefundOrder refund{"att_1", "ref_1", {100, money::kCny}, ""};
    const auto outcome = outcome_of<RefundOutcome>(
        [&](auto done) { c.query ? alipay_->query_refund(refund, done) : alipay_->refund(refund, done); });
    EXPECT_EQ(outcome.state, c.state) << c.answer;
  }
}

TEST_F(AlipayTest, WhatAnswersToCloseAndCancelMean) {
  struct Case {
    bool cancel;
    const char* answer;
    TradeState state;
  };
  for (const auto& c :
       {Case{false, R"({"code":"10000"})", TradeState::Closed},
        Case{false, R"({"code":"40004","sub_code":"ACQ.TRADE_HAS_CLOSE"})", TradeState::Closed},
        Case{false, R"({"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"})", TradeState::NotFound},
        Case{false, R"({"code":"40004","sub_code":"ACQ.REASON_TRADE_STATUS_INVALID"})", TradeState::Unknown},
        Case{true, R"({"code":"10000","retry_flag":"N"})", TradeState::Closed},
        Case{true, R"({"code":"10000","retry_flag":"Y"})", TradeState::Unknown},
        Case{true, R"({"code":"20000"})", TradeState::Unknown}}) {
    provider_says(c.cancel ? "alipay.trade.cancel" : "alipay.trade.close", c.answer);
    const auto outcome = outcome_of<TradeOutcome>(
        [&](auto done) { c.cancel ? alipay_->cancel("att_1", done) : alipay_->close("att_1", done); });
    EXPECT_EQ(outcome.state, c.state) << c.answer;
  }
}

// --- notifications
// ------------------------------------------------------------------------------------------------------------------------------

Parameters paid_notification() {
  return {{"app_id", "2021"},         {"out_trade_no", "att_1"},
          {"trade_no", "T-1"},        {"trade_status", "TRADE_SUCCESS"},
          {"total_amount", "128.00"}, {"gmt_payment", "2026-11-22 10:00:05"},
          {"subject", "龙井 & 茶"},   {"sign_type", "RSA2"}};
}
net::HttpRequest signed_notification(Parameters parameters, const crypto::Signer& key = their_key()) {
  parameters["sign"] = sign(key, notification_string_to_sign(parameters));
  net::HttpRequest request;
  request.body = form_encode({parameters.begin(), parameters.end()});
  return request;
}

TEST_F(AlipayTest, ReadsAProvenNotification) {
  const auto notification = alipay_->read_notification(signed_notification(paid_notification())).value();
  EXPECT_EQ(notification.number, "att_1");
  EXPECT_EQ(notification.outcome.state, TradeState::Paid);
  EXPECT_EQ(notification.outcome.paid->minor, 12800);
  EXPECT_EQ(notification.outcome.trade_no, "T-1");
  EXPECT_EQ(notification.outcome.paid_at, kNow.plus_s(5));
}

TEST_F(AlipayTest, RefusesEveryOtherNotification) {
  const auto with = [](const char* name, const char* value) {
    auto parameters = paid_notification();
    parameters[name] = value;
    return parameters;
  };
  auto changed = signed_notification(paid_notification());
  changed.body.replace(changed.body.find("128.00"), 6, "228.00");
  auto doubled = signed_notification(paid_notification());
  doubled.body += "&total_amount=228.00";
  auto unsigned_request = signed_notification(paid_notification());
  unsigned_request.body = unsigned_request.body.substr(0, unsigned_request.body.find("&sign="));
  net::HttpRequest broken;
  broken.body = "a=%";
  struct Case {
    const char* why;
    net::HttpRequest request;
  };
  for (const auto& c : std::vector<Case>{
           {"another application", signed_notification(with("app_id", "2022"))},
           {"not signed by RSA2", signed_notification(with("sign_type", "RSA"))},
           {"the signature does not verify", signed_notification(paid_notification(), our_key())},
           {"the signature does not verify", changed},
           {"a field is given twice", doubled},
           {"the signature does not verify", net::HttpRequest{"", "", "", {}, "sign_type=RSA2&app_id=2021", ""}},
           {"a value hides fields", signed_notification(with("subject", "x&trade_status=TRADE_SUCCESS&version=1"))},
           {"a value hides fields", signed_notification(with("subject&total_amount", "1.00"))},
           {"not UTF-8", signed_notification(with("subject", "\xb2\xe8"))},
           {"not a form", broken}}) {
    const auto read = alipay_->read_notification(c.request);
    ASSERT_FALSE(read.ok()) << c.why;
    EXPECT_EQ(read.error().code(), "channel.notification_rejected");
    EXPECT_EQ(read.error().detail(), c.why);
  }
}

TEST_F(AlipayTest, ANotificationWithoutAReadableAmountIsNotBelieved) {
  for (const char* amount : {"", "128", "128.001", "1e3", "-128.00", "0.00"}) {
    auto parameters = paid_notification();
    parameters["total_amount"] = amount;
    const auto outcome = alipay_->read_notification(signed_notification(parameters)).value().outcome;
    const bool readable = std::string_view(amount) == "128";
    EXPECT_EQ(outcome.state, readable ? TradeState::Paid : TradeState::Unknown) << amount;
    EXPECT_EQ(outcome.paid.has_value(), readable) << amount;
  }
}

TEST_F(AlipayTest, ATextThatNoDatabaseTakesIsNone) {
  provider_says("alipay.trade.query", R"({"code":"10000","out_trade_no":"att_1","trade_status":"WAIT_BUYER_PAY",)"
                                      R"("trade_no":"T\u0000","sub_msg":"\u0000"})");
  const auto outcome = query();
  EXPECT_EQ(outcome.state, TradeState::AwaitingPayer);
  EXPECT_EQ(outcome.trade_no, "");
  EXPECT_EQ(outcome.message, "");
}

TEST_F(AlipayTest, ASubjectMayHaveAmpersands) {
  auto parameters = paid_notification();
  parameters["subject"] = "Tom & Jerry=1&amount=2";
  EXPECT_TRUE(alipay_->read_notification(signed_notification(parameters)).ok());
}

TEST_F(AlipayTest, AcknowledgesInTheProvidersWords) {
  EXPECT_EQ(alipay_->acknowledge(true).body, "success");
  EXPECT_EQ(alipay_->acknowledge(false).body, "fail");
}

}  // namespace
}  // namespace feiqian::channels::alipay
