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

TEST(UnionPaySettings, AreOffWithoutTheirSection) {
  EXPECT_FALSE(settings_of("").value().unionpay.enabled);
}

TEST(UnionPaySettings, HaveTheProvidersAddressesAsDefaults) {
  const auto unionpay = settings_of("[channels.unionpay]\nmerchant_id = '777290058110048'\n").value().unionpay;
  EXPECT_TRUE(unionpay.enabled);
  EXPECT_EQ(unionpay.gateway_url, "https://gateway.95516.com");
  EXPECT_EQ(unionpay.file_url, "https://filedownload.95516.com/");
  EXPECT_EQ(unionpay.sign_method, "01");
  EXPECT_EQ(unionpay.certificate_name, "中国银联股份有限公司");
  EXPECT_EQ(unionpay.timeout_ms, 8000);
}

TEST(UnionPaySettings, AreRefusedByName) {
  struct Case {
    const char* lines;
    const char* problem;
  };
  for (const auto& c : {
           Case{"timeout_ms = 100", "channels.unionpay.merchant_id"},
           Case{"merchant_id = '77729005811004'", "must have 15 letters or digits"},
           Case{"merchant_id = '../2900581100/8'", "must have 15 letters or digits"},
           Case{"merchant_id = '777290058110048'\nsign_method = '02'", "channels.unionpay.sign_method"},
           Case{"merchant_id = '777290058110048'\ngateway_url = 'ftp://x'", "channels.unionpay.gateway_url"},
           Case{"merchant_id = '777290058110048'\nfile_url = ''", "channels.unionpay.file_url"},
           Case{"merchant_id = '777290058110048'\ntimeout_ms = 99", "channels.unionpay.timeout_ms"},
           Case{"merchant_id = '777290058110048'\nmerchant = 'x'", "channels.unionpay.merchant"},
       }) {
    const auto settings = settings_of("[channels.unionpay]\n" + std::string(c.lines) + "\n");
    ASSERT_FALSE(settings.ok()) << c.lines;
    EXPECT_THAT(settings.error().detail(), HasSubstr(c.problem)) << c.lines;
  }
}

TEST(UnionPaySettings, ATrailingSlashOfTheGatewayIsDropped) {
  const auto settings = settings_of(
      "[channels.unionpay]\nmerchant_id = '777290058110048'\ngateway_url = 'http://127.0.0.1:9500/unionpay/'\n");
  EXPECT_EQ(settings.value().unionpay.gateway_url, "http://127.0.0.1:9500/unionpay");
}

}  // namespace
}  // namespace feiqian::server
