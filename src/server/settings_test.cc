#include "server/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace feiqian::server {
namespace {

using ::testing::HasSubstr;

Result<Settings> read(const std::string& toml) {
  const Environment nothing = [](const std::string&) { return std::optional<std::string>(); };
  return parse_settings(Config::parse(toml, "feiqian.toml", nothing).value(), "data");
}

TEST(UnionPaySettings, AreOffWithoutTheirSection) {
  EXPECT_FALSE(read("").value().unionpay.enabled);
}

TEST(UnionPaySettings, HaveTheProvidersAddressesAsDefaults) {
  const auto unionpay = read("[channels.unionpay]\nmerchant_id = '777290058110048'\n").value().unionpay;
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
    const auto settings = read("[channels.unionpay]\n" + std::string(c.lines) + "\n");
    ASSERT_FALSE(settings.ok()) << c.lines;
    EXPECT_THAT(settings.error().detail(), HasSubstr(c.problem)) << c.lines;
  }
}

TEST(UnionPaySettings, ATrailingSlashOfTheGatewayIsDropped) {
  const auto settings =
      read("[channels.unionpay]\nmerchant_id = '777290058110048'\ngateway_url = 'http://127.0.0.1:9500/unionpay/'\n");
  EXPECT_EQ(settings.value().unionpay.gateway_url, "http://127.0.0.1:9500/unionpay");
}

}  // namespace
}  // namespace feiqian::server
