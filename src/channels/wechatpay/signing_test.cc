#include "channels/wechatpay/signing.h"

#include <gtest/gtest.h>

#include "foundation/text.h"

namespace feiqian::channels::wechatpay {
namespace {

class WechatSigningTest : public ::testing::Test {
 protected:
  static const crypto::Signer& key() {
    static const auto* const kKey = new crypto::Signer(crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256));
    return *kKey;
  }
  static bool is_signature(const std::string& text, std::string_view base64) {
    const auto verifier = crypto::Verifier::from_pem(key().algorithm(), key().public_pem()).value();
    return verifier.verify(text, from_base64(base64).value_or("")).ok();
  }
  static net::Headers headers() {
    net::Headers headers;
    headers.add("Wechatpay-Timestamp", "1554209980");
    headers.add("Wechatpay-Nonce", "c5ac7061");
    headers.add("Wechatpay-Serial", "5157F09EFDC096DE");
    headers.add("Wechatpay-Signature", "AAAA");
    return headers;
  }
  Merchant merchant{"1900009191", "1DDE55AD98ED71D6", key()};
};

// The example of the provider's guide: GET, so the body's line is empty.
TEST_F(WechatSigningTest, ARequestIsFiveLines) {
  EXPECT_EQ(request_text("GET", "/v3/certificates", 1554208460, "593BEC0C930BF1AFEB40B4A08C8FB242", ""),
            "GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n");
  EXPECT_EQ(request_text("POST", "/v3/x?a=%20", 1, "n", R"({"a":"茶"})"), "POST\n/v3/x?a=%20\n1\nn\n{\"a\":\"茶\"}\n");
}

TEST_F(WechatSigningTest, TheAuthorizationNamesEverythingThatIsNeededToCheckIt) {
  const auto header = authorization(merchant, "POST", "/v3/x", 1554208460, "nonce", "{}");
  const std::string head = R"(WECHATPAY2-SHA256-RSA2048 mchid="1900009191",nonce_str="nonce",signature=")";
  ASSERT_TRUE(header.starts_with(head)) << header;
  const auto end = header.find('"', head.size());
  EXPECT_EQ(header.substr(end), R"(",timestamp="1554208460",serial_no="1DDE55AD98ED71D6")");
  EXPECT_TRUE(is_signature("POST\n/v3/x\n1554208460\nnonce\n{}\n", header.substr(head.size(), end - head.size())));
}

TEST_F(WechatSigningTest, AnAnswerIsThreeLines) {
  const auto read = provider_signature(headers());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().serial, "5157F09EFDC096DE");
  EXPECT_EQ(provider_text(read.value(), R"({"a":1})"), "1554209980\nc5ac7061\n{\"a\":1}\n");
  EXPECT_EQ(provider_text(read.value(), ""), "1554209980\nc5ac7061\n\n");
}

TEST_F(WechatSigningTest, AHeaderThatIsMissingOrStrangeIsNoSignature) {
  for (const char* name : {"Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature"}) {
    auto without = headers();
    without.set(name, "");
    EXPECT_FALSE(provider_signature(without).ok()) << name;
  }
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, const char*>>{{"Wechatpay-Timestamp", "-1"},
                                                        {"Wechatpay-Timestamp", "soon"},
                                                        {"Wechatpay-Timestamp", "9223372036854775807"},
                                                        {"Wechatpay-Signature", "not base64"},
                                                        {"Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"}}) {
    auto strange = headers();
    strange.set(name, value);
    EXPECT_FALSE(provider_signature(strange).ok()) << name << ": " << value;
  }
}

TEST_F(WechatSigningTest, FreshIsWithinFiveMinutesEitherWay) {
  const auto read = provider_signature(headers()).value();
  const auto at = [](std::int64_t s) { return Timestamp{(1554209980 + s) * 1000000}; };
  EXPECT_TRUE(is_fresh(read, at(0)));
  EXPECT_TRUE(is_fresh(read, at(300)));
  EXPECT_TRUE(is_fresh(read, at(-300)));
  EXPECT_FALSE(is_fresh(read, at(301)));
  EXPECT_FALSE(is_fresh(read, at(-301)));
}

TEST_F(WechatSigningTest, WhatThePayersDeviceBringsIsSigned) {
  const auto jsapi = jsapi_parameters(merchant, "wx1", "wx201410272009395522657a690389285100", 1414561699, "n");
  EXPECT_EQ(jsapi.at("timeStamp").as_string(), "1414561699");
  EXPECT_EQ(jsapi.at("package").as_string(), "prepay_id=wx201410272009395522657a690389285100");
  EXPECT_EQ(jsapi.at("signType").as_string(), "RSA");
  EXPECT_TRUE(is_signature("wx1\n1414561699\nn\nprepay_id=wx201410272009395522657a690389285100\n",
                           std::string(jsapi.at("paySign").as_string())));
  const auto app = app_parameters(merchant, "wx1", "wx20141", 1414561699, "n");
  EXPECT_EQ(app.at("partnerid").as_string(), "1900009191");
  EXPECT_EQ(app.at("package").as_string(), "Sign=WXPay");
  EXPECT_TRUE(is_signature("wx1\n1414561699\nn\nwx20141\n", std::string(app.at("sign").as_string())));
}

}  // namespace
}  // namespace feiqian::channels::wechatpay
