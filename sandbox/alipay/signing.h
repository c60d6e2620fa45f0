// What Alipay's signatures cover (Open API V2). Pure.
//
//   request, by the app        all parameters but `sign`, sorted by name, `name=value` joined by `&`, decoded, UTF-8
//   answer, by Alipay          the raw bytes of the inner object, `/` written `\/`
//   notification and return    all parameters but `sign` and `sign_type`, sorted, decoded; never an empty value
#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"
#include "crypto/signature.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::alipay {

enum class EmptyValues { Keep, Drop };

/// `sign_type` is part of it.
std::string request_text(const Parameters& parameters, EmptyValues empty);
/// Accepts both ways of treating empty values: the provider's documents drop them, its own client signs them.
bool request_is_signed(const Parameters& parameters, const crypto::Verifier& key);

std::string notification_text(const Parameters& parameters);
/// Drops empty values, then adds `sign` (of other bytes when `wrongly`).
Parameters signed_parameters(Parameters parameters, const crypto::Signer& key, bool wrongly = false);

/// `{"KEY":{…},"sign":"…"}`
std::string signed_answer(std::string_view key, const codec::json::object& inner, const crypto::Signer& signer,
                          bool wrongly = false);

}  // namespace feiqian::sandbox::alipay
