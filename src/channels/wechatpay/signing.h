// WeChat Pay API v3 (微信支付): what is signed, in every direction. Pure.
//
//   request, by the merchant      METHOD \n path?query \n seconds \n nonce \n body \n
//   answer and notification       seconds \n nonce \n body \n            by the key that Wechatpay-Serial names
//   what a payer's device brings  appid \n seconds \n nonce \n prepay_id=… \n     (an app: the bare prepay_id)
//
// WECHATPAY2-SHA256-RSA2048: SHA256withRSA PKCS#1 v1.5, base64.
#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"
#include "crypto/signature.h"
#include "foundation/time.h"
#include "net/http.h"

namespace feiqian::channels::wechatpay {

/// Who signs a request.
struct Merchant {
  std::string mchid;
  std::string serial_no;  ///< of the merchant's certificate
  crypto::Signer key;
};

/// `target`: path and query as sent. A body that is not sent is empty.
std::string request_text(std::string_view method, std::string_view target, std::int64_t unix_s, std::string_view nonce,
                         std::string_view body);
/// The value of the header `Authorization`.
std::string authorization(const Merchant& merchant, std::string_view method, std::string_view target,
                          std::int64_t unix_s, std::string_view nonce, std::string_view body);

/// What the provider's four headers say; errors::kSignatureWrong when one is missing or unreadable.
struct ProviderSignature {
  std::int64_t unix_s = 0;
  std::string nonce;
  std::string serial;
  std::string signature;  ///< bytes
};
Result<ProviderSignature> provider_signature(const net::Headers& headers);
std::string provider_text(const ProviderSignature& signature, std::string_view body);

/// Older or newer than this is refused.
inline constexpr std::int64_t kTimeWindowS = 300;
bool is_fresh(const ProviderSignature& signature, Timestamp now);

/// For JSAPI and mini programs (`WeixinJSBridge`, `wx.requestPayment`).
codec::json::object jsapi_parameters(const Merchant& merchant, const std::string& appid, const std::string& prepay_id,
                                     std::int64_t unix_s, const std::string& nonce);
/// For the SDK in an app.
codec::json::object app_parameters(const Merchant& merchant, const std::string& appid, const std::string& prepay_id,
                                   std::int64_t unix_s, const std::string& nonce);

}  // namespace feiqian::channels::wechatpay
