// UnionPay's side over HTTP, as a merchant's server and a payer's browser meet it.
#include "sandbox/unionpay/unionpay.h"

#include <gtest/gtest.h>

#include "codec/zip_archive.h"
#include "foundation/text.h"
#include "sandbox/testing/unionpay_merchant.h"

namespace feiqian::sandbox::unionpay {
namespace {

using testing::Rig;
using testing::UnionPayMerchant;

constexpr const char* kFront = "/unionpay/gateway/api/frontTransReq.do";

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  if (begin == std::string::npos) return {};
  const auto from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

class UnionPayTest : public ::testing::Test {
 protected:
  Parameters with(Parameters fields, const Parameters& more) {
    for (const auto& [name, value] : more) fields[name] = value;
    return fields;
  }
  /// The path of the page to which the order's code leads.
  std::string apply_for_code(const std::string& order_id, std::int64_t amount_minor = 12800) {
    const auto answer = merchant.call("01", "07", merchant.order(order_id, amount_minor));
    EXPECT_EQ(answer.code(), "00") << answer.raw;
    return answer.field("qrCode").substr(rig.sandbox().url().size());
  }
  std::string pay_by_code(const std::string& order_id, const std::string& payer, std::int64_t amount_minor = 12800) {
    const auto code =
        std::string(rig.control_json("POST", "/auth-codes", R"({"channel":"unionpay","payer":")" + payer + "\"}")
                        .at("auth_code")
                        .as_string());
    const auto answer = merchant.call("01", "06", with(merchant.order(order_id, amount_minor), {{"qrNo", code}}));
    return answer.code();
  }
  testing::UnionPayAnswer give_back(const std::string& type, const std::string& order_id, const std::string& of,
                                    std::int64_t amount_minor) {
    const auto query_id = merchant.query(of).field("queryId");
    return merchant.call(type, "00", with(merchant.order(order_id, amount_minor), {{"origQryId", query_id}}));
  }
  testing::UnionPayAnswer reverse(const std::string& order_id) {
    return merchant.call("99", "01", {{"orderId", order_id}, {"txnTime", "20260921221320"}});
  }
  net::HttpResponse submit(const std::string& page, const std::string& password, const std::string& payer) {
    return rig.http("POST", between(page, "method=\"post\" action=\"", "\""),
                    form_encode({{"form_token", between(page, "name=\"form_token\" value=\"", "\"")},
                                 {"lang", "zh"},
                                 {"password", password},
                                 {"payer", payer}}));
  }

  Rig rig;
  UnionPayMerchant merchant{rig};
};

TEST_F(UnionPayTest, ACodeIsScannedAndPaidAndTold) {
  const auto path = apply_for_code("order0001");
  EXPECT_EQ(merchant.query("order0001").code(), "34") << "nobody came yet";
  const auto page = rig.http("GET", path).body;
  EXPECT_NE(page.find("¥</small>128.00"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;龙井&lt;/b&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<b>龙井"), std::string::npos);
  EXPECT_EQ(merchant.query("order0001").field("origRespCode"), "05");
  EXPECT_EQ(submit(page, "123456", "rich").status, 303);
  const auto paid = merchant.query("order0001");
  EXPECT_TRUE(paid.proven);
  EXPECT_EQ(paid.code(), "00");
  EXPECT_EQ(paid.field("origRespCode"), "00");
  EXPECT_EQ(paid.field("txnAmt"), "12800");
  EXPECT_EQ(paid.field("queryId").size(), 21U);
  const auto told = rig.merchant().wait_for(1).front();
  EXPECT_TRUE(merchant.proven(told));
  EXPECT_EQ(value_of(told, "respCode"), "00");
  EXPECT_EQ(value_of(told, "orderId"), "order0001");
  EXPECT_EQ(value_of(told, "queryId"), paid.field("queryId"));
  EXPECT_EQ(value_of(told, "txnType"), "01");
}

TEST_F(UnionPayTest, TheSameOrderLeadsToTheSamePageAndAnotherIsADuplicate) {
  const auto path = apply_for_code("order0001");
  EXPECT_EQ(apply_for_code("order0001"), path);
  EXPECT_EQ(merchant.call("01", "07", merchant.order("order0001", 1)).code(), "12");
  rig.control("POST", "/trades/order0001/pay", "{}");
  EXPECT_EQ(merchant.call("01", "07", merchant.order("order0001", 12800)).code(), "12");
}

TEST_F(UnionPayTest, AFrontPaymentGoesThroughTheBrowserAndBack) {
  const auto fields = merchant.request(
      "01", "01",
      with(merchant.order("order0001", 12800), {{"frontUrl", "http://127.0.0.1:1/back?x=1"}, {"bizType", "000201"}}));
  const auto answer = rig.http("POST", kFront, form_encode({fields.begin(), fields.end()}));
  ASSERT_EQ(answer.status, 303);
  const auto path = std::string(answer.headers.get("Location")).substr(rig.sandbox().url().size());
  const auto poor = submit(rig.http("GET", path).body, "123456", "poor");
  EXPECT_NE(poor.body.find("data-testid=\"wallet-problem\""), std::string::npos);
  const auto wrong = submit(poor.body, "000000", "rich");
  EXPECT_NE(wrong.body.find("还可输入2次"), std::string::npos);
  const auto stale = submit(poor.body, "123456", "rich");
  EXPECT_NE(stale.body.find("页面已过期"), std::string::npos) << "a form is good once";
  EXPECT_EQ(submit(stale.body, "123456", "rich").status, 303);
  const auto page = rig.http("GET", path).body;
  EXPECT_EQ(between(page, "<form method=\"post\" action=\"", "\""), "http://127.0.0.1:1/back?x=1");
  Parameters back;
  std::size_t at = 0;
  for (const std::string mark = "<input type=\"hidden\" name=\""; (at = page.find(mark, at)) != std::string::npos;
       ++at) {
    const auto rest = page.substr(at);
    back[between(rest, "name=\"", "\"")] = between(rest, "value=\"", "\"");
  }
  EXPECT_EQ(value_of(back, "respCode"), "00");
  EXPECT_EQ(value_of(back, "orderId"), "order0001");
  EXPECT_TRUE(merchant.proven(back));
  const auto refused = merchant.request("01", "01", with(merchant.order("order0002", 1), {{"signature", "AAAA"}}));
  const auto error = rig.http("POST", kFront, form_encode({refused.begin(), refused.end()}));
  EXPECT_NE(error.body.find("data-testid=\"wallet-error\""), std::string::npos);
}

TEST_F(UnionPayTest, AfterThreeWrongCodesThePageIsLocked) {
  const auto path = apply_for_code("order0001");
  for (int i = 0; i < 3; ++i) submit(rig.http("GET", path).body, "000000", "rich");
  EXPECT_NE(rig.http("GET", path).body.find("data-testid=\"wallet-unpayable\""), std::string::npos);
}

TEST_F(UnionPayTest, AnOrderEndsWithItsTime) {
  const auto answer =
      merchant.call("01", "07", with(merchant.order("order0001", 100), {{"payTimeout", "20260921222820"}}));
  const auto path = answer.field("qrCode").substr(rig.sandbox().url().size());
  const auto page = rig.http("GET", path).body;
  rig.clock.advance_ms(15 * 60 * 1000);
  EXPECT_NE(submit(page, "123456", "rich").status, 200);
  EXPECT_EQ(merchant.query("order0001").field("origRespCode"), "69");
  EXPECT_EQ(rig.control("POST", "/trades/order0001/pay", "{}").status, 409);
  EXPECT_EQ(merchant.call("01", "07", with(merchant.order("order0002", 1), {{"payTimeout", "20260921222820"}})).code(),
            "39");
}

TEST_F(UnionPayTest, APayersCodeIsAcceptedAndTheQueryTells) {
  EXPECT_EQ(pay_by_code("order0001", "rich"), "00");
  EXPECT_EQ(merchant.query("order0001").field("origRespCode"), "00");
  EXPECT_EQ(pay_by_code("order0002", "poor"), "00");
  EXPECT_EQ(merchant.query("order0002").field("origRespCode"), "64");
  EXPECT_EQ(pay_by_code("order0003", "slow"), "00");
  EXPECT_EQ(merchant.query("order0003").field("origRespCode"), "05");
  EXPECT_EQ(rig.control("POST", "/trades/order0003/pay", "{}").status, 200);
  EXPECT_EQ(merchant.query("order0003").field("origRespCode"), "00");
  EXPECT_EQ(pay_by_code("order0001", "rich"), "12");
  for (const char* code : {"", "28763443825664394", "6220000000000000000"}) {
    const auto refused = merchant.call("01", "06", with(merchant.order("order0009", 1), {{"qrNo", code}}));
    EXPECT_EQ(refused.code(), *code == '\0' ? "13" : "88") << code;
  }
  EXPECT_EQ(rig.merchant().wait_for(2).size(), 2U) << "failures are not told";
}

TEST_F(UnionPayTest, RefundsNeverExceedThePayment) {
  pay_by_code("order0001", "rich");
  EXPECT_EQ(give_back("04", "refund001", "order0001", 100).code(), "00");
  EXPECT_EQ(merchant.query("refund001").field("origRespCode"), "00");
  EXPECT_EQ(merchant.query("refund001").field("txnAmt"), "100");
  EXPECT_EQ(give_back("04", "refund001", "order0001", 100).code(), "12");
  EXPECT_EQ(give_back("04", "refund002", "order0001", 12701).code(), "36");
  EXPECT_EQ(give_back("04", "refund003", "order0001", 12700).code(), "00");
  EXPECT_EQ(give_back("04", "refund004", "order0001", 1).code(), "45");
  EXPECT_EQ(merchant.call("04", "00", with(merchant.order("refund005", 1), {{"origQryId", "1"}})).code(), "35");
  const auto trade = rig.trade("order0001");
  EXPECT_EQ(trade.at("refunded_minor").as_int64(), 12800);
  EXPECT_EQ(trade.at("refunds").as_array().size(), 2U);
}

TEST_F(UnionPayTest, FaultsDelayAndRefuseRefunds) {
  pay_by_code("order0001", "rich");
  rig.add_fault(R"({"kind":"refund_pending","times":1,"delay_ms":5000})");
  EXPECT_EQ(give_back("04", "refund001", "order0001", 100).code(), "00");
  EXPECT_EQ(merchant.query("refund001").field("origRespCode"), "05");
  rig.clock.advance_ms(5000);
  EXPECT_EQ(merchant.query("refund001").field("origRespCode"), "00");
  rig.add_fault(R"({"kind":"refund_fail","times":1})");
  EXPECT_EQ(give_back("04", "refund002", "order0001", 100).code(), "01");
  EXPECT_EQ(merchant.query("refund002").code(), "34") << "a refused refund leaves nothing";
}

TEST_F(UnionPayTest, AVoidGivesTheWholePaymentBackOnItsDay) {
  pay_by_code("order0001", "rich");
  EXPECT_EQ(give_back("31", "void00001", "order0001", 100).code(), "36");
  EXPECT_EQ(give_back("31", "void00001", "order0001", 12800).code(), "00");
  EXPECT_EQ(merchant.query("order0001").field("origRespCode"), "46");
  EXPECT_EQ(give_back("31", "void00002", "order0001", 12800).code(), "45");
  pay_by_code("order0002", "rich");
  rig.clock.advance_ms(24LL * 3600 * 1000);
  EXPECT_EQ(give_back("31", "void00003", "order0002", 12800).code(), "39");
}

TEST_F(UnionPayTest, AReversalUndoesWhateverBecameOfThePayment) {
  pay_by_code("order0001", "rich");
  EXPECT_EQ(reverse("order0001").code(), "00");
  EXPECT_EQ(reverse("order0001").code(), "46");
  EXPECT_EQ(merchant.query("order0001").field("origRespCode"), "46");
  pay_by_code("order0002", "slow");
  EXPECT_EQ(reverse("order0002").code(), "00");
  EXPECT_EQ(rig.control("POST", "/trades/order0002/pay", "{}").status, 409);
  EXPECT_EQ(reverse("order0003").code(), "34");
  pay_by_code("order0004", "poor");
  EXPECT_EQ(reverse("order0004").code(), "35");
  apply_for_code("order0005");
  EXPECT_EQ(reverse("order0005").code(), "35") << "only payments by the payer's code are reversed";
}

TEST_F(UnionPayTest, LateMoneyArrivesAfterAReversal) {
  pay_by_code("order0001", "slow");
  rig.add_fault(R"({"kind":"pay_after_close","times":1,"delay_ms":500})");
  EXPECT_EQ(reverse("order0001").code(), "00");
  rig.clock.advance_ms(500);
  EXPECT_EQ(merchant.query("order0001").field("origRespCode"), "00");
  EXPECT_EQ(value_of(rig.merchant().wait_for(1).front(), "respCode"), "00");
}

TEST_F(UnionPayTest, TheEnvelopeIsRefusedInOrder) {
  const Parameters query{{"orderId", "order0001"}, {"txnTime", "20260921221320"}};
  struct Case {
    const char* why;
    Parameters changed;
    const char* code;
  };
  for (const auto& c : std::vector<Case>{
           {"no version", {{"version", ""}}, "13"},
           {"no signature", {{"signature", ""}}, "13"},
           {"another version", {{"version", "5.0.0"}}, "10"},
           {"another encoding", {{"encoding", "GBK"}}, "10"},
           {"no such merchant", {{"merId", "777290058110049"}}, "31"},
           {"a merchant id that is a path", {{"merId", "../../../../etc"}}, "31"},
           {"a wrong signature", {{"signature", "AAAA"}}, "11"},
           {"another certificate", {{"certId", "4712"}}, "11"},
           {"an unknown method of signing", {{"signMethod", "02"}}, "11"},
           {"no such operation", {{"txnType", "02"}}, "32"},
           {"no order", {{"orderId", ""}}, "13"},
           {"in order", {}, "34"},
       }) {
    const auto fields = merchant.request("00", "00", with(query, c.changed));
    const auto answer = merchant.send("/unionpay/gateway/api/queryTrans.do", fields);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.code(), c.code) << c.why;
  }
  for (const auto& [name, value, code] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"txnAmt", "", "13"},
                                                                      {"txnAmt", "0", "10"},
                                                                      {"txnAmt", "-1", "10"},
                                                                      {"txnAmt", "1.00", "10"},
                                                                      {"txnAmt", "1000000000000", "10"},
                                                                      {"currencyCode", "840", "10"},
                                                                      {"orderId", "short", "10"},
                                                                      {"orderId", "with-dash", "10"},
                                                                      {"orderId", std::string(41, '1'), "10"},
                                                                      {"txnTime", "20260931211320", "10"},
                                                                      {"payTimeout", "tomorrow", "10"},
                                                                      {"backUrl", "not a url", "10"}}) {
    EXPECT_EQ(merchant.call("01", "07", with(merchant.order("order0001", 1), {{name, value}})).code(), code)
        << name << " " << value;
  }
  EXPECT_EQ(rig.http("POST", "/unionpay/gateway/api/queryTrans.do", "a=1&a=2").status, 200);
  EXPECT_EQ(rig.http("GET", "/unionpay/gateway/api/queryTrans.do").status, 404);
  EXPECT_EQ(rig.http("GET", "/unionpay/cashier/nothing").status, 404);
}

TEST_F(UnionPayTest, AgreedKeysSignBothWays) {
  for (const char* method : {"11", "12"}) {
    UnionPayMerchant keyed(rig, method);
    const auto order_id = std::string("order00") + method;
    const auto answer = keyed.call("01", "07", keyed.order(order_id, 100));
    EXPECT_EQ(answer.code(), "00") << method;
    EXPECT_TRUE(answer.proven) << method;
    EXPECT_FALSE(answer.fields.contains("signPubKeyCert"));
    rig.control("POST", "/trades/" + order_id + "/pay", "{}");
    const auto told = rig.merchant().wait_for(method == std::string("11") ? 1 : 2).back();
    EXPECT_TRUE(keyed.proven(told)) << method;
    EXPECT_EQ(keyed.call("00", "00", {{"orderId", order_id}, {"signature", std::string(64, '0')}}).code(), "11");
  }
}

TEST_F(UnionPayTest, TransportFaultsAct) {
  rig.add_fault(R"({"kind":"http_500","method":"unionpay.qr","times":1})");
  EXPECT_EQ(merchant.call("01", "07", merchant.order("order0001", 1)).status, 500);
  rig.add_fault(R"({"kind":"system_error","method":"unionpay.qr","times":1})");
  EXPECT_EQ(merchant.call("01", "07", merchant.order("order0001", 1)).code(), "06");
  EXPECT_EQ(rig.control("POST", "/trades/order0001/pay", "{}").status, 404) << "nothing was executed";
  rig.add_fault(R"({"kind":"bad_signature","method":"unionpay.qr","times":1})");
  EXPECT_FALSE(merchant.call("01", "07", merchant.order("order0001", 1)).proven);
  EXPECT_EQ(rig.control("POST", "/trades/order0001/pay", "{}").status, 200) << "it was executed";
  rig.add_fault(R"({"kind":"timeout_after_execution","method":"unionpay.qr","times":1})");
  const auto fields = merchant.request("01", "07", merchant.order("order0002", 1));
  EXPECT_FALSE(rig.try_http("POST", "/unionpay/gateway/api/backTransReq.do",
                            form_encode({fields.begin(), fields.end()}), {}, 300)
                   .ok());
  EXPECT_EQ(rig.control("POST", "/trades/order0002/pay", "{}").status, 200) << "it was executed";
}

TEST_F(UnionPayTest, NotificationsAreTamperedWith) {
  rig.add_fault(R"({"kind":"notify_wrong_amount","times":1,"minor":5})");
  pay_by_code("order0001", "rich", 100);
  const auto wrong = rig.merchant().wait_for(1).back();
  EXPECT_EQ(value_of(wrong, "txnAmt"), "105");
  EXPECT_TRUE(merchant.proven(wrong)) << "signed rightly";
  rig.add_fault(R"({"kind":"notify_bad_signature","times":1})");
  pay_by_code("order0002", "rich", 100);
  EXPECT_FALSE(merchant.proven(rig.merchant().wait_for(2).back()));
}

TEST_F(UnionPayTest, TheSettlementFileListsADay) {
  pay_by_code("order0001", "rich");
  give_back("04", "refund001", "order0001", 100);
  pay_by_code("order0002", "poor");
  pay_by_code("order0003", "rich");
  reverse("order0003");
  pay_by_code("order0004", "rich", 5000);
  give_back("31", "void00001", "order0004", 5000);
  const auto file = [&](const std::string& day) {
    return merchant.call("76", "01", {{"txnTime", "20260922100000"}, {"fileType", "00"}, {"settleDate", day}});
  };
  EXPECT_EQ(file("0921").code(), "98") << "the day is not over";
  rig.clock.advance_ms(24LL * 3600 * 1000);
  pay_by_code("order0005", "rich");
  EXPECT_EQ(file("1399").code(), "10");
  const auto answer = file("0921");
  ASSERT_EQ(answer.code(), "00");
  EXPECT_TRUE(answer.proven);
  const auto archive = codec::inflate(from_base64(answer.field("fileContent")).value(), 1 << 20).value();
  const auto members = codec::read_zip(archive, 1 << 20).value();
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members.front().name, "INN26092188ZM_777290058110048");
  std::vector<std::string> listed;
  for (const auto row : split(members.front().content, '\n')) {
    if (trim(row).empty()) continue;
    // Offsets by the specification: trade code, order number, amount, fee and net amount.
    listed.push_back(std::string(row.substr(0, 3)) + " " + std::string(trim(row.substr(112, 32))) + " " +
                     std::string(row.substr(66, 12)) + " " + std::string(row.substr(166, 13)) + " " +
                     std::string(row.substr(180, 13)));
  }
  EXPECT_EQ(listed, (std::vector<std::string>{"S22 order0001 000000012800 D000000000026 C000000012774",
                                              "S30 refund001 000000000100 C000000000000 D000000000100",
                                              "S22 order0004 000000005000 D000000000010 C000000004990",
                                              "S31 void00001 000000005000 C000000000010 D000000004990"}));
}

TEST_F(UnionPayTest, WhatWasAnsweredSurvivesARestart) {
  const auto path = apply_for_code("order0001");
  rig.restart();
  EXPECT_EQ(rig.http("GET", path).status, 200);
  EXPECT_EQ(rig.control("POST", "/trades/order0001/pay", "{}").status, 200);
  rig.restart();
  const auto paid = merchant.query("order0001");
  EXPECT_EQ(paid.field("origRespCode"), "00");
  EXPECT_TRUE(paid.proven) << "the certificates stay";
  EXPECT_EQ(rig.control("POST", "/reset").status, 204);
  EXPECT_EQ(merchant.query("order0001").code(), "34");
}

TEST(OrderState, OnlyTheTablesTransitionsExist) {
  for (const auto from : kOrderStates) {
    for (const auto event : kOrderEvents) {
      const auto to = advance(from, event);
      const bool listed = std::any_of(kOrderTransitions.begin(), kOrderTransitions.end(),
                                      [&](const auto& row) { return row.from == from && row.event == event; });
      EXPECT_EQ(to.has_value(), listed);
    }
    EXPECT_EQ(order_state_of(name_of(from)), from);
  }
  EXPECT_FALSE(order_state_of("nothing").has_value());
  EXPECT_FALSE(advance(OrderState::Failed, OrderEvent::Succeed).has_value()) << "a failure is final";
}

}  // namespace
}  // namespace feiqian::sandbox::unionpay
