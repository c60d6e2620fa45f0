// One order from its code to its end, over HTTP as a merchant's server does it.
#include <gtest/gtest.h>

#include "foundation/text.h"
#include "sandbox/alipay/signing.h"
#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::alipay {
namespace {

using testing::Rig;

constexpr auto kPrecreate = "alipay.trade.precreate";
constexpr auto kQuery = "alipay.trade.query";
constexpr auto kClose = "alipay.trade.close";
const std::string kOrder = R"({"out_trade_no":"o1","total_amount":"128.00","subject":"龙井茶"})";
const std::string kBiz = R"({"out_trade_no":"o1"})";

std::string code_path(const testing::GatewayAnswer& answer, Rig& rig) {
  return answer.text("qr_code").substr(rig.sandbox().url().size());
}

TEST(TradeFlow, ScannedPaidNotifiedRefunded) {
  Rig rig;
  const auto precreated = rig.call(kPrecreate, kOrder);
  ASSERT_EQ(precreated.outcome(), "10000");
  EXPECT_EQ(rig.call(kQuery, kBiz).outcome(), "40004 ACQ.TRADE_NOT_EXIST");  // nobody scanned it yet
  ASSERT_EQ(rig.http("GET", code_path(precreated, rig)).status, 200);
  const auto waiting = rig.call(kQuery, kBiz);
  EXPECT_EQ(waiting.text("trade_status"), "WAIT_BUYER_PAY");
  EXPECT_EQ(waiting.text("receipt_amount"), "0.00");
  EXPECT_TRUE(waiting.signature_right);

  ASSERT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
  const auto paid = rig.call(kQuery, R"({"trade_no":")" + waiting.text("trade_no") +
                                         R"(","out_trade_no":"other"})");  // trade_no beats out_trade_no
  EXPECT_EQ(paid.text("trade_status"), "TRADE_SUCCESS");
  EXPECT_EQ(paid.text("receipt_amount"), "128.00");

  const auto notice = rig.merchant().wait_for(1).at(0);
  EXPECT_EQ(notice.at("trade_status"), "TRADE_SUCCESS");
  EXPECT_EQ(notice.at("total_amount"), "128.00");
  EXPECT_EQ(notice.at("out_trade_no"), "o1");
  EXPECT_EQ(notice.at("subject"), "龙井茶");
  EXPECT_FALSE(notice.contains("body"));  // empty values are never sent
  EXPECT_TRUE(rig.provider_signed(notification_text(notice), notice.at("sign")));

  const auto part =
      rig.call("alipay.trade.refund", R"({"out_trade_no":"o1","refund_amount":"28.00","out_request_no":"r1"})");
  EXPECT_EQ(part.text("fund_change"), "Y");
  EXPECT_EQ(part.text("refund_fee"), "28.00");
  const auto refund_notice = rig.merchant().wait_for(2).at(1);
  EXPECT_EQ(refund_notice.at("refund_fee"), "28.00");
  EXPECT_EQ(refund_notice.at("out_biz_no"), "r1");
  EXPECT_EQ(refund_notice.at("trade_status"), "TRADE_SUCCESS");
  EXPECT_TRUE(rig.provider_signed(notification_text(refund_notice), refund_notice.at("sign")));

  EXPECT_EQ(rig.call("alipay.trade.refund", R"({"out_trade_no":"o1","refund_amount":"100.00","out_request_no":"r2"})")
                .text("refund_fee"),
            "128.00");
  EXPECT_EQ(rig.call(kQuery, kBiz).text("trade_status"), "TRADE_CLOSED");
  const auto last = rig.merchant().wait_for(3).at(2);
  EXPECT_EQ(last.at("trade_status"), "TRADE_CLOSED");
  EXPECT_TRUE(last.contains("gmt_close"));
}

TEST(TradeFlow, ARepeatedPrecreateGetsTheSameCodeOtherContentAnother) {
  Rig rig;
  const auto first = rig.call(kPrecreate, kOrder).text("qr_code");
  EXPECT_EQ(rig.call(kPrecreate, kOrder).text("qr_code"), first);
  const auto other = rig.call(kPrecreate, R"({"out_trade_no":"o1","total_amount":"1.00","subject":"龙井茶"})");
  EXPECT_NE(other.text("qr_code"), first);
  rig.http("GET", code_path(other, rig));
  EXPECT_EQ(rig.call(kPrecreate, kOrder).outcome(), "40004 ACQ.CONTEXT_INCONSISTENT");
  const auto refused = rig.http("GET", first.substr(rig.sandbox().url().size()));
  EXPECT_NE(refused.body.find("订单信息不一致"), std::string::npos);
}

TEST(TradeFlow, PrecreateTellsHowTheOrderEnded) {
  Rig rig;
  rig.call(kPrecreate, kOrder);
  rig.control("POST", "/trades/o1/pay", "{}");
  EXPECT_EQ(rig.call(kPrecreate, kOrder).outcome(), "40004 ACQ.TRADE_HAS_SUCCESS");
  rig.http("GET", code_path(rig.call(kPrecreate, R"({"out_trade_no":"o2","total_amount":"1.00","subject":"x"})"), rig));
  EXPECT_EQ(rig.call(kClose, R"({"out_trade_no":"o2"})").outcome(), "10000");
  EXPECT_EQ(rig.call(kPrecreate, R"({"out_trade_no":"o2","total_amount":"1.00","subject":"x"})").outcome(),
            "40004 ACQ.TRADE_HAS_CLOSE");
}

TEST(TradeFlow, AnUnscannedOrderIsUnknownToCloseAndStaysPayable) {
  Rig rig;
  rig.call(kPrecreate, kOrder);
  EXPECT_EQ(rig.call(kClose, kBiz).outcome(), "40004 ACQ.TRADE_NOT_EXIST");
  const auto cancelled = rig.call("alipay.trade.cancel", kBiz);
  EXPECT_EQ(cancelled.text("retry_flag"), "N");
  EXPECT_EQ(cancelled.text("action"), "");
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
}

TEST(TradeFlow, RevokeTakesTheCodeOfAnUnscannedOrderBack) {
  SandboxOptions options;
  options.close_unscanned = CloseUnscanned::Revoke;
  Rig rig(options);
  const auto code = rig.call(kPrecreate, kOrder);
  EXPECT_EQ(rig.call(kClose, kBiz).outcome(), "10000");
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 404);
  EXPECT_NE(rig.http("GET", code_path(code, rig)).body.find("二维码已失效"), std::string::npos);
}

TEST(TradeFlow, OnlyAnUnpaidTradeIsClosed) {
  Rig rig;
  rig.http("GET", code_path(rig.call(kPrecreate, kOrder), rig));
  EXPECT_EQ(rig.call(kClose, kBiz).outcome(), "10000");
  EXPECT_EQ(rig.call(kClose, kBiz).outcome(), "40004 ACQ.TRADE_STATUS_ERROR");
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 409);
  rig.call(kPrecreate, R"({"out_trade_no":"o2","total_amount":"1.00","subject":"x"})");
  rig.control("POST", "/trades/o2/pay", "{}");
  EXPECT_EQ(rig.call(kClose, R"({"out_trade_no":"o2"})").outcome(), "40004 ACQ.TRADE_STATUS_ERROR");
}

TEST(TradeFlow, AnUnpaidTradeClosesWhenItsTimeIsUp) {
  Rig rig;
  rig.http("GET",
           code_path(rig.call(kPrecreate,
                              R"({"out_trade_no":"o1","total_amount":"1.00","subject":"x","timeout_express":"5m"})"),
                     rig));
  rig.clock.advance_ms(5 * 60000 - 1);
  EXPECT_EQ(rig.call(kQuery, kBiz).text("trade_status"), "WAIT_BUYER_PAY");
  rig.clock.advance_ms(1);
  EXPECT_EQ(rig.call(kQuery, kBiz).text("trade_status"), "TRADE_CLOSED");
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 409);
}

TEST(TradeFlow, ACodeIsNotScannedAfterItsTime) {
  Rig rig;
  for (const bool absolute : {false, true}) {
    const std::string order = absolute ? "absolute" : "relative";
    const auto expire = to_china_time(rig.clock.now().plus_s(90));
    const auto limit = absolute ? R"("time_expire":")" + expire + "\"" : R"("qr_code_timeout_express":"1m")";
    const auto asked = R"({"out_trade_no":")" + order + R"(","total_amount":"1.00","subject":"x",)" + limit + "}";
    const auto code = rig.call(kPrecreate, asked);
    ASSERT_EQ(code.outcome(), "10000");
    rig.clock.advance_ms(120000);
    EXPECT_NE(rig.http("GET", code_path(code, rig)).body.find("二维码已失效"), std::string::npos) << limit;
    EXPECT_EQ(rig.call(kQuery, R"({"out_trade_no":")" + order + "\"}").outcome(), "40004 ACQ.TRADE_NOT_EXIST");
    EXPECT_NE(rig.control("POST", "/trades/" + order + "/pay", "{}").status, 200);
    EXPECT_EQ(rig.call(kPrecreate, asked).outcome(), absolute ? "40004 ACQ.INVALID_PARAMETER" : "10000");
  }
}

TEST(TradeFlow, EverythingAnsweredSurvivesARestart) {
  Rig rig;
  rig.call(kPrecreate, kOrder);
  rig.control("POST", "/trades/o1/pay", "{}");
  rig.call("alipay.trade.refund", R"({"out_trade_no":"o1","refund_amount":"1.00","out_request_no":"r1"})");
  const auto code =
      rig.call(kPrecreate, R"({"out_trade_no":"o2","total_amount":"2.00","subject":"x"})").text("qr_code");
  const auto path = code.substr(rig.sandbox().url().size());
  rig.restart();
  const auto trade = rig.trade("o1");
  EXPECT_EQ(trade.at("state"), "TRADE_SUCCESS");
  EXPECT_EQ(trade.at("refunded_minor"), 100);
  EXPECT_EQ(rig.http("GET", path).status, 200);
  EXPECT_EQ(rig.trade("o2").at("state"), "WAIT_BUYER_PAY");
}

TEST(TradeFlow, CreatedForABuyer) {
  Rig rig;
  const auto biz = R"({"out_trade_no":"o1","total_amount":"1.00","subject":"x","buyer_id":"2088722013000001"})";
  const auto created = rig.call("alipay.trade.create", biz);
  EXPECT_EQ(created.text("trade_no").size(), 28U);
  EXPECT_EQ(rig.call("alipay.trade.create", biz).text("trade_no"), created.text("trade_no"));
  EXPECT_EQ(rig.call("alipay.trade.create", R"({"out_trade_no":"o2","total_amount":"1.00","subject":"x"})").outcome(),
            "40004 ACQ.INVALID_PARAMETER");
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
