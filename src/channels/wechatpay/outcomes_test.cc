#include "channels/wechatpay/outcomes.h"

#include <gtest/gtest.h>

namespace feiqian::channels::wechatpay {
namespace {

namespace json = codec::json;

constexpr Timestamp kNow{1795312800000000};  // 2026-11-22 10:00:00 in China

Answer refusal(int status, const char* code) {
  Answer answer;
  answer.proven = true;
  answer.status = status;
  answer.body = {{"code", code}, {"message", "why"}};
  return answer;
}

json::object transaction(const char* state) {
  return {{"mchid", "1900"},
          {"out_trade_no", "att_1"},
          {"transaction_id", "4200"},
          {"trade_state", state},
          {"success_time", "2026-11-22T10:00:05+08:00"},
          {"amount", json::object{{"total", 12800}, {"currency", "CNY"}}}};
}

TEST(WechatOutcomes, EveryTradeStateHasItsMeaning) {
  struct Case {
    const char* provider;
    TradeState ours;
  };
  for (const auto& c :
       {Case{"SUCCESS", TradeState::Paid}, Case{"REFUND", TradeState::Paid}, Case{"NOTPAY", TradeState::AwaitingPayer},
        Case{"USERPAYING", TradeState::AwaitingPayer}, Case{"ACCEPT", TradeState::AwaitingPayer},
        Case{"CLOSED", TradeState::Closed}, Case{"REVOKED", TradeState::Closed}, Case{"PAYERROR", TradeState::Unknown},
        Case{"SOMETHING_NEW", TradeState::Unknown}, Case{"", TradeState::Unknown}}) {
    EXPECT_EQ(trade_state_of(c.provider), c.ours) << c.provider;
    const auto outcome = outcome_of(transaction(c.provider), "1900", "att_1", kNow);
    EXPECT_EQ(outcome.state, c.ours) << c.provider;
    EXPECT_EQ(outcome.paid.has_value(), c.ours == TradeState::Paid) << c.provider;
    EXPECT_EQ(outcome.code, c.provider);
  }
}

TEST(WechatOutcomes, APaidTransactionCarriesAmountNumberAndTime) {
  const auto outcome = outcome_of(transaction("SUCCESS"), "1900", "att_1", kNow);
  EXPECT_EQ(outcome.paid->minor, 12800);
  EXPECT_EQ(outcome.paid->currency, money::kCny);
  EXPECT_EQ(outcome.trade_no, "4200");
  EXPECT_EQ(outcome.paid_at, kNow.plus_s(5));
  auto timeless = transaction("SUCCESS");
  timeless["success_time"] = "yesterday";
  EXPECT_EQ(outcome_of(timeless, "1900", "att_1", kNow).paid_at, kNow);
}

TEST(WechatOutcomes, AnotherTradeOrAnUnreadableAmountIsNotBelieved) {
  EXPECT_EQ(outcome_of(transaction("SUCCESS"), "1900", "att_2", kNow).state, TradeState::Unknown);
  EXPECT_EQ(outcome_of(transaction("SUCCESS"), "1901", "att_1", kNow).state, TradeState::Unknown);
  EXPECT_EQ(outcome_of({}, "1900", "att_1", kNow).state, TradeState::Unknown);
  for (const json::value& amount : std::initializer_list<json::value>{
           nullptr, 12800, "12800", json::object{}, json::object{{"total", 0}}, json::object{{"total", -1}},
           json::object{{"total", 128.0}}, json::object{{"total", "12800"}},
           json::object{{"total", 18446744073709551615U}}, json::object{{"total", 12800}, {"currency", "USD"}}}) {
    auto strange = transaction("SUCCESS");
    strange["amount"] = amount;
    const auto outcome = outcome_of(strange, "1900", "att_1", kNow);
    EXPECT_EQ(outcome.state, TradeState::Unknown) << amount;
    EXPECT_EQ(outcome.code, "channel.amount_unreadable") << amount;
  }
}

TEST(WechatOutcomes, ARefusalIsFailedOnlyWhenItsCodeProvesIt) {
  struct Case {
    int status;
    const char* code;
    TradeState prepay;
    TradeState barcode;
    const char* stable;
  };
  for (const auto& c : {
           Case{403, "NOTENOUGH", TradeState::Failed, TradeState::Failed, "payer.insufficient_balance"},
           Case{403, "NOT_ENOUGH", TradeState::Failed, TradeState::Failed, "payer.insufficient_balance"},
           Case{400, "AUTH_CODE_INVALID", TradeState::Failed, TradeState::Failed, "payer.code_invalid"},
           Case{400, "AUTHCODEEXPIRE", TradeState::Failed, TradeState::Failed, "payer.code_invalid"},
           Case{400, "PARAM_ERROR", TradeState::Failed, TradeState::Failed, "channel.declined"},
           Case{401, "SIGN_ERROR", TradeState::Failed, TradeState::Failed, "channel.declined"},
           Case{500, "OPENID_MISMATCH", TradeState::Failed, TradeState::Failed, "payer.not_allowed"},
           Case{403, "TRADE_ERROR", TradeState::Failed, TradeState::Unknown, "channel.declined"},
           Case{400, "INVALID_REQUEST", TradeState::Failed, TradeState::Unknown, "channel.declined"},
           Case{429, "FREQUENCY_LIMITED", TradeState::Unknown, TradeState::Failed, "channel.declined"},
           Case{202, "USERPAYING", TradeState::Unknown, TradeState::AwaitingPayer, ""},
           Case{400, "ORDER_CLOSED", TradeState::Closed, TradeState::Closed, ""},
           Case{400, "ORDERREVERSED", TradeState::Closed, TradeState::Closed, ""},
           Case{400, "ORDERPAID", TradeState::Unknown, TradeState::Unknown, ""},
           Case{403, "OUT_TRADE_NO_USED", TradeState::Unknown, TradeState::Unknown, ""},
           Case{500, "SYSTEM_ERROR", TradeState::Unknown, TradeState::Unknown, ""},
           Case{500, "BANK_ERROR", TradeState::Unknown, TradeState::Unknown, ""},
           Case{400, "SOMETHING_NEW", TradeState::Unknown, TradeState::Unknown, ""},
           Case{403, "", TradeState::Unknown, TradeState::Unknown, ""},
       }) {
    for (const auto scene : {Scene::Qr, Scene::Jsapi, Scene::App, Scene::Wap, Scene::Barcode}) {
      const auto outcome = refused_payment(refusal(c.status, c.code), scene);
      const auto expected = scene == Scene::Barcode ? c.barcode : c.prepay;
      EXPECT_EQ(outcome.state, expected) << c.code << " " << name_of(scene);
      if (expected == TradeState::Failed) {
        EXPECT_EQ(outcome.code, c.stable) << c.code;
      }
    }
  }
}

TEST(WechatOutcomes, WithoutAProvenAnswerNothingFailedButWhatWasNotSent) {
  auto answer = refusal(400, "PARAM_ERROR");
  answer.proven = false;
  answer.problem = "channel.answer_unverified";
  EXPECT_EQ(refused_payment(answer, Scene::Qr).state, TradeState::Unknown);
  EXPECT_EQ(refused_payment(answer, Scene::Qr).code, "channel.answer_unverified");
  EXPECT_FALSE(says(answer, "PARAM_ERROR"));
  answer.not_sent = true;
  EXPECT_EQ(refused_payment(answer, Scene::Barcode).state, TradeState::Failed);
  EXPECT_EQ(refused_payment(answer, Scene::Barcode).code, "channel.unreachable");
}

RefundOrder order_of(const char* refund_number) {
  return {"att_1", refund_number, {100, money::kCny}, ""};
}

TEST(WechatOutcomes, EveryRefundStateHasItsMeaning) {
  struct Case {
    const char* provider;
    RefundState ours;
  };
  for (const auto& c : {Case{"SUCCESS", RefundState::Succeeded}, Case{"PROCESSING", RefundState::Pending},
                        Case{"ABNORMAL", RefundState::Pending}, Case{"CLOSED", RefundState::Failed},
                        Case{"", RefundState::Unknown}, Case{"NEW", RefundState::Unknown}}) {
    const json::object refund{{"out_refund_no", "ref_1"}, {"status", c.provider}};
    EXPECT_EQ(refund_outcome_of(refund, order_of("ref_1")).state, c.ours) << c.provider;
    EXPECT_EQ(refund_outcome_of(refund, order_of("ref_2")).state, RefundState::Unknown) << "another refund's answer";
  }
}

TEST(WechatOutcomes, ARefundOfAnotherAmountIsNotBelieved) {
  for (const json::value& said : std::initializer_list<json::value>{101, 99, "100", 100.0, nullptr}) {
    const json::object refund{
        {"out_refund_no", "ref_1"}, {"status", "SUCCESS"}, {"amount", json::object{{"refund", said}}}};
    EXPECT_EQ(refund_outcome_of(refund, order_of("ref_1")).state, RefundState::Unknown) << said;
  }
  const json::object right{
      {"out_refund_no", "ref_1"}, {"status", "SUCCESS"}, {"amount", json::object{{"refund", 100}}}};
  EXPECT_EQ(refund_outcome_of(right, order_of("ref_1")).state, RefundState::Succeeded);
}

}  // namespace
}  // namespace feiqian::channels::wechatpay
