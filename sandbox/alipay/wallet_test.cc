// What the payer sees and does in the browser.
#include <gtest/gtest.h>

#include "foundation/text.h"
#include "sandbox/alipay/signing.h"
#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::alipay {
namespace {

using testing::Rig;

const std::string kReturn = "http://127.0.0.1:1/back?order=7";

class WalletTest : public ::testing::Test {
 protected:
  /// The cashier's path of a page.pay order.
  std::string open(const std::string& method = "alipay.trade.page.pay", const std::string& more = "") {
    const auto given =
        rig.request(method, R"({"out_trade_no":"o1","total_amount":"128.00","subject":"<b>茶</b>")" + more + "}",
                    {{"return_url", kReturn}});
    const auto answer = rig.http("GET", "/alipay/gateway.do?" + form_encode({given.begin(), given.end()}));
    EXPECT_EQ(answer.status, 302) << answer.body;
    return std::string(answer.headers.get("Location")).substr(rig.sandbox().url().size());
  }
  static std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const auto begin = text.find(before);
    if (begin == std::string::npos) return {};
    const auto from = begin + before.size();
    return text.substr(from, text.find(after, from) - from);
  }
  std::string page(const std::string& path) { return rig.http("GET", path).body; }
  net::HttpResponse submit(const std::string& page, const std::string& password, const std::string& payer,
                           const std::string& to = "") {
    const auto action = to.empty() ? between(page, "action=\"", "\"") : to;
    const auto body = form_encode({{"form_token", between(page, "name=\"form_token\" value=\"", "\"")},
                                   {"lang", between(page, "name=\"lang\" value=\"", "\"")},
                                   {"password", password},
                                   {"payer", payer}});
    return rig.http("POST", action, body);
  }
  Rig rig;
};

TEST_F(WalletTest, PaysAndReturnsWithSignedParameters) {
  const auto cashier = open();
  const auto form = page(cashier);
  EXPECT_NE(form.find("&lt;b&gt;茶&lt;/b&gt;"), std::string::npos);
  EXPECT_EQ(form.find("<b>茶"), std::string::npos);
  EXPECT_NE(form.find("¥</small>128.00"), std::string::npos);
  EXPECT_NE(form.find("沙箱"), std::string::npos);
  const auto paid = submit(form, "123456", "rich");
  EXPECT_EQ(paid.status, 303);
  EXPECT_EQ(paid.headers.get("Location"), cashier);
  const auto result = page(cashier);
  EXPECT_NE(result.find("data-testid=\"wallet-paid\""), std::string::npos);
  auto back = between(result, "http-equiv=\"refresh\" content=\"2;url=", "\"");
  for (auto at = back.find("&amp;"); at != std::string::npos; at = back.find("&amp;")) back.replace(at, 5, "&");
  ASSERT_TRUE(back.starts_with(kReturn + "&")) << back;
  Parameters returned;
  const auto fields = form_decode(back.substr(kReturn.size() + 1));
  ASSERT_TRUE(fields.has_value());
  for (const auto& [name, value] : *fields) returned[name] = value;
  EXPECT_EQ(returned.at("out_trade_no"), "o1");
  EXPECT_EQ(returned.at("total_amount"), "128.00");
  EXPECT_EQ(returned.at("method"), "alipay.trade.page.pay.return");
  EXPECT_TRUE(rig.provider_signed(notification_text(returned), returned.at("sign")));
  EXPECT_EQ(rig.merchant().wait_for(1).at(0).at("trade_status"), "TRADE_SUCCESS");
}

TEST_F(WalletTest, HasItsPolicyAndNoForeignOrigin) {
  const auto answer = rig.http("GET", open());
  EXPECT_NE(answer.headers.get("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.body.find("<script"), std::string::npos);
  EXPECT_EQ(answer.body.find("//"), std::string::npos);  // every address on the page is a path
}

TEST_F(WalletTest, SpeaksEnglishOnRequest) {
  const auto form = page(open() + "?lang=en");
  EXPECT_NE(form.find("<html lang=\"en\">"), std::string::npos);
  EXPECT_NE(form.find("Confirm payment"), std::string::npos);
  const auto wrong = submit(form, "000000", "rich");
  EXPECT_NE(wrong.body.find("Wrong password; 2 tries left"), std::string::npos);
}

TEST_F(WalletTest, ThreeWrongPasswordsLockTheTrade) {
  const auto cashier = open();
  auto form = page(cashier);
  for (const auto* expected : {"还可输入2次", "还可输入1次"}) {
    form = submit(form, "654321", "rich").body;
    EXPECT_NE(form.find(expected), std::string::npos);
  }
  EXPECT_EQ(submit(form, "654321", "rich").status, 303);
  EXPECT_NE(page(cashier).find("密码错误次数过多"), std::string::npos);
  EXPECT_EQ(rig.trade("o1").at("state"), "WAIT_BUYER_PAY");
}

TEST_F(WalletTest, AFormIsGoodOnce) {
  const auto cashier = open();
  const auto form = page(cashier);
  EXPECT_NE(submit(form, "111111", "rich").body.find("还可输入2次"), std::string::npos);
  EXPECT_NE(submit(form, "123456", "rich").body.find("页面已过期"), std::string::npos);
  EXPECT_NE(submit("", "123456", "rich", between(form, "action=\"", "\"")).body.find("页面已过期"), std::string::npos);
  EXPECT_EQ(rig.trade("o1").at("state"), "WAIT_BUYER_PAY");
}

TEST_F(WalletTest, PoorMayChooseAnother) {
  const auto form = submit(page(open()), "123456", "poor");
  EXPECT_NE(form.body.find("余额不足，"), std::string::npos);
  EXPECT_NE(form.body.find("value=\"poor\" data-testid=\"wallet-payer-poor\" checked"), std::string::npos);
  EXPECT_EQ(submit(form.body, "123456", "rich").status, 303);
  EXPECT_EQ(rig.trade("o1").at("state"), "TRADE_SUCCESS");
}

TEST_F(WalletTest, CancelLeavesTheTradeOpenAndLeadsToTheQuitUrl) {
  const auto form = page(open("alipay.trade.wap.pay", R"(,"quit_url":"http://127.0.0.1:1/quit")"));
  const auto cancelled = submit(form, "", "rich", between(form, "formaction=\"", "\""));
  EXPECT_NE(cancelled.body.find("data-testid=\"wallet-cancelled\""), std::string::npos);
  EXPECT_NE(cancelled.body.find("href=\"http://127.0.0.1:1/quit\""), std::string::npos);
  EXPECT_EQ(rig.trade("o1").at("state"), "WAIT_BUYER_PAY");
}

TEST_F(WalletTest, ShowsWhatCannotBePaid) {
  EXPECT_EQ(rig.http("GET", "/alipay/qr/baxnothing").status, 404);
  EXPECT_EQ(rig.http("GET", "/alipay/cashier/123").status, 404);
  EXPECT_EQ(rig.http("GET", "/alipay/nothing").status, 404);
  const auto cashier = open();
  EXPECT_EQ(rig.http("POST", cashier).status, 405);
  rig.call("alipay.trade.close", R"({"out_trade_no":"o1"})");
  EXPECT_NE(page(cashier).find("交易已关闭"), std::string::npos);
}

TEST_F(WalletTest, ARefusedRequestIsAPage) {
  auto given = rig.request("alipay.trade.page.pay", R"({"out_trade_no":"o1","total_amount":"1.00","subject":"x"})",
                           {{"sign", "AAAA"}});
  const auto refused = rig.http("GET", "/alipay/gateway.do?" + form_encode({given.begin(), given.end()}));
  EXPECT_EQ(refused.status, 200);
  EXPECT_NE(refused.body.find("isv.invalid-signature"), std::string::npos);
  EXPECT_EQ(refused.headers.get("Content-Type"), "text/html; charset=utf-8");
}

TEST_F(WalletTest, TheSameOrderComesBackToItsCashierUntilItIsPaid) {
  const auto cashier = open();
  EXPECT_EQ(open(), cashier);
  rig.control("POST", "/trades/o1/pay", "{}");
  const auto given =
      rig.request("alipay.trade.page.pay", R"({"out_trade_no":"o1","total_amount":"128.00","subject":"<b>茶</b>"})");
  EXPECT_NE(rig.http("GET", "/alipay/gateway.do?" + form_encode({given.begin(), given.end()}))
                .body.find("ACQ.TRADE_HAS_SUCCESS"),
            std::string::npos);
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
