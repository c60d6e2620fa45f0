#include "sandbox/testing/wechat_merchant.h"

#include "crypto/aead.h"
#include "crypto/certificate.h"
#include "foundation/check.h"
#include "foundation/text.h"
#include "sandbox/private_file.h"

namespace feiqian::sandbox::testing {
namespace {

constexpr const char* kSerial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";

/// Made once a process: making one takes longer than most tests.
const crypto::Signer& merchant_key() {
  static const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  return key;
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::string ApiAnswer::text(std::string_view name) const {
  return text_of(body, name);
}
std::string ApiAnswer::outcome() const {
  const auto code = text("code");
  return code.empty() ? std::to_string(status) : std::to_string(status) + " " + code;
}

WechatMerchant::WechatMerchant(Rig& rig, std::string mchid) : rig_(rig), mchid_(std::move(mchid)) {
  const json::object file{{"mchid", mchid_},
                          {"appid", "wx0000000000000001"},
                          {"serial_no", kSerial},
                          {"public_key_pem", merchant_key().public_pem()},
                          {"api_v3_key", kApiV3Key}};
  CHECK(write_file(rig.directory() + "/wechatpay/merchants/" + mchid_ + ".json", json::serialize(file), 0600).ok());
}

net::Headers WechatMerchant::signed_headers(const std::string& method, const std::string& target,
                                            const std::string& body, const Parameters& changed) {
  const auto seconds = std::to_string(rig_.clock.now().unix_s());
  const auto text = method + "\n" + target + "\n" + seconds + "\nnonce\n" + body + "\n";
  Parameters parts{{"mchid", mchid_},
                   {"serial_no", kSerial},
                   {"timestamp", seconds},
                   {"nonce_str", "nonce"},
                   {"signature", to_base64(merchant_key().sign(text))}};
  std::string scheme = "WECHATPAY2-SHA256-RSA2048";
  for (const auto& [name, value] : changed) {
    if (name == "scheme") {
      scheme = value;
    } else if (name.starts_with("-")) {
      parts.erase(name.substr(1));
    } else {
      parts[name] = value;
    }
  }
  std::string header;
  for (const auto& [name, value] : parts) header += (header.empty() ? " " : ",") + name + "=\"" + value + "\"";
  net::Headers headers;
  headers.add("Authorization", scheme + header);
  headers.add("Accept", "application/json");
  if (!body.empty()) headers.add("Content-Type", "application/json");
  return headers;
}

ApiAnswer WechatMerchant::call(const std::string& method, const std::string& target, const std::string& body) {
  return call_with(method, target, body, {});
}

ApiAnswer WechatMerchant::call_with(const std::string& method, const std::string& target, const std::string& body,
                                    const Parameters& changed) {
  const auto response = rig_.http(method, target, body, signed_headers(method, target, body, changed));
  ApiAnswer answer;
  answer.status = response.status;
  answer.raw = response.body;
  answer.serial = response.headers.get("Wechatpay-Serial");
  answer.signature_right = provider_signed(response.headers, response.body);
  if (auto parsed = codec::parse_json(response.body); parsed && parsed->is_object()) answer.body = parsed->get_object();
  return answer;
}

ApiAnswer WechatMerchant::native(const std::string& number, std::int64_t total) {
  return post("/v3/pay/transactions/native",
              json::serialize(json::object{{"appid", "wx0000000000000001"},
                                           {"mchid", mchid_},
                                           {"description", "龙井茶"},
                                           {"out_trade_no", number},
                                           {"notify_url", rig_.merchant().url()},
                                           {"amount", json::object{{"total", total}, {"currency", "CNY"}}}}));
}

ApiAnswer WechatMerchant::codepay(const std::string& number, const std::string& auth_code, std::int64_t total) {
  return post("/v3/pay/transactions/codepay",
              json::serialize(json::object{{"appid", "wx0000000000000001"},
                                           {"mchid", mchid_},
                                           {"description", "龙井茶"},
                                           {"out_trade_no", number},
                                           {"payer", json::object{{"auth_code", auth_code}}},
                                           {"amount", json::object{{"total", total}}}}));
}

ApiAnswer WechatMerchant::query(const std::string& number) {
  return get("/v3/pay/transactions/out-trade-no/" + number + "?mchid=" + mchid_);
}

ApiAnswer WechatMerchant::refund(const std::string& number, const std::string& refund_number, std::int64_t amount,
                                 std::int64_t total) {
  return post("/v3/refund/domestic/refunds",
              json::serialize(
                  json::object{{"out_trade_no", number},
                               {"out_refund_no", refund_number},
                               {"notify_url", rig_.merchant().url()},
                               {"amount", json::object{{"refund", amount}, {"total", total}, {"currency", "CNY"}}}}));
}

std::string WechatMerchant::auth_code(const std::string& payer) {
  const auto made = rig_.control_json("POST", "/auth-codes", R"({"channel":"wechatpay","payer":")" + payer + "\"}");
  return std::string(made.at("auth_code").as_string());
}

bool WechatMerchant::provider_signed(const net::Headers& headers, const std::string& body) const {
  const std::string serial(headers.get("Wechatpay-Serial"));
  const auto pem = read_file(rig_.directory() + "/wechatpay/platform/" + serial + ".cert.pem");
  const auto signature = from_base64(headers.get("Wechatpay-Signature"));
  if (serial.empty() || !pem || !pem.value() || !signature) return false;
  const auto certificate = crypto::Certificate::from_pem(**pem);
  const auto text = std::string(headers.get("Wechatpay-Timestamp")) + "\n" +
                    std::string(headers.get("Wechatpay-Nonce")) + "\n" + body + "\n";
  return certificate.ok() && certificate->rsa_verifier().value().verify(text, *signature).ok();
}

std::optional<std::string> WechatMerchant::opened(const json::object& sealed) const {
  const auto ciphertext = from_base64(text_of(sealed, "ciphertext"));
  if (!ciphertext) return std::nullopt;
  auto plain = crypto::aes_256_gcm_open(Secret(kApiV3Key), text_of(sealed, "nonce"), text_of(sealed, "associated_data"),
                                        *ciphertext);
  return plain ? std::optional(std::move(plain).value()) : std::nullopt;
}

}  // namespace feiqian::sandbox::testing
