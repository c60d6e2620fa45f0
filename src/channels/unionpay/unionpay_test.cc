#include "channels/unionpay/unionpay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <future>

#include "codec/zip_archive.h"
#include "foundation/text.h"
#include "net/http_server.h"

namespace feiqian::channels::unionpay {
namespace {

constexpr Timestamp kNow{1795312800000000};  // 2026-11-22 10:00:00 in China
constexpr const char* kMerchant = "777290058110048";
constexpr const char* kNumber = "att_0dw78xa000005";
constexpr const char* kOrderId = "att0dw78xa000005";
constexpr const char* kTxnTime = "20261122100000";
constexpr const char* kRefundNumber = "ref_0dw78xa000006";
const Secret kKey("0123456789abcdef0123456789abcdef");

MessageSigner provider() {
  return MessageSigner::by_key(SignMethod::Sha256Key, kKey);
}

Settings settings_for(const std::string& url) {
  return {url, url + "/file", kMerchant, provider(), MessageVerifier::by_key(SignMethod::Sha256Key, kKey), 3000};
}

class UnionPayTest : public ::testing::Test {
 protected:
  UnionPayTest() {
    server_ =
        net::HttpServer::start(runtime_, {}, [this](const net::HttpRequest& request, const net::Responder& responder) {
          paths_.push_back(request.path);
          requests_.push_back(parse_form(request.body).value());
          auto body = bodies_.empty() ? std::string() : bodies_.front();
          if (bodies_.size() > 1) bodies_.pop_front();
          responder.send({status_, {}, body});
        }).value();
    unionpay_ = std::make_unique<UnionPay>(settings_for("http://127.0.0.1:" + std::to_string(server_->port())), client_,
                                           clock_);
  }

  static std::string signed_body(Fields fields) {
    fields.emplace("merId", kMerchant);
    provider().sign(fields);
    std::string body;
    for (const auto& [name, value] : fields) body += (body.empty() ? "" : "&") + name + "=" + value;
    return body;
  }
  /// The provider answers with these, the last one for ever.
  void provider_says(const std::vector<Fields>& answers) {
    bodies_.clear();
    for (const auto& answer : answers) bodies_.push_back(signed_body(answer));
  }
  static Fields found(const std::string& orig_resp_code, const char* order_id = kOrderId) {
    return {{"respCode", "00"},    {"orderId", order_id},           {"txnTime", kTxnTime},
            {"txnAmt", "12800"},   {"currencyCode", "156"},         {"queryId", "202611221000000000001"},
            {"bizType", "000201"}, {"origRespCode", orig_resp_code}};
  }
  template <class Outcome, class Call>
  Outcome outcome_of(Call call) {
    std::promise<Outcome> promise;
    call([&](Outcome outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  }
  TradeOutcome pay(Scene scene) {
    return outcome_of<TradeOutcome>([&](auto done) { unionpay_->pay(order(scene), done); });
  }
  TradeOutcome query(const std::string& number = kNumber) {
    return outcome_of<TradeOutcome>([&](auto done) { unionpay_->query(number, done); });
  }
  TradeOutcome cancel() {
    return outcome_of<TradeOutcome>([&](auto done) { unionpay_->cancel(kNumber, done); });
  }
  static PayOrder order(Scene scene) {
    PayOrder order;
    order.number = kNumber;
    order.amount = {12800, money::kCny};
    order.subject = "龙井茶 {&=}";
    order.scene = scene;
    order.auth_code = scene == Scene::Barcode ? "6220000000000000000" : "";
    order.expires_at = kNow.plus_s(900);
    order.notify_url = "https://pay.example/channels/unionpay/notify";
    order.return_url = "https://pay.example/cashier/token";
    return order;
  }
  static RefundOrder refund_order() { return {kNumber, kRefundNumber, {100, money::kCny}, ""}; }

  ManualClock clock_{kNow};
  net::Runtime runtime_{1};
  net::HttpClient client_{runtime_};
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<UnionPay> unionpay_;
  std::deque<std::string> bodies_;
  int status_ = 200;
  std::vector<std::string> paths_;
  std::vector<Fields> requests_;
};

TEST_F(UnionPayTest, ACodeIsAskedForWithTheOrdersFieldsSigned) {
  provider_says({{{"respCode", "00"}, {"qrCode", "https://qr.95516.com/00010000/1"}}});
  const auto outcome = pay(Scene::Qr);
  EXPECT_EQ(outcome.state, TradeState::AwaitingPayer);
  EXPECT_EQ(outcome.qr_code, "https://qr.95516.com/00010000/1");
  ASSERT_EQ(paths_.back(), "/gateway/api/backTransReq.do");
  const auto& sent = requests_.back();
  const Fields expected{{"accessType", "0"},
                        {"backUrl", "https://pay.example/channels/unionpay/notify"},
                        {"bizType", "000000"},
                        {"channelType", "08"},
                        {"currencyCode", "156"},
                        {"encoding", "UTF-8"},
                        {"merId", kMerchant},
                        {"orderId", kOrderId},
                        {"payTimeout", "20261122101500"},
                        {"reqReserved", "20261122101500"},
                        {"riskRateInfo", "{commodityName=龙井茶 }"},
                        {"signMethod", "11"},
                        {"txnAmt", "12800"},
                        {"txnSubType", "07"},
                        {"txnTime", kTxnTime},
                        {"txnType", "01"},
                        {"version", "5.1.0"}};
  auto unsigned_fields = sent;
  unsigned_fields.erase("signature");
  EXPECT_EQ(unsigned_fields, expected);
  EXPECT_TRUE(MessageVerifier::by_key(SignMethod::Sha256Key, kKey).verify(sent, kNow).ok());
}

TEST_F(UnionPayTest, TheRedirectIsASignedForm) {
  for (const auto& [scene, channel_type] :
       std::vector<std::pair<Scene, std::string>>{{Scene::Page, "07"}, {Scene::Wap, "08"}}) {
    EXPECT_THAT(unionpay_->redirect_url(order(scene)).value(), ::testing::EndsWith("/gateway/api/frontTransReq.do"));
    const auto form = unionpay_->redirect_fields(order(scene)).value();
    const Fields fields(form.begin(), form.end());
    EXPECT_EQ(fields.at("channelType"), channel_type);
    EXPECT_EQ(fields.at("txnSubType"), "01");
    EXPECT_EQ(fields.at("bizType"), "000201");
    EXPECT_EQ(fields.at("frontUrl"), "https://pay.example/cashier/token");
    EXPECT_EQ(fields.at("orderId"), kOrderId);
    EXPECT_TRUE(MessageVerifier::by_key(SignMethod::Sha256Key, kKey).verify(fields, kNow).ok());
  }
  auto bad = order(Scene::Page);
  bad.number = "not-an-id";
  EXPECT_FALSE(unionpay_->redirect_url(bad).ok());
  EXPECT_FALSE(unionpay_->redirect_fields(bad).ok());
}

TEST_F(UnionPayTest, WhatAnAnswerToPayMeans) {
  struct Case {
    Scene scene;
    Fields answer;
    TradeState state;
    const char* code;
  };
  for (const auto& c : std::vector<Case>{
           {Scene::Qr, {{"respCode", "00"}}, TradeState::Unknown, "00"},
           {Scene::Qr, {{"respCode", "12"}}, TradeState::Unknown, "12"},
           {Scene::Qr, {{"respCode", "31"}}, TradeState::Failed, "channel.declined"},
           {Scene::Qr, {{"respCode", "99"}}, TradeState::Unknown, "99"},
           {Scene::Barcode, {{"respCode", "00"}}, TradeState::AwaitingPayer, "00"},
           {Scene::Barcode, {{"respCode", "A6"}}, TradeState::AwaitingPayer, "A6"},
           {Scene::Barcode, {{"respCode", "03"}}, TradeState::Unknown, "03"},
           {Scene::Barcode, {{"respCode", "04"}}, TradeState::Unknown, "04"},
           {Scene::Barcode, {{"respCode", "05"}}, TradeState::Unknown, "05"},
           {Scene::Barcode, {{"respCode", "12"}}, TradeState::Unknown, "12"},
           {Scene::Barcode, {{"respCode", "34"}}, TradeState::Unknown, "34"},
           {Scene::Barcode, {{"respCode", "64"}}, TradeState::Failed, "payer.insufficient_balance"},
           {Scene::Barcode, {{"respCode", "88"}}, TradeState::Failed, "payer.code_invalid"},
           {Scene::Barcode, {{"respCode", "Z9"}}, TradeState::Unknown, "Z9"},
       }) {
    provider_says({c.answer});
    requests_.clear();
    const auto outcome = pay(c.scene);
    EXPECT_EQ(outcome.state, c.state) << c.answer.at("respCode");
    EXPECT_EQ(outcome.code, c.code) << c.answer.at("respCode");
    EXPECT_FALSE(outcome.paid.has_value()) << "accepted is not paid";
    if (c.scene == Scene::Barcode) {
      EXPECT_EQ(requests_.front().at("qrNo"), "6220000000000000000");
      EXPECT_EQ(requests_.front().at("txnSubType"), "06");
    }
  }
}

TEST_F(UnionPayTest, AnAcceptedPaymentByCodeIsAskedAboutAtOnce) {
  struct Case {
    Fields found;
    TradeState state;
    const char* code;
  };
  for (const auto& c : std::vector<Case>{{found("00"), TradeState::Paid, "00"},
                                         {found("64"), TradeState::Failed, "payer.insufficient_balance"},
                                         {found("05"), TradeState::AwaitingPayer, "00"},
                                         {{{"respCode", "34"}}, TradeState::AwaitingPayer, "00"},
                                         {{{"respCode", "99"}}, TradeState::AwaitingPayer, "00"}}) {
    provider_says({{{"respCode", "00"}}, c.found});
    requests_.clear();
    const auto outcome = pay(Scene::Barcode);
    EXPECT_EQ(outcome.state, c.state);
    EXPECT_EQ(outcome.code, c.code);
    EXPECT_EQ(outcome.paid.has_value(), c.state == TradeState::Paid);
    ASSERT_EQ(requests_.size(), 2U);
    EXPECT_EQ(requests_.back().at("txnType"), "00");
  }
}

TEST_F(UnionPayTest, WhatAnAnswerToAQueryMeans) {
  const auto with = [](const char* name, const char* value) {
    auto fields = found("00");
    fields[name] = value;
    return fields;
  };
  struct Case {
    const char* why;
    Fields answer;
    TradeState state;
  };
  for (const auto& c : std::vector<Case>{
           {"paid", found("00"), TradeState::Paid},
           {"paid with a defect", found("A6"), TradeState::Paid},
           {"timed out", found("03"), TradeState::Unknown},
           {"state unknown", found("04"), TradeState::Unknown},
           {"accepted", found("05"), TradeState::Unknown},
           {"charged too late", found("42"), TradeState::Unknown},
           {"no money", found("64"), TradeState::Failed},
           {"reversed", found("46"), TradeState::Closed},
           {"a code nobody knows", found("X1"), TradeState::Unknown},
           {"no code", found(""), TradeState::Unknown},
           {"no such order", {{"respCode", "34"}}, TradeState::NotFound},
           {"asked too often", {{"respCode", "37"}}, TradeState::Unknown},
           {"the query was not accepted", {{"respCode", "11"}}, TradeState::Unknown},
           {"another order", with("orderId", "att0dw78xa000006"), TradeState::Unknown},
           {"another time", with("txnTime", "20261122100001"), TradeState::Unknown},
           {"no amount", with("txnAmt", ""), TradeState::Unknown},
           {"an amount in yuan", with("txnAmt", "128.00"), TradeState::Unknown},
           {"a negative amount", with("txnAmt", "-12800"), TradeState::Unknown},
           {"another currency", with("currencyCode", "840"), TradeState::Unknown},
           {"another merchant", with("merId", "777290058110049"), TradeState::Unknown},
       }) {
    provider_says({c.answer});
    const auto outcome = query();
    EXPECT_EQ(outcome.state, c.state) << c.why;
    EXPECT_EQ(outcome.paid.has_value(), c.state == TradeState::Paid) << c.why;
  }
  // On the provider's page another card may be tried until the order's time is up.
  auto refused = found("64");
  refused["reqReserved"] = "20261122101500";
  provider_says({refused});
  EXPECT_EQ(query().state, TradeState::AwaitingPayer);
  clock_.advance_ms(15 * 60 * 1000);
  EXPECT_EQ(query().state, TradeState::Failed);
  refused["reqReserved"] = "something else";
  provider_says({refused});
  EXPECT_EQ(query().state, TradeState::Failed);
  provider_says({found("00")});
  const auto paid = query();
  EXPECT_EQ(paid.paid->minor, 12800);
  EXPECT_EQ(paid.trade_no, "202611221000000000001");
  EXPECT_EQ(paths_.back(), "/gateway/api/queryTrans.do");
  EXPECT_EQ(requests_.back().at("orderId"), kOrderId);
  EXPECT_EQ(requests_.back().at("txnTime"), kTxnTime);
  EXPECT_EQ(query("att_1").state, TradeState::NotFound);
}

TEST_F(UnionPayTest, AnAnswerThatIsNotProvenIsUnknown) {
  const auto good = signed_body(found("00"));
  auto changed = good;
  changed.replace(changed.find("12800"), 5, "22800");
  auto unsigned_body = good.substr(0, good.find("&signature="));
  struct Case {
    std::string body;
    int status;
    const char* code;
  };
  for (const auto& c : std::vector<Case>{
           {changed, 200, "channel.answer_unverified"},
           {unsigned_body, 200, "channel.answer_unverified"},
           {good + "&respCode=00", 200, "channel.answer_unreadable"},
           {"", 200, "channel.answer_unreadable"},
           {"<html>", 200, "channel.answer_unreadable"},
           {good, 500, "http.500"},
           {good, 302, "http.302"},
       }) {
    bodies_ = {c.body};
    status_ = c.status;
    const auto outcome = query();
    EXPECT_EQ(outcome.state, TradeState::Unknown) << c.body;
    EXPECT_EQ(outcome.code, c.code) << c.body;
    EXPECT_EQ(pay(Scene::Barcode).state, TradeState::Unknown) << c.body;
  }
}

TEST_F(UnionPayTest, AnAnswerAboutAnotherOrderIsNoAnswer) {
  provider_says({{{"respCode", "64"}, {"orderId", "att0dw78xa000009"}}});
  const auto outcome = pay(Scene::Barcode);
  EXPECT_EQ(outcome.state, TradeState::Unknown);
  EXPECT_EQ(outcome.code, "channel.answer_misplaced");
}

TEST_F(UnionPayTest, AProviderThatCannotBeReachedExecutedNothing) {
  unionpay_ = std::make_unique<UnionPay>(settings_for("http://127.0.0.1:1"), client_, clock_);
  EXPECT_EQ(pay(Scene::Barcode).state, TradeState::Failed);
  EXPECT_EQ(pay(Scene::Barcode).code, "channel.unreachable");
  EXPECT_EQ(query().state, TradeState::Unknown) << "a query that was not sent tells nothing";
}

TEST_F(UnionPayTest, CloseOnlyAsks) {
  struct Case {
    Fields answer;
    TradeState state;
  };
  for (const auto& c : std::vector<Case>{{found("00"), TradeState::Paid},
                                         {found("64"), TradeState::Closed},
                                         {found("05"), TradeState::Unknown},
                                         {{{"respCode", "34"}}, TradeState::NotFound},
                                         {{{"respCode", "99"}}, TradeState::Unknown}}) {
    provider_says({c.answer});
    const auto outcome = outcome_of<TradeOutcome>([&](auto done) { unionpay_->close(kNumber, done); });
    EXPECT_EQ(outcome.state, c.state);
    EXPECT_EQ(paths_.back(), "/gateway/api/queryTrans.do");
  }
}

TEST_F(UnionPayTest, CancelReversesUnderThePaymentsOwnName) {
  provider_says({{{"respCode", "00"}}});
  EXPECT_EQ(cancel().state, TradeState::Closed);
  EXPECT_EQ(requests_.back().at("txnType"), "99");
  EXPECT_EQ(requests_.back().at("orderId"), kOrderId);
  EXPECT_EQ(requests_.back().at("txnTime"), kTxnTime);
  for (const char* code : {"45", "46"}) {
    provider_says({{{"respCode", code}}});
    EXPECT_EQ(cancel().state, TradeState::Closed) << code;
  }
  for (const char* code : {"03", "05", "06", "99", "??"}) {
    provider_says({{{"respCode", code}}});
    EXPECT_EQ(cancel().state, TradeState::Unknown) << code;
  }
}

TEST_F(UnionPayTest, APaymentThatCannotBeReversedIsVoided) {
  provider_says({{{"respCode", "39"}}, found("00"), {{"respCode", "00"}}});
  EXPECT_EQ(cancel().state, TradeState::Unknown) << "accepted is not done";
  ASSERT_EQ(requests_.size(), 3U);
  const auto& sent = requests_.back();
  EXPECT_EQ(sent.at("txnType"), "31");
  EXPECT_EQ(sent.at("origQryId"), "202611221000000000001");
  EXPECT_EQ(sent.at("orderId"), std::string(kOrderId) + "V");
  EXPECT_EQ(sent.at("txnAmt"), "12800");
  struct Case {
    Fields original;
    TradeState state;
  };
  for (const auto& c : std::vector<Case>{{{{"respCode", "34"}}, TradeState::Closed},
                                         {found("64"), TradeState::Closed},
                                         {found("46"), TradeState::Closed},
                                         {found("05"), TradeState::Unknown},
                                         {{{"respCode", "99"}}, TradeState::Unknown}}) {
    requests_.clear();
    provider_says({{{"respCode", "35"}}, c.original});
    EXPECT_EQ(cancel().state, c.state);
    EXPECT_EQ(requests_.size(), 2U) << "nothing is voided that was not paid";
  }
}

TEST_F(UnionPayTest, ARefundNamesThePaymentByTheProvidersNumber) {
  provider_says({found("00"), {{"respCode", "00"}}});
  const auto outcome = outcome_of<RefundOutcome>([&](auto done) { unionpay_->refund(refund_order(), done); });
  EXPECT_EQ(outcome.state, RefundState::Pending);
  const auto& sent = requests_.back();
  EXPECT_EQ(sent.at("txnType"), "04");
  EXPECT_EQ(sent.at("origQryId"), "202611221000000000001");
  EXPECT_EQ(sent.at("bizType"), "000201") << "that of the payment";
  EXPECT_EQ(sent.at("orderId"), "ref0dw78xa000006");
  EXPECT_EQ(sent.at("txnAmt"), "100");
}

TEST_F(UnionPayTest, WhatAnswersToRefundsMean) {
  struct Case {
    std::vector<Fields> answers;
    RefundState state;
  };
  for (const auto& c : std::vector<Case>{{{found("00"), {{"respCode", "05"}}}, RefundState::Unknown},
                                         {{found("00"), {{"respCode", "12"}}}, RefundState::Unknown},
                                         {{found("00"), {{"respCode", "36"}}}, RefundState::Failed},
                                         {{found("00"), {{"respCode", "45"}}}, RefundState::Failed},
                                         {{found("05")}, RefundState::Unknown},
                                         {{{{"respCode", "34"}}}, RefundState::Unknown}}) {
    provider_says(c.answers);
    requests_.clear();
    EXPECT_EQ(outcome_of<RefundOutcome>([&](auto done) { unionpay_->refund(refund_order(), done); }).state, c.state);
    EXPECT_EQ(requests_.size(), c.answers.size());
  }
  const auto asked = [&](Fields answer) {
    if (answer.contains("txnAmt")) answer["txnAmt"] = "100";
    provider_says({answer});
    return outcome_of<RefundOutcome>([&](auto done) { unionpay_->query_refund(refund_order(), done); });
  };
  EXPECT_EQ(asked(found("00", "ref0dw78xa000006")).state, RefundState::Succeeded);
  EXPECT_EQ(asked(found("05", "ref0dw78xa000006")).state, RefundState::Pending);
  EXPECT_EQ(asked(found("01", "ref0dw78xa000006")).state, RefundState::Failed);
  EXPECT_EQ(asked(found("00")).state, RefundState::Unknown) << "the payment is not the refund";
  EXPECT_EQ(asked({{"respCode", "34"}}).state, RefundState::NotFound);
  EXPECT_EQ(asked({{"respCode", "99"}}).state, RefundState::Unknown);
  provider_says({found("00", "ref0dw78xa000006")});
  EXPECT_EQ(outcome_of<RefundOutcome>([&](auto done) { unionpay_->query_refund(refund_order(), done); }).code,
            "channel.amount_mismatch");
}

// --- notifications
// ------------------------------------------------------------------------------------------------------------------------------

Fields paid_notification() {
  return {{"merId", kMerchant}, {"orderId", kOrderId},        {"txnTime", kTxnTime},
          {"txnType", "01"},    {"txnAmt", "12800"},          {"currencyCode", "156"},
          {"respCode", "00"},   {"respMsg", "成功[0000000]"}, {"queryId", "202611221000000000001"}};
}
net::HttpRequest signed_notification(Fields fields, const MessageSigner& signer = provider()) {
  signer.sign(fields);
  net::HttpRequest request;
  request.body = to_form(fields);
  return request;
}

TEST_F(UnionPayTest, ReadsAProvenNotification) {
  const auto notification = unionpay_->read_notification(signed_notification(paid_notification())).value();
  EXPECT_EQ(notification.number, kNumber);
  EXPECT_EQ(notification.outcome.state, TradeState::Paid);
  EXPECT_EQ(notification.outcome.paid->minor, 12800);
  EXPECT_EQ(notification.outcome.trade_no, "202611221000000000001");
}

TEST_F(UnionPayTest, RefusesEveryOtherNotification) {
  const auto with = [](const char* name, const char* value) {
    auto fields = paid_notification();
    fields[name] = value;
    return signed_notification(fields);
  };
  auto changed = signed_notification(paid_notification());
  changed.body.replace(changed.body.find("12800"), 5, "22800");
  auto doubled = signed_notification(paid_notification());
  doubled.body += "&txnAmt=22800";
  net::HttpRequest broken;
  broken.body = "a=%";
  struct Case {
    const char* why;
    net::HttpRequest request;
  };
  for (const auto& c : std::vector<Case>{
           {"another merchant", with("merId", "777290058110049")},
           {"not about a payment", with("txnType", "04")},
           {"another time than the order's", with("txnTime", "20261122100001")},
           {"the signature does not verify", changed},
           {"the signature does not verify",
            signed_notification(paid_notification(), MessageSigner::by_key(SignMethod::Sha256Key, Secret("another")))},
           {"not signed by the agreed method",
            signed_notification(paid_notification(), MessageSigner::by_key(SignMethod::Sm3Key, kKey))},
           {"a field is given twice", doubled},
           {"not a form", broken},
           {"there are no fields", net::HttpRequest()}}) {
    const auto read = unionpay_->read_notification(c.request);
    ASSERT_FALSE(read.ok()) << c.why;
    EXPECT_EQ(read.error().code(), "channel.notification_rejected");
    EXPECT_EQ(read.error().detail(), c.why);
  }
}

TEST_F(UnionPayTest, ANotificationProvesNoMoreThanItSays) {
  const auto told = [&](const char* name, const char* value) {
    auto fields = paid_notification();
    fields[name] = value;
    return unionpay_->read_notification(signed_notification(fields)).value();
  };
  EXPECT_EQ(told("respCode", "05").outcome.state, TradeState::Unknown);
  EXPECT_EQ(told("respCode", "64").outcome.state, TradeState::Unknown) << "the payer may try another card";
  EXPECT_EQ(told("txnAmt", "128.00").outcome.state, TradeState::Unknown);
  EXPECT_EQ(told("currencyCode", "840").outcome.state, TradeState::Unknown);
  EXPECT_EQ(told("orderId", "20261122000001").number, "20261122000001") << "handed on to be looked at";
}

TEST_F(UnionPayTest, AcknowledgesByTheStatus) {
  EXPECT_EQ(unionpay_->acknowledge(true).status, 200);
  EXPECT_EQ(unionpay_->acknowledge(false).status, 503);
}

TEST_F(UnionPayTest, AStatementIsUnwrapped) {
  const auto content = to_base64(codec::deflate(codec::write_zip({{"INN26112188ZM_777290058110048", "lines\r\n"}})));
  provider_says({{{"respCode", "00"}, {"fileContent", content}}});
  const auto asked = [&] {
    return outcome_of<Result<std::string>>([&](auto done) { unionpay_->statement(Date{20261121}, done); });
  };
  EXPECT_EQ(asked().value(), "lines\r\n");
  EXPECT_EQ(paths_.back(), "/file");
  EXPECT_EQ(requests_.back().at("settleDate"), "1121");
  EXPECT_EQ(requests_.back().at("txnType"), "76");
  provider_says({{{"respCode", "98"}}});
  EXPECT_EQ(asked().error().code(), "channel.statement_unavailable");
  provider_says({{{"respCode", "00"}, {"fileContent", "%%"}}});
  EXPECT_FALSE(asked().ok());
}

}  // namespace
}  // namespace feiqian::channels::unionpay
