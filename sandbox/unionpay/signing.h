// What UnionPay's signatures cover (ACP 5.1.0), seen from its side. Pure.
//
//   text = all fields but `signature` and empty ones, sorted by name, `name=value` joined by `&`, decoded
//   01     RSA-SHA256 over the lower-case hexadecimal SHA-256 of text, base64
//   11     lower-case hexadecimal SHA-256 of text `&` hexadecimal SHA-256 of the agreed key;  12: the same by SM3
#pragma once

#include <string>

#include "sandbox/unionpay/keys.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::unionpay {

std::string signed_text(const Parameters& fields);

/// By the merchant, in the way that `signMethod` names.
bool request_is_signed(const Parameters& fields, const MerchantKeys& merchant);

/// By the provider, in the way that `signMethod` of the fields names; other bytes are signed when `wrongly`. Drops
/// empty fields and brings the certificate where it belongs. `merchant` may be nullptr.
void sign(Parameters& fields, const Keys& keys, const MerchantKeys* merchant, bool wrongly = false);

/// `k=v&k=v`, not encoded.
std::string answer_text(const Parameters& fields);

}  // namespace feiqian::sandbox::unionpay
