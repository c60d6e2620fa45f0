// What each kind of fault does to an Alipay order. refund_fail and refund_pending: refund_test.cc.
#include <gtest/gtest.h>

#include <set>

#include "sandbox/alipay/signing.h"
#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::alipay {
namespace {

using testing::Rig;

constexpr auto kPrecreate = "alipay.trade.precreate";
constexpr auto kQuery = "alipay.trade.query";
constexpr auto kClose = "alipay.trade.close";
const std::string kOrder = R"({"out_trade_no":"o1","total_amount":"128.00","subject":"x"})";
const std::string kBiz = R"({"out_trade_no":"o1"})";

class FaultKindsTest : public ::testing::Test {
 protected:
  void pay() {
    rig.call(kPrecreate, kOrder);
    ASSERT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
  }
  Result<net::HttpResponse> impatient(const std::string& method, const std::string& biz) {
    const auto given = rig.request(method, biz);
    return rig.try_http("POST", "/alipay/gateway.do", form_encode({given.begin(), given.end()}), {}, 300);
  }
  Rig rig;
};

TEST_F(FaultKindsTest, Http500HappensBeforeExecution) {
  rig.add_fault(R"({"kind":"http_500","method":"alipay.trade.precreate","times":1})");
  EXPECT_EQ(rig.call(kPrecreate, kOrder).status, 500);
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 404);
  EXPECT_EQ(rig.call(kPrecreate, kOrder).outcome(), "10000");
  EXPECT_EQ(rig.applied("http_500"), 1);
}

TEST_F(FaultKindsTest, SystemErrorIsTheProvidersOwnAndDoesNothing) {
  rig.add_fault(R"({"kind":"system_error","method":"alipay.trade.precreate","times":1})");
  const auto answer = rig.call(kPrecreate, kOrder);
  EXPECT_EQ(answer.outcome(), "20000 ACQ.SYSTEM_ERROR");
  EXPECT_TRUE(answer.signature_right);
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 404);
}

TEST_F(FaultKindsTest, TimeoutBeforeExecutionLeavesNothing) {
  rig.add_fault(R"({"kind":"timeout_before_execution","times":1})");
  EXPECT_TRUE(impatient(kPrecreate, kOrder).error().is(errors::kNoAnswer));
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 404);
}

TEST_F(FaultKindsTest, TimeoutAfterExecutionHasExecuted) {
  rig.add_fault(R"({"kind":"timeout_after_execution","times":1})");
  EXPECT_TRUE(impatient(kPrecreate, kOrder).error().is(errors::kNoAnswer));
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
}

TEST_F(FaultKindsTest, BadSignatureHasExecuted) {
  rig.add_fault(R"({"kind":"bad_signature","times":1})");
  const auto answer = rig.call(kPrecreate, kOrder);
  EXPECT_EQ(answer.outcome(), "10000");
  EXPECT_FALSE(answer.signature_right);
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
  EXPECT_TRUE(rig.call(kQuery, kBiz).signature_right);
}

TEST_F(FaultKindsTest, DelayAnswersLater) {
  rig.add_fault(R"({"kind":"delay","delay_ms":400,"times":1})");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(rig.call(kPrecreate, kOrder).outcome(), "10000");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(400));
}

TEST_F(FaultKindsTest, ATransportFaultOfOneOrderOnly) {
  rig.add_fault(R"({"kind":"http_500","out_trade_no":"o2"})");
  EXPECT_EQ(rig.call(kQuery, kBiz).status, 200);
  EXPECT_EQ(rig.call(kQuery, R"({"out_trade_no":"o2"})").status, 500);
}

TEST_F(FaultKindsTest, InsufficientBalanceMeetsCodesAndBarcodes) {
  rig.add_fault(R"({"kind":"insufficient_balance","times":2})");
  rig.call(kPrecreate, kOrder);
  const auto refused = rig.control("POST", "/trades/o1/pay", "{}");
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("payer.balance_not_enough"), std::string::npos);
  EXPECT_EQ(rig.trade("o1").at("state"), "WAIT_BUYER_PAY");
  const auto biz = R"({"out_trade_no":"b","total_amount":"1.00","subject":"x","scene":"bar_code","auth_code":")" +
                   rig.auth_code("rich") + "\"}";
  EXPECT_EQ(rig.call("alipay.trade.pay", biz).outcome(), "40004 ACQ.BUYER_BALANCE_NOT_ENOUGH");
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
}

TEST_F(FaultKindsTest, PayAfterCloseBringsMoneyToAClosedTrade) {
  for (const bool scanned : {true, false}) {
    const std::string number = scanned ? "scanned" : "unscanned";
    rig.add_fault(R"({"kind":"pay_after_close","delay_ms":2000,"out_trade_no":")" + number + "\"}");
    const auto made =
        rig.call(kPrecreate, R"({"out_trade_no":")" + number + R"(","total_amount":"1.00","subject":"x"})");
    if (scanned) rig.http("GET", made.text("qr_code").substr(rig.sandbox().url().size()));
    const auto biz = R"({"out_trade_no":")" + number + "\"}";
    EXPECT_EQ(rig.call(kClose, biz).outcome(), "10000");
    EXPECT_EQ(rig.call(kQuery, biz).text("trade_status"), "TRADE_CLOSED");
    rig.clock.advance_ms(2000);
    EXPECT_EQ(rig.call(kQuery, biz).text("trade_status"), "TRADE_SUCCESS");
    EXPECT_EQ(rig.merchant().wait_for(scanned ? 1 : 2).back().at("trade_status"), "TRADE_SUCCESS");
  }
}

TEST_F(FaultKindsTest, NotifyDropLosesOneDelivery) {
  rig.add_fault(R"({"kind":"notify_drop","times":1})");
  pay();
  EXPECT_EQ(rig.trade("o1").at("notify").at("last_problem"), "dropped by a fault");
  EXPECT_EQ(rig.merchant().count(), 0U);
  rig.clock.advance_ms(4 * 60000);
  EXPECT_EQ(rig.merchant().wait_for(1).size(), 1U);
}

TEST_F(FaultKindsTest, NotifyRepeatDeliversThreeTimes) {
  rig.add_fault(R"({"kind":"notify_repeat","times":1})");
  pay();
  const auto forms = rig.merchant().wait_for(3);
  ASSERT_EQ(forms.size(), 3U);
  EXPECT_EQ(forms[0].at("notify_id"), forms[2].at("notify_id"));
  rig.control("POST", "/notifications/flush", "{}");
  EXPECT_EQ(rig.merchant().count(), 3U);
}

TEST_F(FaultKindsTest, NotifyReorderLetsALaterOneOvertake) {
  rig.add_fault(R"({"kind":"notify_reorder","times":1})");
  pay();
  EXPECT_EQ(rig.call("alipay.trade.refund", R"({"out_trade_no":"o1","refund_amount":"1.00","out_request_no":"r1"})")
                .outcome(),
            "10000");
  const auto forms = rig.merchant().wait_for(2);
  ASSERT_EQ(forms.size(), 2U);
  EXPECT_TRUE(forms[0].contains("refund_fee"));
  EXPECT_FALSE(forms[1].contains("refund_fee"));
}

TEST_F(FaultKindsTest, NotifyReorderAloneComesAfterItsDelay) {
  rig.add_fault(R"({"kind":"notify_reorder","delay_ms":3000,"times":1})");
  pay();
  EXPECT_EQ(rig.trade("o1").at("notify").at("last_problem"), "held back by a fault");
  rig.clock.advance_ms(3000);
  EXPECT_EQ(rig.merchant().wait_for(1).size(), 1U);
}

TEST_F(FaultKindsTest, NotifyWrongAmountIsSignedRightAndRightNextTime) {
  rig.add_fault(R"({"kind":"notify_wrong_amount","minor":-50,"times":1})");
  rig.merchant().answer(200, "fail");
  pay();
  const auto wrong = rig.merchant().wait_for(1).at(0);
  EXPECT_EQ(wrong.at("total_amount"), "127.50");
  EXPECT_TRUE(rig.provider_signed(notification_text(wrong), wrong.at("sign")));
  rig.control("POST", "/notifications/flush", "{}");
  EXPECT_EQ(rig.merchant().wait_for(2).at(1).at("total_amount"), "128.00");
}

TEST_F(FaultKindsTest, NotifyBadSignatureIsOtherwiseRight) {
  rig.add_fault(R"({"kind":"notify_bad_signature","times":1})");
  pay();
  const auto wrong = rig.merchant().wait_for(1).at(0);
  EXPECT_EQ(wrong.at("total_amount"), "128.00");
  EXPECT_FALSE(rig.provider_signed(notification_text(wrong), wrong.at("sign")));
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
