#include "server/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace feiqian::server {
namespace {

using ::testing::HasSubstr;

Result<Settings> settings_of(std::string_view toml) {
  const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
  return parse_settings(Config::parse(toml, "feiqian.toml", nothing).value(), "data");
}

TEST(Settings, AChannelIsOnByItsSection) {
  const auto none = settings_of("").value();
  EXPECT_FALSE(none.alipay.enabled);
  EXPECT_FALSE(none.wechatpay.enabled);
  const auto both =
      settings_of(
          "[channels.alipay]\ngateway_url = \"https://openapi.alipay.com/gateway.do\"\napp_id = \"2021\"\n"
          "[channels.wechatpay]\nmchid = \"1900\"\nappid = \"wx1\"\nserial_no = \"5157\"\n")
          .value();
  EXPECT_TRUE(both.alipay.enabled);
  EXPECT_TRUE(both.wechatpay.enabled);
  EXPECT_EQ(both.wechatpay.base_url, "https://api.mch.weixin.qq.com");
  EXPECT_EQ(both.wechatpay.mchid, "1900");
  EXPECT_EQ(both.wechatpay.public_key_id, "");
  EXPECT_EQ(both.wechatpay.timeout_ms, 8000);
}

TEST(Settings, WhatAChannelNeedsIsNamedWhenItIsMissing) {
  const auto refused = settings_of("[channels.wechatpay]\nbase_url = \"ftp://x\"\ntimeout_ms = 1\n");
  ASSERT_FALSE(refused.ok());
  for (const char* key : {"base_url", "mchid", "appid", "serial_no", "timeout_ms"})
    EXPECT_THAT(refused.error().detail(), HasSubstr(std::string("channels.wechatpay.") + key));
}

TEST(Settings, ABaseAddressEndsWithoutASlash) {
  const auto read = settings_of(
      "[channels.wechatpay]\nbase_url = \"http://127.0.0.1:9401//\"\nmchid = \"1\"\nappid = \"2\"\nserial_no = "
      "\"3\"\n");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().wechatpay.base_url, "http://127.0.0.1:9401");
}

}  // namespace
}  // namespace feiqian::server
