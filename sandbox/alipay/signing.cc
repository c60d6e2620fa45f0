#include "sandbox/alipay/signing.h"

#include "foundation/text.h"

namespace feiqian::sandbox::alipay {
namespace {

namespace json = codec::json;

template <class Included>
std::string joined(const Parameters& parameters, Included included) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!included(name, value)) continue;
    if (!text.empty()) text += '&';
    text += name + "=" + value;
  }
  return text;
}

std::string signature_of(std::string_view text, const crypto::Signer& key, bool wrongly) {
  return to_base64(key.sign(wrongly ? std::string(text) + "." : std::string(text)));
}

}  // namespace

std::string request_text(const Parameters& parameters, EmptyValues empty) {
  return joined(parameters, [&](const std::string& name, const std::string& value) {
    return name != "sign" && (empty == EmptyValues::Keep || !value.empty());
  });
}

bool request_is_signed(const Parameters& parameters, const crypto::Verifier& key) {
  const auto signature = from_base64(value_of(parameters, "sign"));
  if (!signature) return false;
  return key.verify(request_text(parameters, EmptyValues::Drop), *signature).ok() ||
         key.verify(request_text(parameters, EmptyValues::Keep), *signature).ok();
}

std::string notification_text(const Parameters& parameters) {
  return joined(parameters,
                [](const std::string& name, const std::string&) { return name != "sign" && name != "sign_type"; });
}

Parameters signed_parameters(Parameters parameters, const crypto::Signer& key, bool wrongly) {
  std::erase_if(parameters, [](const auto& entry) { return entry.second.empty(); });
  parameters["sign"] = signature_of(notification_text(parameters), key, wrongly);
  return parameters;
}

std::string signed_answer(std::string_view key, const json::object& inner, const crypto::Signer& signer, bool wrongly) {
  std::string raw;
  for (const char c : json::serialize(inner)) {
    if (c == '/') raw += '\\';
    raw += c;
  }
  return "{\"" + std::string(key) + "\":" + raw + ",\"sign\":\"" + signature_of(raw, signer, wrongly) + "\"}";
}

}  // namespace feiqian::sandbox::alipay
