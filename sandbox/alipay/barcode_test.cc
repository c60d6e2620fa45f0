// alipay.trade.pay: the merchant scans the payer's barcode.
#include <gtest/gtest.h>

#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::alipay {
namespace {

using testing::Rig;

constexpr auto kPay = "alipay.trade.pay";

std::string order(const std::string& number, const std::string& auth_code, const std::string& amount = "1.00") {
  return R"({"out_trade_no":")" + number + R"(","total_amount":")" + amount +
         R"(","subject":"x","scene":"bar_code","auth_code":")" + auth_code + "\"}";
}

TEST(Barcode, RichPaysAtOnceAndTheSameAgainIsTheSamePayment) {
  Rig rig;
  const auto code = rig.auth_code("rich");
  EXPECT_EQ(code.size(), 18U);
  EXPECT_TRUE(code.starts_with("28"));
  const auto paid = rig.call(kPay, order("o1", code));
  EXPECT_EQ(paid.outcome(), "10000");
  EXPECT_EQ(paid.text("buyer_pay_amount"), "1.00");
  const auto again = rig.call(kPay, order("o1", code));
  EXPECT_EQ(again.outcome(), "10000");
  EXPECT_EQ(again.text("trade_no"), paid.text("trade_no"));
  EXPECT_EQ(again.text("gmt_payment"), paid.text("gmt_payment"));
  EXPECT_EQ(rig.merchant().wait_for(1).at(0).at("trade_no"), paid.text("trade_no"));
  rig.control("POST", "/notifications/flush", "{}");
  EXPECT_EQ(rig.merchant().count(), 1U);
}

TEST(Barcode, OtherContentUnderTheNumberIsRefused) {
  Rig rig;
  const auto code = rig.auth_code("rich");
  rig.call(kPay, order("o1", code));
  EXPECT_EQ(rig.call(kPay, order("o1", code, "2.00")).outcome(), "40004 ACQ.CONTEXT_INCONSISTENT");
  EXPECT_EQ(rig.call(kPay, order("o1", rig.auth_code("rich"))).outcome(), "40004 ACQ.TRADE_HAS_SUCCESS");
}

TEST(Barcode, PoorIsRefusedTheSameWayAgainAndLeavesNoTrade) {
  Rig rig;
  const auto code = rig.auth_code("poor");
  EXPECT_EQ(rig.call(kPay, order("o1", code)).outcome(), "40004 ACQ.BUYER_BALANCE_NOT_ENOUGH");
  EXPECT_EQ(rig.call(kPay, order("o1", code)).outcome(), "40004 ACQ.BUYER_BALANCE_NOT_ENOUGH");
  EXPECT_EQ(rig.call(kPay, order("o2", code)).outcome(), "40004 ACQ.PAYMENT_AUTH_CODE_INVALID");
  EXPECT_EQ(rig.call("alipay.trade.query", R"({"out_trade_no":"o1"})").outcome(), "40004 ACQ.TRADE_NOT_EXIST");
  EXPECT_EQ(rig.call(kPay, order("o1", rig.auth_code("rich"))).outcome(), "10000");
}

TEST(Barcode, SlowMustConfirm) {
  Rig rig;
  const auto code = rig.auth_code("slow");
  EXPECT_EQ(rig.call(kPay, order("o1", code)).outcome(), "10003");
  EXPECT_EQ(rig.call(kPay, order("o1", code)).outcome(), "10003");
  EXPECT_EQ(rig.call(kPay, order("o1", rig.auth_code("rich"))).outcome(), "40004 ACQ.CONTEXT_INCONSISTENT");
  EXPECT_EQ(rig.call("alipay.trade.query", R"({"out_trade_no":"o1"})").text("trade_status"), "WAIT_BUYER_PAY");
  EXPECT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
  EXPECT_EQ(rig.trade("o1").at("buyer"), "slow");
  EXPECT_EQ(rig.call(kPay, order("o1", code)).outcome(), "10000");
}

TEST(Barcode, UnknownUsedAndMisshapenCodesAreInvalid) {
  Rig rig;
  const auto used = rig.auth_code("rich");
  rig.call(kPay, order("o1", used));
  for (const auto& code : {used, std::string("280000000000000000"), std::string("123"), std::string("<x>")}) {
    EXPECT_EQ(rig.call(kPay, order("o2", code)).outcome(), "40004 ACQ.PAYMENT_AUTH_CODE_INVALID") << code;
  }
  EXPECT_EQ(rig.call(kPay, order("o2", "")).outcome(), "40004 ACQ.INVALID_PARAMETER");
}

TEST(Barcode, CancelClosesWhatWaitsRefundsWhatIsPaidAndKnowsNothingElse) {
  Rig rig;
  rig.call(kPay, order("slow", rig.auth_code("slow")));
  for (int i = 0; i < 2; ++i) {
    const auto closed = rig.call("alipay.trade.cancel", R"({"out_trade_no":"slow"})");
    EXPECT_EQ(closed.text("action"), "close");
    EXPECT_EQ(closed.text("retry_flag"), "N");
  }
  EXPECT_EQ(rig.call(kPay, order("slow", "280000000000000000")).outcome(), "40004 ACQ.TRADE_HAS_CLOSE");
  rig.call(kPay, order("paid", rig.auth_code("rich")));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(rig.call("alipay.trade.cancel", R"({"out_trade_no":"paid"})").text("action"), "refund");
  EXPECT_EQ(rig.trade("paid").at("refunded_minor"), 100);
  const auto nothing = rig.call("alipay.trade.cancel", R"({"out_trade_no":"nothing"})");
  EXPECT_EQ(nothing.outcome(), "10000");
  EXPECT_EQ(nothing.text("action"), "");
}

TEST(Barcode, CancelComesTooLateOrAfterARefund) {
  Rig rig;
  rig.call(kPay, order("old", rig.auth_code("rich")));
  rig.call(kPay, order("refunded", rig.auth_code("rich")));
  rig.call("alipay.trade.refund", R"({"out_trade_no":"refunded","refund_amount":"0.50","out_request_no":"r1"})");
  EXPECT_EQ(rig.call("alipay.trade.cancel", R"({"out_trade_no":"refunded"})").outcome(),
            "40004 ACQ.REASON_TRADE_REFUND_FEE_ERR");
  rig.clock.advance_ms(24LL * 3600 * 1000 + 1);
  EXPECT_EQ(rig.call("alipay.trade.cancel", R"({"out_trade_no":"old"})").outcome(), "40004 ACQ.TRADE_CANCEL_TIME_OUT");
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
