// Alipay Open API V2: what is signed and how an answer is taken apart.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "crypto/signature.h"

namespace feiqian::channels::alipay {

using Parameters = std::map<std::string, std::string>;

/// `k=v` joined by `&`, sorted by key, raw values, without `sign`. `sign_type` is signed in requests; empty values are
/// never sent by us.
std::string string_to_sign(const Parameters& parameters);
/// For notifications: without `sign` and `sign_type`.
std::string notification_string_to_sign(const Parameters& parameters);

/// RSA2: SHA256withRSA PKCS#1 v1.5, base64.
std::string sign(const crypto::Signer& key, std::string_view text);

struct SignedAnswer {
  std::string raw;   ///< exactly the bytes that were signed
  std::string sign;  ///< base64; empty when the answer carries none
};
/// `{"alipay_x_y_response":{…},"sign":"…"}`: from the first `{` after the key to the last `}` before the last `"sign"`.
Result<SignedAnswer> take_apart(std::string_view body, std::string_view response_key);

}  // namespace feiqian::channels::alipay
