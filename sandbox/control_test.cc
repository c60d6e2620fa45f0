#include "sandbox/control.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include "foundation/text.h"
#include "sandbox/testing/rig.h"

namespace feiqian::sandbox {
namespace {

using testing::Rig;

TEST(Control, NeedsTheToken) {
  Rig rig;
  net::Headers wrong;
  wrong.add("Authorization", "Bearer " + std::string(64, '0'));
  EXPECT_EQ(rig.http("GET", "/control/trades").status, 401);
  EXPECT_EQ(rig.http("GET", "/control/trades", "", wrong).status, 401);
  EXPECT_EQ(rig.control("GET", "/trades").status, 200);
  struct stat found {};
  ASSERT_EQ(::stat((rig.directory() + "/sandbox.token").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((rig.directory() + "/alipay/alipay_private.pem").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(Control, AnswersProblemsPlainly) {
  Rig rig;
  EXPECT_EQ(rig.control("GET", "/nothing").status, 404);
  EXPECT_EQ(rig.control("PUT", "/faults").status, 405);
  EXPECT_EQ(rig.control("POST", "/trades").status, 405);
  EXPECT_EQ(rig.control("GET", "/reset").status, 405);
  EXPECT_EQ(rig.control("POST", "/trades/nothing/pay", "{}").status, 404);
  EXPECT_EQ(rig.control("POST", "/trades/nothing/pay", R"({"payer":"nobody"})").status, 400);
  EXPECT_EQ(rig.control("POST", "/auth-codes", R"({"payer":"nobody"})").status, 400);
  const auto typo = rig.control("POST", "/faults", R"({"kind":"delay","typo":1})");
  EXPECT_EQ(typo.status, 400);
  EXPECT_NE(typo.body.find(R"("field":"typo")"), std::string::npos);
  EXPECT_EQ(rig.control("POST", "/faults", "{").status, 400);
}

TEST(Control, KeepsFaults) {
  Rig rig;
  const auto made = rig.control_json("POST", "/faults", R"({"kind":"delay","rate":0.5,"times":2})");
  EXPECT_EQ(made.at("rate"), 0.5);
  EXPECT_EQ(rig.control_json("GET", "/faults").at("faults").as_array().size(), 1U);
  EXPECT_EQ(rig.control("DELETE", "/faults/" + std::to_string(made.at("id").as_int64())).status, 204);
  EXPECT_EQ(rig.control("DELETE", "/faults/1").status, 404);
  rig.add_fault(R"({"kind":"delay"})");
  EXPECT_EQ(rig.control("DELETE", "/faults").status, 204);
  EXPECT_TRUE(rig.control_json("GET", "/faults").at("faults").as_array().empty());
}

TEST(Control, ResetForgetsEverything) {
  Rig rig;
  rig.call("alipay.trade.precreate", R"({"out_trade_no":"o1","total_amount":"1.00","subject":"x"})");
  const auto first = rig.control_json("POST", "/trades/o1/pay", "{}").at("trade").at("trade_no");
  rig.merchant().wait_for(1);
  rig.add_fault(R"({"kind":"notify_drop"})");
  EXPECT_EQ(rig.control("POST", "/reset", "{}").status, 204);
  EXPECT_TRUE(rig.control_json("GET", "/trades").at("trades").as_array().empty());
  EXPECT_TRUE(rig.control_json("GET", "/faults").at("faults").as_array().empty());
  EXPECT_TRUE(rig.control_json("GET", "/notifications").at("notifications").as_array().empty());
  rig.call("alipay.trade.precreate", R"({"out_trade_no":"o1","total_amount":"1.00","subject":"x"})");
  EXPECT_NE(rig.control_json("POST", "/trades/o1/pay", "{}").at("trade").at("trade_no"),
            first);  // trade numbers never come again
}

TEST(Sandbox, AnswersOnLoopbackNamesOnly) {
  Rig rig;
  net::Headers foreign;
  foreign.add("Host", "evil.example:9401");
  EXPECT_EQ(rig.http("GET", "/healthz", "", foreign).status, 403);
  EXPECT_EQ(rig.http("GET", "/healthz").body, R"({"status":"ok"})");
}

TEST(Sandbox, StartsOnLoopbackOnlyAndOncePerDirectory) {
  Rig rig;
  SandboxOptions options;
  options.data_directory = rig.directory();
  EXPECT_TRUE(Sandbox::start(options).error().is(errors::kStoreLocked));
  const testing::TemporaryDirectory other;
  options.data_directory = other.path();
  options.address = "0.0.0.0";
  EXPECT_TRUE(Sandbox::start(options).error().is(errors::kListenFailed));
  options.address = "127.0.0.1";
  options.port = rig.sandbox().port();
  EXPECT_TRUE(Sandbox::start(options).error().is(errors::kListenFailed));
}

TEST(Sandbox, RefusesATokenThatOthersMayRead) {
  Rig rig;
  const testing::TemporaryDirectory other;
  SandboxOptions options;
  options.data_directory = other.path();
  { ASSERT_TRUE(Sandbox::start(options).ok()); }
  ASSERT_EQ(::chmod((other.path() + "/sandbox.token").c_str(), 0644), 0);
  EXPECT_TRUE(Sandbox::start(options).error().is(errors::kFileUnusable));
}

}  // namespace
}  // namespace feiqian::sandbox
