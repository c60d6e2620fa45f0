// What the signatures of WeChat Pay API v3 cover, from the provider's side. Pure.
//
//   request, by the merchant   METHOD \n path?query \n seconds \n nonce \n body \n
//   answer and notification    seconds \n nonce \n body \n
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "net/http.h"
#include "sandbox/wechatpay/keys.h"

namespace feiqian::sandbox::wechatpay {

/// The parts of the header `Authorization`.
struct Credentials {
  std::string mchid;
  std::string serial_no;
  std::string nonce;
  std::string timestamp;  ///< seconds, decimal
  std::string signature;  ///< base64
};
/// nullopt: another scheme, a part that is missing or comes twice.
std::optional<Credentials> credentials_of(std::string_view authorization);
bool request_is_signed(const net::HttpRequest& request, const Credentials& credentials, const crypto::Verifier& key);

/// Adds the four headers, over other bytes when `wrongly`.
void sign(net::Headers& headers, std::string_view body, const PlatformKey& key, Timestamp now, Random& random,
          bool wrongly = false);

/// `resource` of a notification and `encrypt_certificate`: sealed under the merchant's APIv3 key.
codec::json::object sealed(const Secret& api_v3_key, std::string_view plain, std::string_view associated_data,
                           Random& random);

}  // namespace feiqian::sandbox::wechatpay
