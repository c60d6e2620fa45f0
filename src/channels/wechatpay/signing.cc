#include "channels/wechatpay/signing.h"

#include <initializer_list>

#include "foundation/text.h"

namespace feiqian::channels::wechatpay {
namespace {

/// Each line ended, the last one too.
std::string lines(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) {
    text += part;
    text += '\n';
  }
  return text;
}

std::string signature_of(const crypto::Signer& key, std::string_view text) {
  return to_base64(key.sign(text));
}

}  // namespace

std::string request_text(std::string_view method, std::string_view target, std::int64_t unix_s, std::string_view nonce,
                         std::string_view body) {
  return lines({method, target, std::to_string(unix_s), nonce, body});
}

std::string authorization(const Merchant& merchant, std::string_view method, std::string_view target,
                          std::int64_t unix_s, std::string_view nonce, std::string_view body) {
  const auto signature = signature_of(merchant.key, request_text(method, target, unix_s, nonce, body));
  return "WECHATPAY2-SHA256-RSA2048 mchid=\"" + merchant.mchid + "\",nonce_str=\"" + std::string(nonce) +
         "\",signature=\"" + signature + "\",timestamp=\"" + std::to_string(unix_s) + "\",serial_no=\"" +
         merchant.serial_no + "\"";
}

Result<ProviderSignature> provider_signature(const net::Headers& headers) {
  const auto refuse = [](const char* why) { return Error(errors::kSignatureWrong, why); };
  // The provider names its own algorithm where it offers a choice; nothing but RSA is understood here.
  const auto type = headers.get("Wechatpay-Signature-Type");
  if (!type.empty() && type != "WECHATPAY2-SHA256-RSA2048") return refuse("not signed by RSA");
  ProviderSignature read;
  const auto seconds = parse_int(headers.get("Wechatpay-Timestamp"));
  // Bounded, so that seconds can be told in microseconds.
  if (!seconds || *seconds < 0 || *seconds > 100'000'000'000) return refuse("no readable timestamp");
  read.unix_s = *seconds;
  read.nonce = headers.get("Wechatpay-Nonce");
  read.serial = headers.get("Wechatpay-Serial");
  if (read.nonce.empty() || read.serial.empty()) return refuse("no nonce or no serial number");
  auto signature = from_base64(headers.get("Wechatpay-Signature"));
  if (!signature || signature->empty()) return refuse("no readable signature");
  read.signature = std::move(*signature);
  return read;
}

std::string provider_text(const ProviderSignature& signature, std::string_view body) {
  return lines({std::to_string(signature.unix_s), signature.nonce, body});
}

bool is_fresh(const ProviderSignature& signature, Timestamp now) {
  const auto apart = signature.unix_s - now.unix_s();
  return apart <= kTimeWindowS && apart >= -kTimeWindowS;
}

codec::json::object jsapi_parameters(const Merchant& merchant, const std::string& appid, const std::string& prepay_id,
                                     std::int64_t unix_s, const std::string& nonce) {
  const auto seconds = std::to_string(unix_s);
  const auto package = "prepay_id=" + prepay_id;
  return {{"appId", appid},    {"timeStamp", seconds},
          {"nonceStr", nonce}, {"package", package},
          {"signType", "RSA"}, {"paySign", signature_of(merchant.key, lines({appid, seconds, nonce, package}))}};
}

codec::json::object app_parameters(const Merchant& merchant, const std::string& appid, const std::string& prepay_id,
                                   std::int64_t unix_s, const std::string& nonce) {
  const auto seconds = std::to_string(unix_s);
  return {{"appid", appid},
          {"partnerid", merchant.mchid},
          {"prepayid", prepay_id},
          {"package", "Sign=WXPay"},
          {"noncestr", nonce},
          {"timestamp", seconds},
          {"sign", signature_of(merchant.key, lines({appid, seconds, nonce, prepay_id}))}};
}

}  // namespace feiqian::channels::wechatpay
