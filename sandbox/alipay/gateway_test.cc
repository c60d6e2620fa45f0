#include "sandbox/alipay/gateway.h"

#include <gtest/gtest.h>

#include "foundation/text.h"
#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::alipay {
namespace {

using testing::Rig;

const std::string kQuery = "alipay.trade.query";
const std::string kBiz = R"({"out_trade_no":"o1"})";

/// Each breaks the request in one more way than the next, so that the answers walk down the order of precedence.
TEST(Gateway, RefusesInTheProvidersOrder) {
  Rig rig;
  const std::vector<std::pair<Parameters, std::string>> breaks{
      {{{"-method", ""}}, "40001 isv.missing-method"},
      {{{"-app_id", ""}}, "40001 isv.missing-app-id"},
      {{{"-sign_type", ""}}, "40001 isv.missing-signature-type"},
      {{{"-sign", ""}}, "40001 isv.missing-signature"},
      {{{"-timestamp", ""}}, "40001 isv.missing-timestamp"},
      {{{"-version", ""}}, "40001 isv.missing-version"},
      {{{"version", "2.0"}}, "40002 isv.invalid-parameter"},
      {{{"method", "alipay.trade.nothing"}}, "40002 isv.invalid-method"},
      {{{"format", "XML"}}, "40002 isv.invalid-format"},
      {{{"charset", "gbk"}}, "40002 isv.invalid-charset"},
      {{{"sign_type", "RSA"}}, "40002 isv.invalid-signature-type"},
      {{{"timestamp", "2026-13-01 00:00:00"}}, "40002 isv.invalid-timestamp"},
      {{{"app_id", "2021999999999999"}}, "40002 isv.invalid-app-id"},
      {{{"sign", "AAAA"}}, "40002 isv.invalid-signature"},
  };
  Parameters all;
  for (auto entry = breaks.rbegin(); entry != breaks.rend(); ++entry) {
    for (const auto& change : entry->first) all.insert_or_assign(change.first, change.second);
    const auto answer = rig.call(kQuery, kBiz, all);
    EXPECT_EQ(answer.outcome(), entry->second);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.signature_right) << answer.raw;
  }
}

TEST(Gateway, AnswersUnderTheMethodsNameOrAsError) {
  Rig rig;
  EXPECT_TRUE(
      rig.call(kQuery, kBiz)
          .raw.starts_with(R"({"alipay_trade_query_response":{"code":"40004","msg":"Business Failed","sub_code":)"));
  EXPECT_TRUE(rig.call(kQuery, kBiz, {{"-method", ""}}).raw.starts_with(R"({"error_response":{"code":"40001",)"));
  EXPECT_TRUE(rig.call("<script>", kBiz).raw.starts_with(R"({"error_response":{"code":"40002",)"));
}

TEST(Gateway, ChecksTheBusinessParameters) {
  Rig rig;
  EXPECT_EQ(rig.call(kQuery, "{").outcome(), "40002 isv.invalid-parameter");
  EXPECT_EQ(rig.call(kQuery, "[]").outcome(), "40002 isv.invalid-parameter");
  EXPECT_EQ(rig.call(kQuery, "{}").outcome(), "40004 ACQ.INVALID_PARAMETER");
  const std::vector<std::pair<std::string, std::string>> amounts{
      {R"("0.01")", "10000"},
      {R"("100000000.00")", "10000"},
      {R"("0.00")", "40004 ACQ.TOTAL_FEE_EXCEED"},
      {R"("-1.00")", "40004 ACQ.TOTAL_FEE_EXCEED"},
      {R"("100000000.01")", "40004 ACQ.TOTAL_FEE_EXCEED"},
      {R"("1.001")", "40004 ACQ.INVALID_PARAMETER"},
      {R"("1e2")", "40004 ACQ.INVALID_PARAMETER"},
      {R"("")", "40004 ACQ.INVALID_PARAMETER"},
      {R"("12x")", "40004 ACQ.INVALID_PARAMETER"},
      {"88", "10000"},
      {"0.1", "10000"},
  };
  int number = 0;
  for (const auto& [amount, outcome] : amounts) {
    const auto biz =
        R"({"out_trade_no":"a)" + std::to_string(number++) + R"(","subject":"x","total_amount":)" + amount + "}";
    EXPECT_EQ(rig.call("alipay.trade.precreate", biz).outcome(), outcome) << amount;
  }
  EXPECT_EQ(
      rig.call("alipay.trade.precreate", R"({"out_trade_no":"a-1","subject":"x","total_amount":"1.00"})").outcome(),
      "40004 ACQ.INVALID_PARAMETER");
  EXPECT_EQ(rig.call("alipay.trade.precreate", R"({"out_trade_no":"a1","total_amount":"1.00"})").outcome(),
            "40004 ACQ.INVALID_PARAMETER");
}

TEST(Gateway, NotifiesLoopbackOnly) {
  Rig rig;
  const auto biz = R"({"out_trade_no":"a1","subject":"x","total_amount":"1.00"})";
  for (const auto* url :
       {"http://192.0.2.1/n", "https://example.com/n", "http://127.0.0.1.example.com/", "not a url"}) {
    EXPECT_EQ(rig.call("alipay.trade.precreate", biz, {{"notify_url", url}}).outcome(), "40002 isv.invalid-parameter")
        << url;
  }
}

TEST(Gateway, TakesTheSignedUrlOfABrowserAndParametersTwiceAlike) {
  Rig rig;
  const auto given = rig.request(kQuery, kBiz);
  const auto encoded = form_encode({given.begin(), given.end()});
  const auto got = rig.http("GET", "/alipay/gateway.do?" + encoded);
  EXPECT_NE(got.body.find("ACQ.TRADE_NOT_EXIST"), std::string::npos);
  const auto twice = rig.http("POST", "/alipay/gateway.do?" + encoded, "app_id=other");
  EXPECT_NE(twice.body.find("isv.invalid-parameter"), std::string::npos);
}

TEST(Gateway, AnAppIdIsNeverAPath) {
  Rig rig;
  EXPECT_EQ(rig.call(kQuery, kBiz, {{"app_id", "../apps/2021000000000001"}}).outcome(), "40002 isv.invalid-app-id");
}

TEST(Gateway, AnAppsTradesAreItsOwn) {
  Rig rig;
  rig.call("alipay.trade.precreate", R"({"out_trade_no":"o1","subject":"x","total_amount":"1.00"})");
  rig.control("POST", "/trades/o1/pay", "{}");
  const auto trade_no = rig.call(kQuery, kBiz).text("trade_no");
  ASSERT_FALSE(trade_no.empty());
  // Another app whose key happens to be the same.
  std::filesystem::copy_file(rig.directory() + "/alipay/apps/2021000000000001.pem",
                             rig.directory() + "/alipay/apps/2021000000000002.pem");
  EXPECT_EQ(rig.call(kQuery, kBiz, {{"app_id", "2021000000000002"}}).outcome(), "40004 ACQ.TRADE_NOT_EXIST");
  EXPECT_EQ(rig.call(kQuery, R"({"trade_no":")" + trade_no + "\"}", {{"app_id", "2021000000000002"}}).outcome(),
            "40004 ACQ.TRADE_NOT_EXIST");
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
