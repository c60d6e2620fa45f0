// One order from its code to its end, over HTTP as a merchant's server does it: prepays, barcodes, close, reverse,
// refunds, bills.
#include <gtest/gtest.h>

#include "crypto/sha1.h"
#include "foundation/text.h"
#include "sandbox/testing/wechat_merchant.h"
#include "sandbox/wechatpay/bill_text.h"

namespace feiqian::sandbox::wechatpay {
namespace {

using testing::Rig;
using testing::WechatMerchant;
namespace json = codec::json;

const std::string kMchid = R"({"mchid":"1900000001"})";
const std::string kReverse = R"({"mchid":"1900000001","appid":"wx0000000000000001"})";

class WechatTradeFlow : public ::testing::Test {
 protected:
  testing::ApiAnswer close(const std::string& number) {
    return merchant.post("/v3/pay/transactions/out-trade-no/" + number + "/close", kMchid);
  }
  testing::ApiAnswer reverse(const std::string& number) {
    return merchant.post("/v3/pay/transactions/out-trade-no/" + number + "/reverse", kReverse);
  }
  int pay(const std::string& number, const std::string& body = "{}") {
    return rig.control("POST", "/trades/" + number + "/pay", body).status;
  }
  std::string state_of(const std::string& number) { return merchant.query(number).text("trade_state"); }
  Rig rig;
  WechatMerchant merchant{rig};
};

TEST_F(WechatTradeFlow, ScannedPaidNotifiedRefunded) {
  const auto made = merchant.native("order1");
  ASSERT_EQ(made.outcome(), "200");
  EXPECT_EQ(state_of("order1"), "NOTPAY");
  const auto path = made.text("code_url").substr(rig.sandbox().url().size());
  EXPECT_EQ(rig.http("GET", path).status, 200);
  ASSERT_EQ(pay("order1"), 200);
  const auto paid = merchant.query("order1");
  EXPECT_EQ(paid.text("trade_state"), "SUCCESS");
  EXPECT_EQ(paid.body.at("amount").at("total").as_int64(), 12800);
  EXPECT_EQ(merchant.get("/v3/pay/transactions/id/" + paid.text("transaction_id") + "?mchid=1900000001").raw, paid.raw);

  const auto notice = rig.merchant().wait_for_requests(1).at(0);
  EXPECT_TRUE(merchant.provider_signed(notice.headers, notice.body));
  const auto envelope = codec::parse_json(notice.body).value();
  EXPECT_EQ(envelope.at("event_type").as_string(), "TRANSACTION.SUCCESS");
  EXPECT_EQ(envelope.at("resource").at("original_type").as_string(), "transaction");
  const auto content = merchant.opened(envelope.at("resource").as_object());
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(codec::parse_json(*content).value().at("out_trade_no").as_string(), "order1");

  EXPECT_EQ(merchant.refund("order1", "r1", 2800).text("status"), "SUCCESS");
  EXPECT_EQ(state_of("order1"), "REFUND");
  const auto refunded = codec::parse_json(rig.merchant().wait_for_requests(2).at(1).body).value();
  EXPECT_EQ(refunded.at("event_type").as_string(), "REFUND.SUCCESS");
  EXPECT_EQ(merchant.get("/v3/refund/domestic/refunds/r1").text("status"), "SUCCESS");
}

TEST_F(WechatTradeFlow, EveryScenePrepaysItsOwnWay) {
  const auto body = [&](const std::string& number, const std::string& more) {
    return R"({"appid":"wx0000000000000001","mchid":"1900000001","description":"x","out_trade_no":")" + number +
           R"(","notify_url":")" + rig.merchant().url() + R"(","amount":{"total":1})" + more + "}";
  };
  EXPECT_TRUE(merchant.post("/v3/pay/transactions/jsapi", body("jsapi1", R"(,"payer":{"openid":"o"})"))
                  .text("prepay_id")
                  .starts_with("wx"));
  EXPECT_EQ(merchant.post("/v3/pay/transactions/jsapi", body("jsapi2", "")).outcome(), "400 PARAM_ERROR");
  EXPECT_FALSE(merchant.post("/v3/pay/transactions/app", body("app001", "")).text("prepay_id").empty());
  const auto h5 =
      merchant.post("/v3/pay/transactions/h5",
                    body("h50001", R"(,"scene_info":{"payer_client_ip":"203.0.113.7","h5_info":{"type":"Wap"}})"));
  EXPECT_EQ(rig.http("GET", h5.text("h5_url").substr(rig.sandbox().url().size())).status, 200);
  EXPECT_EQ(merchant.post("/v3/pay/transactions/h5", body("h50002", "")).outcome(), "400 PARAM_ERROR");
  ASSERT_EQ(pay("app001"), 200);
  EXPECT_EQ(merchant.query("app001").text("trade_type"), "APP");
}

TEST_F(WechatTradeFlow, TheSameOrderLeadsToTheSameCodeOtherContentIsRefused) {
  const auto first = merchant.native("order1").text("code_url");
  EXPECT_EQ(merchant.native("order1").text("code_url"), first);
  EXPECT_EQ(merchant.native("order1", 1).outcome(), "400 INVALID_REQUEST");
  pay("order1");
  EXPECT_EQ(merchant.native("order1").outcome(), "400 ORDERPAID");
  merchant.native("order2");
  EXPECT_EQ(close("order2").outcome(), "204");
  EXPECT_EQ(merchant.native("order2").outcome(), "400 ORDER_CLOSED");
}

TEST_F(WechatTradeFlow, OnlyAnUnpaidOrderIsClosed) {
  merchant.native("order1");
  EXPECT_EQ(close("order1").outcome(), "204");
  EXPECT_EQ(close("order1").outcome(), "400 ORDER_CLOSED");
  EXPECT_EQ(pay("order1"), 409);
  merchant.native("order2");
  pay("order2");
  EXPECT_EQ(close("order2").outcome(), "400 ORDERPAID");
  EXPECT_EQ(close("order3").outcome(), "404 ORDER_NOT_EXIST");
  EXPECT_EQ(reverse("order2").outcome(), "400 INVALID_REQUEST") << "only barcodes are reversed";
}

TEST_F(WechatTradeFlow, AnUnpaidOrderClosesWhenItsTimeIsUp) {
  const auto expire = to_china_time(rig.clock.now().plus_s(60)).replace(10, 1, "T") + "+08:00";
  merchant.post("/v3/pay/transactions/native",
                R"({"appid":"wx0000000000000001","mchid":"1900000001","description":"x","out_trade_no":"order1",)"
                R"("notify_url":"http://127.0.0.1:9/n","amount":{"total":1},"time_expire":")" +
                    expire + "\"}");
  rig.clock.advance_ms(59999);
  EXPECT_EQ(state_of("order1"), "NOTPAY");
  rig.clock.advance_ms(1);
  EXPECT_EQ(state_of("order1"), "CLOSED");
  EXPECT_EQ(pay("order1"), 409);
}

TEST_F(WechatTradeFlow, ABarcodeIsPaidAtOnceAndNotNotified) {
  const auto code = merchant.auth_code("rich");
  const auto paid = merchant.codepay("order1", code);
  EXPECT_EQ(paid.text("trade_state"), "SUCCESS");
  EXPECT_EQ(paid.text("trade_type"), "MICROPAY");
  EXPECT_EQ(merchant.codepay("order1", code).text("transaction_id"), paid.text("transaction_id")) << "asked again";
  EXPECT_EQ(merchant.codepay("order1", merchant.auth_code("rich")).outcome(), "403 OUT_TRADE_NO_USED");
  EXPECT_EQ(merchant.codepay("order2", code).outcome(), "400 AUTHCODEEXPIRE") << "a barcode is good for one use";
  EXPECT_EQ(merchant.codepay("order3", "130000000000000000").outcome(), "400 AUTH_CODE_INVALID");
  EXPECT_EQ(rig.trade("order1").at("notifications").as_array().size(), 0U);
}

TEST_F(WechatTradeFlow, APayerWhoMustConfirmDoesOrDoesNot) {
  EXPECT_EQ(merchant.codepay("order1", merchant.auth_code("slow")).outcome(), "202 USERPAYING");
  EXPECT_EQ(state_of("order1"), "USERPAYING");
  EXPECT_EQ(close("order1").outcome(), "202 USERPAYING");
  EXPECT_EQ(reverse("order1").outcome(), "202 USERPAYING");
  EXPECT_EQ(pay("order1"), 200);
  EXPECT_EQ(state_of("order1"), "SUCCESS");
  merchant.codepay("order2", merchant.auth_code("slow"));
  rig.clock.advance_ms(90000);
  EXPECT_EQ(state_of("order2"), "PAYERROR");
  EXPECT_EQ(close("order2").outcome(), "403 TRADE_ERROR");
  EXPECT_EQ(reverse("order2").outcome(), "200");
  EXPECT_EQ(state_of("order2"), "REVOKED");
  EXPECT_EQ(reverse("order2").outcome(), "200") << "again is the same";
}

TEST_F(WechatTradeFlow, AReversalGivesTheMoneyBackAndLeavesNothingToRefund) {
  merchant.codepay("order1", merchant.auth_code("rich"));
  EXPECT_EQ(reverse("order1").outcome(), "200");
  EXPECT_EQ(state_of("order1"), "REVOKED");
  EXPECT_EQ(rig.trade("order1").at("refunded_minor").as_int64(), 12800);
  EXPECT_EQ(merchant.refund("order1", "r1", 1).outcome(), "400 INVALID_REQUEST");
  EXPECT_EQ(reverse("order9").outcome(), "404 ORDER_NOT_EXIST");
}

TEST_F(WechatTradeFlow, APoorPayerLeavesAFailedTrade) {
  const auto code = merchant.auth_code("poor");
  EXPECT_EQ(merchant.codepay("order1", code).outcome(), "403 NOTENOUGH");
  EXPECT_EQ(merchant.codepay("order1", code).outcome(), "403 NOTENOUGH");
  EXPECT_EQ(state_of("order1"), "PAYERROR");
}

TEST_F(WechatTradeFlow, RefundsAreIdempotentAndNeverMoreThanWasPaid) {
  merchant.native("order1");
  EXPECT_EQ(merchant.refund("order1", "r0", 1).outcome(), "400 INVALID_REQUEST") << "not paid yet";
  pay("order1");
  EXPECT_EQ(merchant.refund("order1", "r1", 8000).outcome(), "200");
  EXPECT_EQ(merchant.refund("order1", "r1", 8000).outcome(), "200");
  EXPECT_EQ(rig.trade("order1").at("refunded_minor").as_int64(), 8000);
  EXPECT_EQ(merchant.refund("order1", "r1", 1).outcome(), "400 INVALID_REQUEST") << "other content";
  EXPECT_EQ(merchant.refund("order1", "r2", 4801).outcome(), "400 INVALID_REQUEST");
  EXPECT_EQ(merchant.refund("order1", "r2", 4800, 12801).outcome(), "400 INVALID_REQUEST") << "another total";
  EXPECT_EQ(merchant.get("/v3/refund/domestic/refunds/r2").outcome(), "404 RESOURCE_NOT_EXISTS");
  EXPECT_EQ(merchant.refund("order1", "r2", 4800).outcome(), "200");
  EXPECT_EQ(merchant.refund("order1", "r3", 1).outcome(), "400 INVALID_REQUEST");
  EXPECT_EQ(merchant.refund("order9", "r9", 1).outcome(), "404 RESOURCE_NOT_EXISTS");
}

TEST_F(WechatTradeFlow, BillsTellOfTheDayInTwoParts) {
  const auto today = to_text(china_date(rig.clock.now()));
  EXPECT_EQ(merchant.get("/v3/bill/tradebill?bill_date=" + today).outcome(), "400 NO_STATEMENT_EXIST");
  merchant.native("order1");
  pay("order1");
  merchant.refund("order1", "r1", 2800);
  const auto given = merchant.get("/v3/bill/tradebill?bill_date=" + today + "&bill_type=ALL");
  ASSERT_EQ(given.outcome(), "200");
  const auto target = given.text("download_url").substr(rig.sandbox().url().size());
  const auto file = merchant.get(target);
  EXPECT_FALSE(file.signature_right) << "the file is not signed";
  EXPECT_EQ(to_hex(crypto::sha1(file.raw)), given.text("hash_value"));
  EXPECT_TRUE(file.raw.starts_with("\xEF\xBB\xBF交易时间,"));
  const auto lines = split(file.raw, '\n');
  ASSERT_EQ(lines.size(), 6U) << file.raw;  // head, payment, refund, head, totals, and nothing after the last
  EXPECT_TRUE(lines[1].starts_with("`"));
  EXPECT_NE(lines[1].find("`128.00"), std::string_view::npos);
  EXPECT_NE(lines[2].find("`r1,`28.00"), std::string_view::npos) << lines[2];
  EXPECT_EQ(lines[4], "`2,`128.00,`28.00,`0.00,`0.26000,`128.00,`28.00\r");
  const auto funds = merchant.get("/v3/bill/fundflowbill?bill_date=" + today);
  const auto flow = merchant.get(funds.text("download_url").substr(rig.sandbox().url().size())).raw;
  EXPECT_NE(flow.find("`3,`1,`128.00,`2,`28.26\r\n"), std::string::npos) << flow;
  rig.clock.advance_ms(5 * 60000);
  EXPECT_EQ(merchant.get(target).status, 404) << "the address lives for five minutes";
  EXPECT_EQ(merchant.get("/v3/bill/tradebill?bill_date=tomorrow").outcome(), "400 PARAM_ERROR");
}

TEST(WechatBill, TheFeeRoundsHalfAFenUp) {
  EXPECT_EQ(fee_of(12800), 26);  // 25.6
  EXPECT_EQ(fee_of(249), 0);     // 0.498
  EXPECT_EQ(fee_of(250), 1);     // 0.5
}

TEST_F(WechatTradeFlow, EverythingAnsweredSurvivesARestart) {
  const auto code = merchant.native("order1").text("code_url");
  merchant.native("order2");
  pay("order2");
  merchant.refund("order2", "r1", 100);
  rig.restart();
  EXPECT_EQ(state_of("order1"), "NOTPAY");
  EXPECT_EQ(state_of("order2"), "REFUND");
  EXPECT_EQ(merchant.get("/v3/refund/domestic/refunds/r1").text("status"), "SUCCESS");
}

}  // namespace
}  // namespace feiqian::sandbox::wechatpay
