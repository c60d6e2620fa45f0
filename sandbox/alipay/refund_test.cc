// alipay.trade.refund and alipay.trade.fastpay.refund.query.
#include <gtest/gtest.h>

#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::alipay {
namespace {

using testing::Rig;

class RefundTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rig.call("alipay.trade.precreate", R"({"out_trade_no":"o1","total_amount":"100.00","subject":"x"})");
    ASSERT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
  }
  testing::GatewayAnswer refund(const std::string& amount, const std::string& out_request_no,
                                const std::string& order = "o1") {
    const auto number = out_request_no.empty() ? std::string() : R"(,"out_request_no":")" + out_request_no + "\"";
    return rig.call("alipay.trade.refund",
                    R"({"out_trade_no":")" + order + R"(","refund_amount":")" + amount + "\"" + number + "}");
  }
  testing::GatewayAnswer query(const std::string& out_request_no) {
    return rig.call("alipay.trade.fastpay.refund.query",
                    R"({"out_trade_no":"o1","out_request_no":")" + out_request_no + "\"}");
  }
  Rig rig;
};

TEST_F(RefundTest, TheSameRequestNumberMovesMoneyOnce) {
  EXPECT_EQ(refund("30.00", "r1").text("fund_change"), "Y");
  const auto again = refund("30.00", "r1");
  EXPECT_EQ(again.outcome(), "10000");
  EXPECT_EQ(again.text("fund_change"), "N");
  EXPECT_EQ(again.text("refund_fee"), "30.00");
  EXPECT_EQ(rig.trade("o1").at("refunded_minor"), 3000);
  EXPECT_EQ(refund("31.00", "r1").outcome(), "40004 ACQ.DISCORDANT_REPEAT_REQUEST");
}

TEST_F(RefundTest, NeverMoreThanWasPaid) {
  EXPECT_EQ(refund("100.01", "r0").outcome(), "40004 ACQ.REFUND_FEE_ERROR");
  EXPECT_EQ(refund("60.00", "r1").outcome(), "10000");
  EXPECT_EQ(refund("40.01", "r2").outcome(), "40004 ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
  EXPECT_EQ(refund("40.00", "r2").outcome(), "10000");
  EXPECT_EQ(refund("0.01", "r3").outcome(), "40004 ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
  EXPECT_EQ(refund("40.00", "r2").text("fund_change"), "N");  // also when all is refunded
}

TEST_F(RefundTest, APartNeedsARequestNumberTheWholeDoesNot) {
  EXPECT_EQ(refund("1.00", "").outcome(), "40004 ACQ.INVALID_PARAMETER");
  EXPECT_EQ(refund("100.00", "").text("fund_change"), "Y");
  EXPECT_EQ(refund("100.00", "").text("fund_change"), "N");
  EXPECT_EQ(query("o1").text("refund_status"), "REFUND_SUCCESS");
}

TEST_F(RefundTest, RefusesAmountsThatAreNone) {
  EXPECT_EQ(refund("0.00", "r1").outcome(), "40004 ACQ.REASON_TRADE_REFUND_FEE_ERR");
  EXPECT_EQ(refund("-1.00", "r1").outcome(), "40004 ACQ.REASON_TRADE_REFUND_FEE_ERR");
  EXPECT_EQ(refund("1.234", "r1").outcome(), "40004 ACQ.INVALID_PARAMETER");
  EXPECT_EQ(refund("1.00", "r1", "nothing").outcome(), "40004 ACQ.TRADE_NOT_EXIST");
}

TEST_F(RefundTest, OnlyWhatIsPaid) {
  const auto code = rig.auth_code("slow");
  rig.call(
      "alipay.trade.pay",
      R"({"out_trade_no":"w","total_amount":"1.00","subject":"x","scene":"bar_code","auth_code":")" + code + "\"}");
  EXPECT_EQ(refund("1.00", "r1", "w").outcome(), "40004 ACQ.TRADE_STATUS_ERROR");
}

TEST_F(RefundTest, QueryTellsSuccessOnlyByItsStatus) {
  EXPECT_EQ(query("unknown").outcome(), "10000");
  EXPECT_EQ(query("unknown").text("refund_status"), "");
  refund("30.00", "r1");
  const auto done = query("r1");
  EXPECT_EQ(done.text("refund_status"), "REFUND_SUCCESS");
  EXPECT_EQ(done.text("refund_amount"), "30.00");
  EXPECT_EQ(done.text("total_amount"), "100.00");
}

TEST_F(RefundTest, PendingIsReservedThenSettles) {
  rig.add_fault(R"({"kind":"refund_pending","times":1,"delay_ms":5000})");
  EXPECT_EQ(refund("80.00", "r1").text("fund_change"), "N");
  EXPECT_EQ(query("r1").text("refund_status"), "REFUND_PROCESSING");
  EXPECT_EQ(refund("30.00", "r2").outcome(), "40004 ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
  EXPECT_EQ(rig.trade("o1").at("refunded_minor"), 0);
  rig.clock.advance_ms(5000);
  EXPECT_EQ(query("r1").text("refund_status"), "REFUND_SUCCESS");
  EXPECT_EQ(rig.trade("o1").at("refunded_minor"), 8000);
  EXPECT_EQ(rig.merchant().wait_for(2).at(1).at("out_biz_no"), "r1");
}

TEST_F(RefundTest, RefusedForGoodByFault) {
  rig.add_fault(R"({"kind":"refund_fail","times":1})");
  EXPECT_EQ(refund("30.00", "r1").outcome(), "40004 ACQ.TRADE_NOT_ALLOW_REFUND");
  EXPECT_EQ(query("r1").text("refund_status"), "");
  EXPECT_EQ(rig.trade("o1").at("refunded_minor"), 0);
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
