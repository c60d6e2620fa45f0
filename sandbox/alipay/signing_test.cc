#include "sandbox/alipay/signing.h"

#include <gtest/gtest.h>

#include "foundation/text.h"

namespace feiqian::sandbox::alipay {
namespace {

class SigningTest : public ::testing::Test {
 protected:
  static crypto::Verifier public_half(const crypto::Signer& key) {
    return crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256, key.public_pem()).value();
  }
  crypto::Signer key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
};

TEST_F(SigningTest, RequestCoversEverythingButSignSorted) {
  const Parameters parameters{
      {"sign", "x"}, {"version", "1.0"}, {"app_id", "1"}, {"sign_type", "RSA2"}, {"biz_content", R"({"a":"茶 &="})"},
      {"e", ""}};
  EXPECT_EQ(request_text(parameters, EmptyValues::Keep),
            "app_id=1&biz_content={\"a\":\"茶 &=\"}&e=&sign_type=RSA2&version=1.0");
  EXPECT_EQ(request_text(parameters, EmptyValues::Drop),
            "app_id=1&biz_content={\"a\":\"茶 &=\"}&sign_type=RSA2&version=1.0");
}

TEST_F(SigningTest, AcceptsRequestsSignedWithOrWithoutEmptyValues) {
  for (const std::string text : {"a=1&e=&sign_type=RSA2", "a=1&sign_type=RSA2"}) {
    const Parameters parameters{{"a", "1"}, {"e", ""}, {"sign_type", "RSA2"}, {"sign", to_base64(key.sign(text))}};
    EXPECT_TRUE(request_is_signed(parameters, public_half(key))) << text;
  }
}

TEST_F(SigningTest, RefusesRequestsOfAnotherKeyChangedOrUnreadable) {
  const auto text = "a=1&sign_type=RSA2";
  Parameters parameters{{"a", "1"}, {"sign_type", "RSA2"}, {"sign", to_base64(key.sign(text))}};
  EXPECT_FALSE(request_is_signed(parameters, public_half(crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256))));
  parameters["a"] = "2";
  EXPECT_FALSE(request_is_signed(parameters, public_half(key)));
  parameters["a"] = "1";
  EXPECT_TRUE(request_is_signed(parameters, public_half(key)));
  parameters["sign"] = "not base64";
  EXPECT_FALSE(request_is_signed(parameters, public_half(key)));
}

TEST_F(SigningTest, NotificationLeavesOutSignAndSignTypeAndSendsNothingEmpty) {
  const auto sent = signed_parameters({{"b", "2"}, {"a", "茶"}, {"empty", ""}, {"sign_type", "RSA2"}}, key);
  EXPECT_FALSE(sent.contains("empty"));
  EXPECT_EQ(notification_text(sent), "a=茶&b=2");
  EXPECT_TRUE(public_half(key).verify("a=茶&b=2", from_base64(sent.at("sign")).value_or("")).ok());
  const auto wrong = signed_parameters({{"b", "2"}, {"a", "茶"}}, key, true);
  EXPECT_FALSE(public_half(key).verify("a=茶&b=2", from_base64(wrong.at("sign")).value_or("")).ok());
}

TEST_F(SigningTest, AnswerIsSignedOverItsRawBytesWithEscapedSlashes) {
  const codec::json::object inner{{"code", "10000"}, {"qr_code", "http://x/y"}, {"subject", "茶\""}};
  const auto answer = signed_answer("k_response", inner, key);
  const std::string raw = R"({"code":"10000","qr_code":"http:\/\/x\/y","subject":"茶\""})";
  const std::string head = R"({"k_response":)" + raw + R"(,"sign":")";
  ASSERT_TRUE(answer.starts_with(head)) << answer;
  ASSERT_TRUE(answer.ends_with("\"}"));
  const auto signature = from_base64(answer.substr(head.size(), answer.size() - head.size() - 2));
  ASSERT_TRUE(signature.has_value());
  EXPECT_TRUE(public_half(key).verify(raw, *signature).ok());
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
