#include "channels/wechatpay/wechatpay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>

#include "crypto/aead.h"
#include "crypto/sha1.h"
#include "foundation/text.h"
#include "net/http_server.h"

namespace feiqian::channels::wechatpay {
namespace {

namespace json = codec::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Timestamp kNow{1795312800000000};  // 2026-11-22 10:00:00 in China
constexpr const char* kApiV3Key = "0123456789abcdefghijklmnopqrstuv";

const crypto::Signer& our_key() {
  static const auto* const kKey = new crypto::Signer(crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256));
  return *kKey;
}

/// One of the provider's certificates with its key.
struct PlatformKey {
  std::string serial;
  crypto::Signer key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  Timestamp not_before = kNow.plus_s(-86400);
  Timestamp not_after = kNow.plus_s(86400);
  std::string pem() const {
    return crypto::self_signed_certificate({"Platform", "", serial, not_before, not_after, false, {}}, key).value();
  }
};

const PlatformKey& first_key() {
  static const auto* const kKey = new PlatformKey{"4A00000000000000000000000000000000000001"};
  return *kKey;
}
const PlatformKey& second_key() {
  static const auto* const kKey = new PlatformKey{"4A00000000000000000000000000000000000002"};
  return *kKey;
}

json::object sealed(std::string_view plain, const std::string& additional, const char* key = kApiV3Key) {
  return {{"algorithm", "AEAD_AES_256_GCM"},
          {"nonce", "c07ae0a0f8b1"},
          {"associated_data", additional},
          {"ciphertext", to_base64(crypto::aes_256_gcm_seal(Secret(key), "c07ae0a0f8b1", additional, plain))}};
}

std::string certificate_list(const std::vector<const PlatformKey*>& keys, const char* api_v3_key = kApiV3Key) {
  json::array data;
  for (const auto* key : keys) {
    data.push_back(json::object{{"serial_no", key->serial},
                                {"effective_time", to_rfc3339(key->not_before)},
                                {"expire_time", to_rfc3339(key->not_after)},
                                {"encrypt_certificate", sealed(key->pem(), "certificate", api_v3_key)}});
  }
  return json::serialize(json::object{{"data", std::move(data)}});
}

net::Headers signature_headers(const PlatformKey& key, const std::string& body, Timestamp at = kNow) {
  const auto seconds = std::to_string(at.unix_s());
  net::Headers headers;
  headers.add("Wechatpay-Timestamp", seconds);
  headers.add("Wechatpay-Nonce", "n0");
  headers.add("Wechatpay-Serial", key.serial);
  headers.add("Wechatpay-Signature", to_base64(key.key.sign(seconds + "\nn0\n" + body + "\n")));
  return headers;
}

/// A provider of our own: answers by method and path, signs with `signing`.
class WechatPayTest : public ::testing::Test {
 protected:
  WechatPayTest() {
    certificates({&first_key()});
    server_ =
        net::HttpServer::start(runtime_, {}, [this](const net::HttpRequest& request, const net::Responder& responder) {
          responder.send(answer_to(request));
        }).value();
    make("http://127.0.0.1:" + std::to_string(server_->port()));
  }
  ~WechatPayTest() override { runtime_.stop(); }

  void make(const std::string& base_url) {
    Settings settings{base_url, "wx1", Merchant{"1900", "1DDE55AD", our_key()}, Secret(kApiV3Key), std::nullopt,
                      "0001",   3000};
    wechatpay_ = std::make_unique<WechatPay>(std::move(settings), client_, clock_, random_);
  }
  void answer(const std::string& what, int status, std::string body) {
    const std::lock_guard lock(mutex_);
    answers_[what] = {status, {}, std::move(body)};
  }
  void certificates(const std::vector<const PlatformKey*>& keys) {
    answer("GET /v3/certificates", 200, certificate_list(keys));
  }
  net::HttpResponse answer_to(const net::HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto what = request.method + " " + request.path;
    requests_.push_back(request);
    const auto found = answers_.find(what);
    auto response = found == answers_.end() ? net::HttpResponse{404, {}, R"({"code":"NOT_FOUND"})"} : found->second;
    if (request.path != "/v3/billdownload/file" && !unsigned_)
      response.headers = signature_headers(*signing_, response.body, signed_at_);
    return response;
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> asked;
    for (const auto& request : requests_) asked.push_back(request.method + " " + request.path);
    return asked;
  }
  net::HttpRequest request_of(const std::string& path) {
    const std::lock_guard lock(mutex_);
    for (auto each = requests_.rbegin(); each != requests_.rend(); ++each) {
      if (each->path == path) return *each;
    }
    return {};
  }

  template <class Outcome, class Call>
  Outcome outcome_of(Call call) {
    std::promise<Outcome> promise;
    call([&](Outcome outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  }
  TradeOutcome pay(const PayOrder& order) {
    return outcome_of<TradeOutcome>([&](auto done) { wechatpay_->pay(order, done); });
  }
  TradeOutcome query() {
    return outcome_of<TradeOutcome>([&](auto done) { wechatpay_->query("att_1", done); });
  }
  TradeOutcome close() {
    return outcome_of<TradeOutcome>([&](auto done) { wechatpay_->close("att_1", done); });
  }
  TradeOutcome cancel() {
    return outcome_of<TradeOutcome>([&](auto done) { wechatpay_->cancel("att_1", done); });
  }
  RefundOutcome refund(bool knows_the_total = true) {
    RefundOrder order{"att_1", "ref_1", {100, money::kCny}, "退货"};
    if (knows_the_total) order.paid = money::Money{12800, money::kCny};
    return outcome_of<RefundOutcome>([&](auto done) { wechatpay_->refund(order, done); });
  }
  static PayOrder order(Scene scene) {
    PayOrder order;
    order.number = "att_1";
    order.amount = {12800, money::kCny};
    order.subject = "龙井茶";
    order.scene = scene;
    order.auth_code = scene == Scene::Barcode ? "130061098828009406" : "";
    order.expires_at = kNow.plus_s(900);
    order.notify_url = "https://pay.example/channels/wechatpay/notify";
    order.payer_id = scene == Scene::Jsapi ? "oOpenId" : "";
    order.payer_address = scene == Scene::Wap ? "203.0.113.7" : "";
    return order;
  }

  static constexpr const char* kOrder = "/v3/pay/transactions/out-trade-no/att_1";
  static std::string transaction(const char* state, const char* trade_type = "NATIVE") {
    return std::string(
               R"({"appid":"wx1","mchid":"1900","out_trade_no":"att_1","transaction_id":"4200","trade_type":")") +
           trade_type + R"(","trade_state":")" + state +
           R"(","success_time":"2026-11-22T10:00:05+08:00","amount":{"total":12800,"currency":"CNY"}})";
  }
  void trade_is(const char* state, const char* trade_type = "NATIVE") {
    answer(std::string("GET ") + kOrder, 200, transaction(state, trade_type));
  }

  net::Runtime runtime_{2};
  net::HttpClient client_{runtime_};
  ManualClock clock_{kNow};
  SeededRandom random_{1};
  std::mutex mutex_;
  std::map<std::string, net::HttpResponse> answers_;
  std::vector<net::HttpRequest> requests_;
  const PlatformKey* signing_ = &first_key();
  Timestamp signed_at_ = kNow;
  bool unsigned_ = false;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<WechatPay> wechatpay_;
};

// --- requests

TEST_F(WechatPayTest, SignsExactlyWhatItSends) {
  trade_is("NOTPAY");
  query();
  const auto sent = request_of(kOrder);
  EXPECT_EQ(sent.query, "mchid=1900");
  const std::string header(sent.headers.get("Authorization"));
  const auto field = [&](const std::string& name) {
    const auto at = header.find(name + "=\"") + name.size() + 2;
    return header.substr(at, header.find('"', at) - at);
  };
  EXPECT_TRUE(header.starts_with("WECHATPAY2-SHA256-RSA2048 mchid=\"1900\""));
  EXPECT_EQ(field("serial_no"), "1DDE55AD");
  EXPECT_EQ(field("timestamp"), std::to_string(kNow.unix_s()));
  EXPECT_EQ(field("nonce_str").size(), 32U);
  const auto text =
      std::string("GET\n") + kOrder + "?mchid=1900\n" + field("timestamp") + "\n" + field("nonce_str") + "\n\n";
  const auto key = crypto::Verifier::from_pem(our_key().algorithm(), our_key().public_pem()).value();
  EXPECT_TRUE(key.verify(text, from_base64(field("signature")).value()).ok());
}

TEST_F(WechatPayTest, EverySceneHasItsPrepay) {
  answer("POST /v3/pay/transactions/native", 200, R"({"code_url":"weixin://wxpay/bizpayurl?pr=1"})");
  answer("POST /v3/pay/transactions/jsapi", 200, R"({"prepay_id":"wx2014"})");
  answer("POST /v3/pay/transactions/app", 200, R"({"prepay_id":"wx2015"})");
  answer("POST /v3/pay/transactions/h5", 200, R"({"h5_url":"https://wx.example/h5"})");
  const auto native = pay(order(Scene::Qr));
  EXPECT_EQ(native.state, TradeState::AwaitingPayer);
  EXPECT_EQ(native.qr_code, "weixin://wxpay/bizpayurl?pr=1");
  EXPECT_EQ(
      request_of("/v3/pay/transactions/native").body,
      R"({"appid":"wx1","mchid":"1900","description":"龙井茶","out_trade_no":"att_1","time_expire":"2026-11-22T10:15:00+08:00",)"
      R"("notify_url":"https://pay.example/channels/wechatpay/notify","amount":{"total":12800,"currency":"CNY"}})");

  const auto jsapi = pay(order(Scene::Jsapi));
  EXPECT_EQ(jsapi.state, TradeState::AwaitingPayer);
  EXPECT_THAT(jsapi.pay_parameters, HasSubstr(R"("package":"prepay_id=wx2014")"));
  EXPECT_THAT(request_of("/v3/pay/transactions/jsapi").body, HasSubstr(R"("payer":{"openid":"oOpenId"})"));
  const auto app = pay(order(Scene::App));
  EXPECT_THAT(app.pay_parameters, HasSubstr(R"("prepayid":"wx2015")"));
  const auto h5 = pay(order(Scene::Wap));
  EXPECT_EQ(h5.pay_url, "https://wx.example/h5");
  EXPECT_THAT(request_of("/v3/pay/transactions/h5").body, HasSubstr(R"("payer_client_ip":"203.0.113.7")"));
}

TEST_F(WechatPayTest, WhatASceneNeedsIsAskedForBeforeAnythingIsSent) {
  for (const auto scene : {Scene::Jsapi, Scene::Wap, Scene::Page}) {
    auto incomplete = order(scene);
    incomplete.payer_id.clear();
    incomplete.payer_address.clear();
    EXPECT_EQ(pay(incomplete).state, TradeState::Failed) << name_of(scene);
  }
  EXPECT_THAT(asked(), ElementsAre());
  EXPECT_FALSE(wechatpay_->redirect_url(order(Scene::Wap)).ok());
  EXPECT_FALSE(wechatpay_->offers(Scene::Page));
  EXPECT_TRUE(wechatpay_->offers(Scene::Wap));
  EXPECT_FALSE(wechatpay_->redirects(Scene::Wap));
}

TEST_F(WechatPayTest, APrepayWithoutWhatItWasForIsUnknown) {
  answer("POST /v3/pay/transactions/native", 200, "{}");
  EXPECT_EQ(pay(order(Scene::Qr)).state, TradeState::Unknown);
  answer("POST /v3/pay/transactions/jsapi", 200, R"({"prepay_id":5})");
  EXPECT_EQ(pay(order(Scene::Jsapi)).state, TradeState::Unknown);
}

TEST_F(WechatPayTest, ABarcodePaysAtOnceOrAwaitsThePayerOrFails) {
  answer("POST /v3/pay/transactions/codepay", 200, transaction("SUCCESS", "MICROPAY"));
  const auto paid = pay(order(Scene::Barcode));
  EXPECT_EQ(paid.state, TradeState::Paid);
  EXPECT_EQ(paid.paid->minor, 12800);
  EXPECT_THAT(request_of("/v3/pay/transactions/codepay").body, HasSubstr(R"("auth_code":"130061098828009406")"));
  answer("POST /v3/pay/transactions/codepay", 202, R"({"code":"USERPAYING","message":"需要用户输入支付密码"})");
  EXPECT_EQ(pay(order(Scene::Barcode)).state, TradeState::AwaitingPayer);
  answer("POST /v3/pay/transactions/codepay", 403, R"({"code":"NOTENOUGH","message":"余额不足"})");
  EXPECT_EQ(pay(order(Scene::Barcode)).code, "payer.insufficient_balance");
  answer("POST /v3/pay/transactions/codepay", 500, R"({"code":"SYSTEM_ERROR"})");
  EXPECT_EQ(pay(order(Scene::Barcode)).state, TradeState::Unknown);
}

// --- what is believed

TEST_F(WechatPayTest, AnAnswerThatIsNotProvenIsUnknownWhateverItsStatus) {
  trade_is("SUCCESS");
  ASSERT_EQ(query().state, TradeState::Paid);
  unsigned_ = true;
  EXPECT_EQ(query().state, TradeState::Unknown);
  EXPECT_EQ(query().code, "channel.answer_unverified");
  answer(std::string("GET ") + kOrder, 404, R"({"code":"ORDER_NOT_EXIST"})");
  EXPECT_EQ(query().state, TradeState::Unknown);
  EXPECT_EQ(query().code, "http.404");
  answer("POST /v3/pay/transactions/native", 400, R"({"code":"PARAM_ERROR"})");
  EXPECT_EQ(pay(order(Scene::Qr)).state, TradeState::Unknown);
}

TEST_F(WechatPayTest, AnOldAnswerAndOneOfAnExpiredCertificateAreNotProven) {
  trade_is("SUCCESS");
  ASSERT_EQ(query().state, TradeState::Paid);
  signed_at_ = kNow.plus_s(-301);
  EXPECT_EQ(query().state, TradeState::Unknown);
  signed_at_ = kNow.plus_s(90000);
  clock_.set(kNow.plus_s(90000));
  EXPECT_EQ(query().state, TradeState::Unknown) << "the certificate was good for a day";
}

TEST_F(WechatPayTest, AnAnswerInNoJsonIsUnknown) {
  answer(std::string("GET ") + kOrder, 200, "<html>");
  EXPECT_EQ(query().code, "channel.answer_unreadable");
}

TEST_F(WechatPayTest, CertificatesAreFetchedWhenAnUnknownOneSigns) {
  trade_is("SUCCESS");
  EXPECT_EQ(query().state, TradeState::Paid);
  EXPECT_EQ(query().state, TradeState::Paid);
  EXPECT_THAT(asked(), ElementsAre(std::string("GET ") + kOrder, "GET /v3/certificates", std::string("GET ") + kOrder));

  // The provider goes over to the next one; both are listed.
  clock_.advance_ms(11000);
  certificates({&first_key(), &second_key()});
  signing_ = &second_key();
  EXPECT_EQ(query().state, TradeState::Paid);
  signing_ = &first_key();
  EXPECT_EQ(query().state, TradeState::Paid) << "the one before is kept";
  const auto all = asked();
  EXPECT_EQ(std::count(all.begin(), all.end(), "GET /v3/certificates"), 2);
}

TEST_F(WechatPayTest, AnUnknownSerialDoesNotMakeUsCallWithoutEnd) {
  trade_is("SUCCESS");
  ASSERT_EQ(query().state, TradeState::Paid);
  signing_ = &second_key();  // never listed
  for (int i = 0; i < 5; ++i) EXPECT_EQ(query().state, TradeState::Unknown);
  const auto all = asked();
  EXPECT_EQ(std::count(all.begin(), all.end(), "GET /v3/certificates"), 1);
  clock_.advance_ms(2000);
  EXPECT_EQ(query().state, TradeState::Unknown);
  const auto later = asked();
  EXPECT_EQ(std::count(later.begin(), later.end(), "GET /v3/certificates"), 2);
}

TEST_F(WechatPayTest, CertificatesSealedUnderAnotherKeyAreNotTaken) {
  answer("GET /v3/certificates", 200, certificate_list({&first_key()}, "another key of 32 bytes, or not?"));
  trade_is("SUCCESS");
  EXPECT_EQ(query().state, TradeState::Unknown);
}

TEST_F(WechatPayTest, AProviderThatCannotBeReachedExecutedNothing) {
  make("http://127.0.0.1:1");
  EXPECT_EQ(pay(order(Scene::Barcode)).state, TradeState::Failed);
  EXPECT_EQ(pay(order(Scene::Barcode)).code, "channel.unreachable");
  EXPECT_EQ(query().state, TradeState::Unknown) << "a query that was not sent tells nothing";
}

// --- close, reverse

TEST_F(WechatPayTest, WhatAnAnswerToACloseMeans) {
  const auto closing = std::string("POST ") + kOrder + "/close";
  answer(closing, 204, "");
  EXPECT_EQ(close().state, TradeState::Closed);
  answer(closing, 400, R"({"code":"ORDER_CLOSED"})");
  EXPECT_EQ(close().state, TradeState::Closed);
  answer(closing, 404, R"({"code":"ORDER_NOT_EXIST"})");
  EXPECT_EQ(close().state, TradeState::NotFound);
  answer(closing, 202, R"({"code":"USERPAYING"})");
  EXPECT_EQ(close().state, TradeState::Unknown);
  answer(closing, 500, R"({"code":"SYSTEM_ERROR"})");
  EXPECT_EQ(close().state, TradeState::Unknown);
  trade_is("SUCCESS");
  answer(closing, 400, R"({"code":"ORDERPAID"})");
  EXPECT_EQ(close().state, TradeState::Paid);
  trade_is("NOTPAY");
  EXPECT_EQ(close().state, TradeState::Unknown);
}

TEST_F(WechatPayTest, ABarcodePaymentThatCannotBeClosedIsReversed) {
  answer(std::string("POST ") + kOrder + "/close", 403, R"({"code":"TRADE_ERROR"})");
  answer(std::string("POST ") + kOrder + "/reverse", 200, R"({"out_trade_no":"att_1"})");
  trade_is("PAYERROR", "MICROPAY");
  EXPECT_EQ(close().state, TradeState::Closed);
  EXPECT_EQ(asked().back(), std::string("POST ") + kOrder + "/reverse");
}

TEST_F(WechatPayTest, WhatAnAnswerToAReverseMeans) {
  const auto reversing = std::string("POST ") + kOrder + "/reverse";
  struct Case {
    int status;
    const char* body;
    TradeState state;
  };
  for (const auto& c : {Case{200, R"({"out_trade_no":"att_1"})", TradeState::Closed}, Case{204, "", TradeState::Closed},
                        Case{200, R"({"recall":"Y"})", TradeState::Unknown},
                        Case{400, R"({"code":"ORDERREVERSED"})", TradeState::Closed},
                        Case{404, R"({"code":"ORDER_NOT_EXIST"})", TradeState::Closed},
                        Case{202, R"({"code":"USERPAYING"})", TradeState::Unknown},
                        Case{500, R"({"code":"SYSTEM_ERROR"})", TradeState::Unknown}}) {
    answer(reversing, c.status, c.body);
    EXPECT_EQ(cancel().state, c.state) << c.body;
  }
}

// --- refunds

TEST_F(WechatPayTest, ARefundNamesTheWholeAmountToo) {
  answer("POST /v3/refund/domestic/refunds", 200, R"({"out_refund_no":"ref_1","status":"PROCESSING"})");
  EXPECT_EQ(refund().state, RefundState::Pending);
  EXPECT_EQ(request_of("/v3/refund/domestic/refunds").body,
            R"({"out_trade_no":"att_1","out_refund_no":"ref_1","amount":{"refund":100,"total":12800,"currency":"CNY"},)"
            R"("reason":"退货"})");
  trade_is("SUCCESS");
  EXPECT_EQ(refund(false).state, RefundState::Pending) << "asks for the total when nobody tells it";
  EXPECT_THAT(request_of("/v3/refund/domestic/refunds").body, HasSubstr(R"("total":12800)"));
}

TEST_F(WechatPayTest, ARefusedRefundFailedOnlyWhenTheProviderDoesNotKnowIt) {
  answer("POST /v3/refund/domestic/refunds", 403, R"({"code":"NOT_ENOUGH","message":"余额不足"})");
  answer("GET /v3/refund/domestic/refunds/ref_1", 404, R"({"code":"RESOURCE_NOT_EXISTS"})");
  EXPECT_EQ(refund().state, RefundState::Failed);
  EXPECT_EQ(refund().code, "NOT_ENOUGH");
  answer("GET /v3/refund/domestic/refunds/ref_1", 200, R"({"out_refund_no":"ref_1","status":"SUCCESS"})");
  EXPECT_EQ(refund().state, RefundState::Succeeded) << "an earlier call of this number had arrived";
  answer("GET /v3/refund/domestic/refunds/ref_1", 500, R"({"code":"SYSTEM_ERROR"})");
  EXPECT_EQ(refund().state, RefundState::Unknown);
  answer("POST /v3/refund/domestic/refunds", 429, R"({"code":"FREQUENCY_LIMITED"})");
  EXPECT_EQ(refund().state, RefundState::Unknown);
}

// --- notifications

net::HttpRequest notification(const json::object& resource, const std::string& event = "TRANSACTION.SUCCESS",
                              const PlatformKey& key = first_key(), Timestamp at = kNow) {
  net::HttpRequest request;
  request.method = "POST";
  request.body = json::serialize(json::object{{"id", "e1"},
                                              {"create_time", "2026-11-22T10:00:06+08:00"},
                                              {"event_type", event},
                                              {"resource_type", "encrypt-resource"},
                                              {"resource", resource}});
  request.headers = signature_headers(key, request.body, at);
  return request;
}

class WechatNotificationTest : public WechatPayTest {
 protected:
  void SetUp() override {
    trade_is("NOTPAY");
    query();  // brings the certificate
  }
  void expect_refused(const net::HttpRequest& request, const char* why) {
    const auto read = wechatpay_->read_notification(request);
    ASSERT_FALSE(read.ok()) << why;
    EXPECT_EQ(read.error().code(), "channel.notification_rejected");
    EXPECT_EQ(read.error().detail(), why);
  }
};

TEST_F(WechatNotificationTest, ReadsAProvenOne) {
  const auto read = wechatpay_->read_notification(notification(sealed(transaction("SUCCESS"), "transaction"))).value();
  EXPECT_EQ(read.number, "att_1");
  EXPECT_EQ(read.outcome.state, TradeState::Paid);
  EXPECT_EQ(read.outcome.paid->minor, 12800);
  EXPECT_EQ(read.outcome.trade_no, "4200");
}

TEST_F(WechatNotificationTest, RefusesEveryOther) {
  const auto good = sealed(transaction("SUCCESS"), "transaction");
  auto changed = notification(good);
  changed.body.replace(changed.body.find("e1"), 2, "e2");
  expect_refused(changed, "the signature does not verify");
  expect_refused(notification(good, "TRANSACTION.SUCCESS", first_key(), kNow.plus_s(-301)),
                 "the signature does not verify");
  expect_refused(notification(good, "TRANSACTION.SUCCESS", second_key()),
                 "signed by a certificate that is not known yet");
  expect_refused(notification(sealed(transaction("SUCCESS"), "transaction", "another key of 32 bytes, or not?")),
                 "the resource cannot be opened");
  auto moved = good;
  moved["associated_data"] = "refund";
  expect_refused(notification(moved), "the resource cannot be opened");
  auto other_algorithm = good;
  other_algorithm["algorithm"] = "AEAD_SM4_GCM";
  expect_refused(notification(other_algorithm), "the resource cannot be opened");
  expect_refused(notification(sealed("[]", "transaction")), "the resource names no order");
  expect_refused(notification(sealed(R"({"out_trade_no":"att_1","mchid":"1901","appid":"wx1"})", "transaction")),
                 "another merchant");
  expect_refused(notification(sealed(R"({"out_trade_no":"att_1","mchid":"1900","appid":"wx2"})", "transaction")),
                 "another application");
  net::HttpRequest none;
  none.body = R"({"event_type":"TRANSACTION.SUCCESS"})";
  none.headers = signature_headers(first_key(), none.body);
  expect_refused(none, "not a notification");
}

TEST_F(WechatNotificationTest, AnUnknownSerialLetsTheCertificatesBeFetchedForTheNextTry) {
  clock_.advance_ms(11000);
  signed_at_ = kNow.plus_s(11);
  certificates({&first_key(), &second_key()});
  const auto request = notification(sealed(transaction("SUCCESS"), "transaction"), "TRANSACTION.SUCCESS", second_key());
  signing_ = &second_key();
  EXPECT_FALSE(wechatpay_->read_notification(request).ok());
  // Joins the fetch that is under way, or finds it done.
  EXPECT_EQ(query().state, TradeState::AwaitingPayer);
  EXPECT_TRUE(wechatpay_->read_notification(request).ok());
}

/// Signed by the provider, so that only its form can refuse it.
TEST_F(WechatNotificationTest, NoProvenBodyOfAnyFormIsBelievedOrDoesHarm) {
  const std::string good = json::serialize(sealed(transaction("SUCCESS"), "transaction"));
  std::vector<std::string> bodies{"",
                                  "null",
                                  "[]",
                                  "{}",
                                  "\xff",
                                  R"({"event_type":"TRANSACTION.SUCCESS","resource":[]})",
                                  R"({"event_type":5,"resource":)" + good + "}",
                                  R"({"event_type":"TRANSACTION.SUCCESS","resource":{"ciphertext":""}})"};
  const auto whole = R"({"event_type":"TRANSACTION.SUCCESS","resource":)" + good + "}";
  for (std::size_t size = 0; size < whole.size(); size += 7) bodies.push_back(whole.substr(0, size));
  for (const auto& plain : {R"({"out_trade_no":5})", R"({"out_trade_no":"att_1"})",
                            R"({"out_trade_no":"att_1","mchid":1900,"appid":"wx1"})",
                            R"({"out_trade_no":"att_1","mchid":"1900","appid":null})"})
    bodies.push_back(R"({"event_type":"TRANSACTION.SUCCESS","resource":)" +
                     json::serialize(sealed(plain, "transaction")) + "}");
  for (const auto& body : bodies) {
    net::HttpRequest request;
    request.body = body;
    request.headers = signature_headers(first_key(), body);
    EXPECT_FALSE(wechatpay_->read_notification(request).ok()) << body;
  }
}

TEST_F(WechatNotificationTest, OneOfARefundSaysNothingNewOfTheTrade) {
  const auto read = wechatpay_->read_notification(notification(
      sealed(R"({"mchid":"1900","out_trade_no":"att_1","out_refund_no":"ref_1","refund_status":"SUCCESS"})", "refund"),
      "REFUND.SUCCESS"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().number, "att_1");
  EXPECT_EQ(read.value().outcome.state, TradeState::Unknown);
  EXPECT_EQ(read.value().outcome.code, "REFUND.SUCCESS");
}

TEST_F(WechatNotificationTest, AcknowledgesInTheProvidersWords) {
  EXPECT_EQ(wechatpay_->acknowledge(true).status, 204);
  EXPECT_EQ(wechatpay_->acknowledge(true).body, "");
  EXPECT_GE(wechatpay_->acknowledge(false).status, 400);
  EXPECT_THAT(wechatpay_->acknowledge(false).body, HasSubstr(R"("code":"FAIL")"));
}

// --- bills

TEST_F(WechatPayTest, ABillIsTakenOnlyWithItsHash) {
  const std::string file = "\xEF\xBB\xBF交易时间,公众账号ID\r\n`2026-11-21 10:00:00,`wx1\r\n";
  const auto base = "http://127.0.0.1:" + std::to_string(server_->port());
  answer("GET /v3/bill/tradebill", 200,
         R"({"hash_type":"SHA1","hash_value":")" + to_hex(crypto::sha1(file)) + R"(","download_url":")" + base +
             R"(/v3/billdownload/file?token=t"})");
  answer("GET /v3/billdownload/file", 200, file);
  const auto bill = [&] {
    return outcome_of<Result<std::string>>(
        [&](auto done) { wechatpay_->statement(date_from_text("2026-11-21").value(), done); });
  };
  const auto taken = bill();
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken.value(), file);
  EXPECT_EQ(request_of("/v3/bill/tradebill").query, "bill_date=2026-11-21&bill_type=ALL");
  EXPECT_THAT(std::string(request_of("/v3/billdownload/file").headers.get("Authorization")),
              HasSubstr("WECHATPAY2-SHA256-RSA2048"));
  answer("GET /v3/billdownload/file", 200, file + " ");
  EXPECT_EQ(bill().error().code(), "channel.statement_unavailable");
  answer("GET /v3/bill/tradebill", 400, R"({"code":"NO_STATEMENT_EXIST","message":"账单文件不存在"})");
  EXPECT_THAT(bill().error().detail(), HasSubstr("NO_STATEMENT_EXIST"));
}

}  // namespace
}  // namespace feiqian::channels::wechatpay
