#include "sandbox/steering.h"

#include <gtest/gtest.h>

#include "foundation/text.h"
#include "sandbox/testing/rig.h"

namespace feiqian::sandbox {
namespace {

using testing::Rig;

class SteeringTest : public ::testing::Test {
 protected:
  net::HttpResponse log_in(const std::string& token) {
    return rig.http("POST", "/steer/login", form_encode({{"token", token}}));
  }
  void SetUp() override {
    const auto entered = log_in(rig.sandbox().control_token().reveal());
    ASSERT_EQ(entered.status, 303);
    const std::string cookie(entered.headers.get("Set-Cookie"));
    EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
    EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
    session.add("Cookie", "other=1; " + cookie.substr(0, cookie.find(';')));
  }
  std::string token_of(const std::string& page) {
    const std::string before = "name=\"form_token\" value=\"";
    return page.substr(page.find(before) + before.size(), 32);
  }
  std::string submit(const std::string& path, FormFields fields) {
    fields.emplace_back("form_token", token_of(rig.http("GET", "/", "", session).body));
    return rig.http("POST", path, form_encode(fields), session).body;
  }
  Rig rig;
  net::Headers session;
};

TEST_F(SteeringTest, OpensWithTheTokenOnly) {
  EXPECT_EQ(log_in("wrong").status, 401);
  EXPECT_EQ(rig.http("GET", "/").body.find("data-testid=\"trades\""), std::string::npos);
  EXPECT_EQ(rig.http("POST", "/steer/faults", "kind=delay").status, 401);
  net::Headers forged;
  forged.add("Cookie", std::string(Access::kCookie) + "=");
  EXPECT_EQ(rig.http("GET", "/", "", forged).body.find("data-testid=\"trades\""), std::string::npos);
  EXPECT_NE(rig.http("GET", "/", "", session).body.find("data-testid=\"trades\""), std::string::npos);
}

TEST_F(SteeringTest, NeedsAFormOfItsOwn) {
  rig.http("POST", "/steer/faults", "kind=delay&form_token=" + std::string(32, '0'), session);
  EXPECT_TRUE(rig.control_json("GET", "/faults").at("faults").as_array().empty());
}

TEST_F(SteeringTest, AddsAndRemovesFaults) {
  submit("/steer/faults", {{"kind", "delay"}, {"rate", "0.5"}, {"times", "3"}, {"delay_ms", ""}, {"method", ""}});
  const auto faults = rig.control_json("GET", "/faults").at("faults").as_array();
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].at("rate"), 0.5);
  EXPECT_EQ(faults[0].at("times"), 3);
  EXPECT_NE(submit("/steer/faults", {{"kind", "delay"}, {"times", "x"}}).find("request.invalid_field"),
            std::string::npos);
  submit("/steer/faults/remove", {{"id", std::to_string(faults[0].at("id").as_int64())}});
  EXPECT_TRUE(rig.control_json("GET", "/faults").at("faults").as_array().empty());
}

TEST_F(SteeringTest, ShowsAndPaysOrdersEscaped) {
  rig.call("alipay.trade.precreate", R"({"out_trade_no":"o1","total_amount":"1.00","subject":"<script>x</script>"})");
  const auto page = submit("/steer/pay", {{"out_trade_no", "o1"}, {"payer", "rich"}});
  EXPECT_NE(page.find("&lt;script&gt;x"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(rig.trade("o1").at("state"), "TRADE_SUCCESS");
  rig.merchant().wait_for(1);
  submit("/steer/flush", {});
  EXPECT_NE(rig.http("GET", "/?lang=en", "", session).body.find("Notifications"), std::string::npos);
}

}  // namespace
}  // namespace feiqian::sandbox
