#include "sandbox/notifications.h"

#include <gtest/gtest.h>

#include "sandbox/testing/rig.h"

namespace feiqian::sandbox {
namespace {

namespace json = codec::json;
using testing::Rig;

TEST(LoopbackUrl, IsLiteralOrLocalhost) {
  for (const auto* url : {"http://127.0.0.1:9/x", "http://127.1.2.3/", "http://localhost:80/", "http://[::1]:9/n",
                          "https://localhost/"}) {
    EXPECT_TRUE(is_loopback_url(url)) << url;
  }
  for (const auto* url : {"http://192.0.2.1/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
                          "http://[::2]/", "ftp://127.0.0.1/", "http://u@127.0.0.1/", "127.0.0.1", ""}) {
    EXPECT_FALSE(is_loopback_url(url)) << url;
  }
}

class NotificationsTest : public ::testing::Test {
 protected:
  static SandboxOptions options() {
    SandboxOptions made;
    made.notify_schedule_ms = {1000, 2000};
    return made;
  }
  void pay_one(const std::string& order) {
    rig.call("alipay.trade.precreate", R"({"out_trade_no":")" + order + R"(","total_amount":"128.00","subject":"x"})");
    ASSERT_EQ(rig.control("POST", "/trades/" + order + "/pay", "{}").status, 200);
  }
  /// Once the count of tries recorded for the payment's notification is reached.
  json::object notification_after(const std::string& order, std::int64_t attempts) {
    json::object notify;
    for (int i = 0; i < 1000; ++i) {
      notify = rig.trade(order).at("notify").as_object();
      if (notify.at("attempts").as_int64() >= attempts) break;
    }
    return notify;
  }
  Rig rig{options()};
};

TEST_F(NotificationsTest, AcknowledgedByExactlySuccess) {
  const std::vector<std::pair<int, std::string>> answers{
      {200, "success\n"}, {200, "SUCCESS"}, {200, ""}, {500, "success"}, {302, "success"}};
  int number = 0;
  for (const auto& [status, body] : answers) {
    rig.merchant().answer(status, body);
    const auto order = "o" + std::to_string(number++);
    pay_one(order);
    EXPECT_EQ(notification_after(order, 1).at("state"), "pending") << status << " " << body;
  }
  rig.merchant().answer(200, "success");
  pay_one("good");
  EXPECT_EQ(notification_after("good", 1).at("state"), "acknowledged");
}

TEST_F(NotificationsTest, TriesAgainAlongTheScheduleThenGivesUp) {
  rig.merchant().answer(200, "fail");
  pay_one("o1");
  rig.merchant().wait_for(1);
  EXPECT_EQ(notification_after("o1", 1).at("state"), "pending");
  rig.clock.advance_ms(999);
  EXPECT_EQ(rig.merchant().count(), 1U);
  rig.clock.advance_ms(1);
  EXPECT_EQ(rig.merchant().wait_for(2).size(), 2U);
  notification_after("o1", 2);
  rig.clock.advance_ms(2000);
  const auto forms = rig.merchant().wait_for(3);
  ASSERT_EQ(forms.size(), 3U);
  EXPECT_EQ(notification_after("o1", 3).at("state"), "exhausted");
  EXPECT_EQ(forms[0].at("notify_id"), forms[2].at("notify_id"));
  EXPECT_NE(forms[0].at("notify_time"), forms[2].at("notify_time"));
}

TEST_F(NotificationsTest, SurviveARestart) {
  rig.merchant().answer(200, "fail");
  pay_one("o1");
  notification_after("o1", 1);
  rig.restart();
  rig.merchant().answer(200, "success");
  rig.clock.advance_ms(1000);
  EXPECT_EQ(rig.merchant().wait_for(2).size(), 2U);
  EXPECT_EQ(notification_after("o1", 2).at("state"), "acknowledged");
}

TEST_F(NotificationsTest, FlushDeliversWhatIsDueLaterAndAnswersAfterwards) {
  rig.merchant().answer(200, "fail");
  pay_one("o1");
  notification_after("o1", 1);
  rig.merchant().answer(200, "success");
  const auto flushed = rig.control_json("POST", "/notifications/flush", "{}");
  EXPECT_EQ(flushed.at("notifications").as_array().front().at("state"), "acknowledged");
  EXPECT_EQ(rig.merchant().count(), 2U);
}

TEST_F(NotificationsTest, NothingIsSentWithoutAnAddress) {
  rig.call("alipay.trade.precreate", R"({"out_trade_no":"o1","total_amount":"1.00","subject":"x"})",
           {{"-notify_url", ""}});
  ASSERT_EQ(rig.control("POST", "/trades/o1/pay", "{}").status, 200);
  rig.control("POST", "/notifications/flush", "{}");
  EXPECT_EQ(rig.merchant().count(), 0U);
}

}  // namespace
}  // namespace feiqian::sandbox
