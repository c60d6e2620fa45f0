// What every call meets: authorization, signatures both ways, certificates and their rotation.
#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "foundation/text.h"
#include "sandbox/testing/wechat_merchant.h"

namespace feiqian::sandbox::wechatpay {
namespace {

using testing::Rig;
using testing::WechatMerchant;

class WechatGatewayTest : public ::testing::Test {
 protected:
  Rig rig;
  WechatMerchant merchant{rig};
};

TEST_F(WechatGatewayTest, RefusesInTheProvidersOrder) {
  const std::string target = "/v3/pay/transactions/out-trade-no/order1?mchid=1900000001";
  const auto outcome = [&](const Parameters& changed) {
    return merchant.call_with("GET", target, "", changed).outcome();
  };
  EXPECT_EQ(outcome({{"scheme", "Bearer"}}), "401 SIGN_ERROR");
  for (const char* part : {"-mchid", "-serial_no", "-timestamp", "-nonce_str", "-signature"})
    EXPECT_EQ(outcome({{part, ""}}), "401 SIGN_ERROR") << part;
  EXPECT_EQ(outcome({{"mchid", "1900000002"}}), "401 SIGN_ERROR");
  EXPECT_EQ(outcome({{"mchid", "../1900000001"}}), "401 SIGN_ERROR");
  EXPECT_EQ(outcome({{"serial_no", "00"}}), "401 SIGN_ERROR");
  EXPECT_EQ(outcome({{"timestamp", std::to_string(rig.clock.now().unix_s() - 301)}}), "401 SIGN_ERROR");
  EXPECT_EQ(outcome({{"timestamp", "now"}}), "401 SIGN_ERROR");
  EXPECT_EQ(outcome({{"nonce_str", "another"}}), "401 SIGN_ERROR");
  EXPECT_EQ(outcome({{"signature", "AAAA"}}), "401 SIGN_ERROR");
  EXPECT_EQ(outcome({}), "404 ORDER_NOT_EXIST");
  EXPECT_EQ(merchant.get("/v3/pay/nothing").outcome(), "404 NOT_FOUND");
  EXPECT_EQ(merchant.get("/v3/pay/transactions/native").outcome(), "405 INVALID_REQUEST");
}

TEST_F(WechatGatewayTest, SignsWhatItAnswersToWhomItKnows) {
  EXPECT_TRUE(merchant.native("order1").signature_right);
  EXPECT_TRUE(merchant.query("nothing1").signature_right) << "refusals too";
  EXPECT_TRUE(merchant.call_with("GET", "/v3/certificates", "", {{"signature", "AAAA"}}).signature_right);
  EXPECT_FALSE(merchant.call_with("GET", "/v3/certificates", "", {{"mchid", "1900000002"}}).signature_right);
  const auto closed = merchant.post("/v3/pay/transactions/out-trade-no/order1/close", R"({"mchid":"1900000001"})");
  EXPECT_EQ(closed.outcome(), "204");
  EXPECT_EQ(closed.raw, "");
  EXPECT_TRUE(closed.signature_right) << "also of nothing";
}

TEST_F(WechatGatewayTest, ChecksTheFields) {
  struct Case {
    const char* from;
    const char* to;
    const char* outcome;
  };
  const std::string good =
      R"({"appid":"wx0000000000000001","mchid":"1900000001","description":"x","out_trade_no":"order1",)"
      R"("notify_url":"http://127.0.0.1:9/n","amount":{"total":1,"currency":"CNY"}})";
  for (const auto& c : {
           Case{R"("total":1)", R"("total":0)", "400 PARAM_ERROR"},
           Case{R"("total":1)", R"("total":-1)", "400 PARAM_ERROR"},
           Case{R"("total":1)", R"("total":"1")", "400 PARAM_ERROR"},
           Case{R"("total":1)", R"("total":1.5)", "400 PARAM_ERROR"},
           Case{"CNY", "USD", "400 PARAM_ERROR"},
           Case{"order1", "short", "400 PARAM_ERROR"},
           Case{"order1", "order 1", "400 PARAM_ERROR"},
           Case{R"("description":"x")", R"("description":"")", "400 PARAM_ERROR"},
           Case{"http://127.0.0.1:9/n", "https://example.com/n", "400 PARAM_ERROR"},
           Case{"http://127.0.0.1:9/n", "http://127.0.0.1:9/n?a=1", "400 PARAM_ERROR"},
           Case{"1900000001", "1900000002", "400 PARAM_ERROR"},
           Case{"wx0000000000000001", "wx2", "400 APPID_MCHID_NOT_MATCH"},
           Case{"{\"appid\"", "[\"appid\"", "400 PARAM_ERROR"},
           Case{"order1", "order1", "200"},
       }) {
    auto body = good;
    body.replace(body.find(c.from), std::string_view(c.from).size(), c.to);
    EXPECT_EQ(merchant.post("/v3/pay/transactions/native", body).outcome(), c.outcome) << c.to;
  }
}

TEST_F(WechatGatewayTest, AMerchantsTradesAreItsOwn) {
  merchant.native("order1");
  WechatMerchant other(rig, "1900000002");
  EXPECT_EQ(other.query("order1").outcome(), "404 ORDER_NOT_EXIST");
  EXPECT_EQ(merchant.query("order1").outcome(), "200");
}

TEST_F(WechatGatewayTest, CertificatesAreSealedForTheirMerchant) {
  const auto answer = merchant.get("/v3/certificates");
  ASSERT_TRUE(answer.signature_right);
  const auto& data = answer.body.at("data").as_array();
  ASSERT_EQ(data.size(), 1U);
  const auto pem = merchant.opened(data[0].at("encrypt_certificate").as_object());
  ASSERT_TRUE(pem.has_value());
  EXPECT_EQ(crypto::Certificate::from_pem(*pem).value().serial_hex(), data[0].at("serial_no").as_string());
  EXPECT_EQ(answer.serial, data[0].at("serial_no").as_string());
}

TEST_F(WechatGatewayTest, ANewCertificateIsListedThenSignsThenStandsAlone) {
  const auto first = merchant.get("/v3/certificates").serial;
  EXPECT_EQ(rig.control("POST", "/wechatpay/certificates", R"({"signs":false})").status, 201);
  const auto announced = merchant.get("/v3/certificates");
  EXPECT_EQ(announced.body.at("data").as_array().size(), 2U);
  EXPECT_EQ(announced.serial, first);
  EXPECT_EQ(rig.control("POST", "/wechatpay/certificates/sign").status, 200);
  const auto second = merchant.get("/v3/certificates");
  EXPECT_NE(second.serial, first);
  EXPECT_TRUE(second.signature_right);
  rig.restart();
  EXPECT_EQ(merchant.get("/v3/certificates").serial, second.serial) << "and it is remembered";
  EXPECT_EQ(rig.control("POST", "/wechatpay/certificates", R"({"only":true})").status, 201);
  const auto third = merchant.get("/v3/certificates");
  EXPECT_EQ(third.body.at("data").as_array().size(), 1U);
  EXPECT_NE(third.serial, second.serial);
  EXPECT_EQ(rig.control("POST", "/wechatpay/certificates", R"({"only":1})").status, 400);
  EXPECT_EQ(rig.control("GET", "/wechatpay/nothing").status, 404);
}

TEST_F(WechatGatewayTest, WhoAsksForThePublicKeyGetsAnswersSignedWithIt) {
  const auto made = rig.control_json("POST", "/wechatpay/public-key");
  const std::string id(made.at("id").as_string());
  EXPECT_TRUE(id.starts_with("PUB_KEY_ID_"));
  auto headers = merchant.signed_headers("GET", "/v3/certificates", "");
  headers.add("Wechatpay-Serial", id);
  const auto answer = rig.http("GET", "/v3/certificates", "", headers);
  EXPECT_EQ(answer.headers.get("Wechatpay-Serial"), id);
  const auto key =
      crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256, std::string(made.at("public_key_pem").as_string()))
          .value();
  const auto text = std::string(answer.headers.get("Wechatpay-Timestamp")) + "\n" +
                    std::string(answer.headers.get("Wechatpay-Nonce")) + "\n" + answer.body + "\n";
  EXPECT_TRUE(key.verify(text, from_base64(answer.headers.get("Wechatpay-Signature")).value()).ok());
  EXPECT_EQ(rig.control_json("POST", "/wechatpay/public-key").at("id").as_string(), id) << "one for all";
}

}  // namespace
}  // namespace feiqian::sandbox::wechatpay
