// What each kind of fault does to a WeChat Pay order.
#include <gtest/gtest.h>

#include "foundation/text.h"
#include "sandbox/testing/wechat_merchant.h"

namespace feiqian::sandbox::wechatpay {
namespace {

using testing::Rig;
using testing::WechatMerchant;
namespace json = codec::json;

class WechatFaults : public ::testing::Test {
 protected:
  void pay() {
    merchant.native("order1");
    ASSERT_EQ(rig.control("POST", "/trades/order1/pay", "{}").status, 200);
  }
  /// A call of somebody who does not wait.
  Result<net::HttpResponse> impatient(const std::string& target) {
    return rig.try_http("GET", target, "", merchant.signed_headers("GET", target, ""), 300);
  }
  /// Until the outcome of that many tries is recorded; bounded.
  void until_tried(std::int64_t tries) {
    for (int i = 0; i < 5000 && rig.trade("order1").at("notify").at("attempts").as_int64() < tries; ++i) {
    }
  }
  json::object content_of(const net::HttpRequest& notice) {
    const auto envelope = codec::parse_json(notice.body).value();
    const auto content = merchant.opened(envelope.at("resource").as_object());
    return codec::parse_json(content.value_or("{}")).value().get_object();
  }
  Rig rig;
  WechatMerchant merchant{rig};
};

TEST_F(WechatFaults, NothingHappensBeforeExecution) {
  for (const char* kind : {"http_500", "system_error"}) {
    rig.add_fault(R"({"kind":")" + std::string(kind) + R"(","method":"wechatpay.native","times":1})");
    const auto answer = merchant.native("order1");
    EXPECT_EQ(answer.status, 500) << kind;
    EXPECT_EQ(answer.signature_right, std::string_view(kind) == "system_error");
    EXPECT_EQ(merchant.query("order1").outcome(), "404 ORDER_NOT_EXIST") << kind;
  }
}

TEST_F(WechatFaults, ATimeoutIsBeforeOrAfter) {
  rig.add_fault(R"({"kind":"timeout_before_execution","method":"wechatpay.certificates","times":1})");
  EXPECT_TRUE(impatient("/v3/certificates").error().is(errors::kNoAnswer));
  EXPECT_EQ(rig.applied("timeout_before_execution"), 1);
  EXPECT_TRUE(impatient("/v3/certificates").ok());
}

TEST_F(WechatFaults, BadSignatureHasExecuted) {
  rig.add_fault(R"({"kind":"bad_signature","times":1})");
  const auto answer = merchant.native("order1");
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_FALSE(answer.signature_right);
  EXPECT_EQ(merchant.query("order1").outcome(), "200");
}

TEST_F(WechatFaults, ATransportFaultOfOneOrderOnlyAlsoWhenTheCallNamesARefund) {
  pay();
  merchant.refund("order1", "r1", 1);
  rig.add_fault(R"({"kind":"http_500","out_trade_no":"order1"})");
  EXPECT_EQ(merchant.query("order1").status, 500);
  EXPECT_EQ(merchant.get("/v3/refund/domestic/refunds/r1").status, 500);
  EXPECT_EQ(merchant.query("order2").status, 404);
}

TEST_F(WechatFaults, InsufficientBalanceMeetsCodesAndBarcodes) {
  rig.add_fault(R"({"kind":"insufficient_balance","times":2})");
  merchant.native("order1");
  EXPECT_EQ(rig.control("POST", "/trades/order1/pay", "{}").status, 422);
  EXPECT_EQ(merchant.codepay("order2", merchant.auth_code("rich")).outcome(), "403 NOTENOUGH");
  EXPECT_EQ(rig.control("POST", "/trades/order1/pay", "{}").status, 200);
}

TEST_F(WechatFaults, PayAfterCloseBringsMoneyToAClosedOrder) {
  rig.add_fault(R"({"kind":"pay_after_close","delay_ms":2000})");
  merchant.native("order1");
  EXPECT_EQ(merchant.post("/v3/pay/transactions/out-trade-no/order1/close", R"({"mchid":"1900000001"})").outcome(),
            "204");
  EXPECT_EQ(merchant.query("order1").text("trade_state"), "CLOSED");
  rig.clock.advance_ms(2000);
  EXPECT_EQ(merchant.query("order1").text("trade_state"), "SUCCESS");
  EXPECT_EQ(rig.merchant().wait_for_requests(1).size(), 1U);
}

TEST_F(WechatFaults, ARefundFailsForGoodOrComesLater) {
  pay();
  rig.add_fault(R"({"kind":"refund_fail","times":1})");
  EXPECT_EQ(merchant.refund("order1", "r1", 100).outcome(), "403 USER_ACCOUNT_ABNORMAL");
  EXPECT_EQ(merchant.get("/v3/refund/domestic/refunds/r1").outcome(), "404 RESOURCE_NOT_EXISTS");
  rig.add_fault(R"({"kind":"refund_pending","delay_ms":2000,"times":1})");
  EXPECT_EQ(merchant.refund("order1", "r2", 100).text("status"), "PROCESSING");
  EXPECT_EQ(merchant.refund("order1", "r3", 12701).outcome(), "400 INVALID_REQUEST") << "it counts already";
  rig.clock.advance_ms(2000);
  EXPECT_EQ(merchant.get("/v3/refund/domestic/refunds/r2").text("status"), "SUCCESS");
}

TEST_F(WechatFaults, AWrongAmountIsSealedAndSignedRight) {
  rig.add_fault(R"({"kind":"notify_wrong_amount","minor":-50,"times":1})");
  rig.merchant().answer(500, R"({"code":"FAIL"})");
  pay();
  const auto wrong = rig.merchant().wait_for_requests(1).at(0);
  EXPECT_TRUE(merchant.provider_signed(wrong.headers, wrong.body));
  EXPECT_EQ(content_of(wrong).at("amount").at("total").as_int64(), 12750);
  until_tried(1);
  rig.control("POST", "/notifications/flush", "{}");
  EXPECT_EQ(content_of(rig.merchant().wait_for_requests(2).at(1)).at("amount").at("total").as_int64(), 12800);
}

TEST_F(WechatFaults, ABadSignatureOfANotificationIsOtherwiseRight) {
  rig.add_fault(R"({"kind":"notify_bad_signature","times":1})");
  pay();
  const auto wrong = rig.merchant().wait_for_requests(1).at(0);
  EXPECT_FALSE(merchant.provider_signed(wrong.headers, wrong.body));
  EXPECT_EQ(content_of(wrong).at("amount").at("total").as_int64(), 12800);
}

TEST_F(WechatFaults, ANotificationIsTriedAgainUntilItIsAcknowledged) {
  rig.merchant().answer(500, R"({"code":"FAIL"})");
  pay();
  rig.merchant().wait_for_requests(1);
  until_tried(1);
  rig.merchant().answer(204, "");
  rig.control("POST", "/notifications/flush", "{}");
  EXPECT_EQ(rig.trade("order1").at("notify").at("state"), "acknowledged");
  EXPECT_EQ(rig.merchant().count(), 2U);
}

}  // namespace
}  // namespace feiqian::sandbox::wechatpay
