#include "channels/alipay/signing.h"

#include "codec/json.h"
#include "foundation/text.h"

namespace feiqian::channels::alipay {
namespace {

std::string joined(const Parameters& parameters, bool with_sign_type) {
  std::string text;
  for (const auto& [key, value] : parameters) {
    if (key == "sign" || (!with_sign_type && key == "sign_type") || value.empty()) continue;
    if (!text.empty()) text += '&';
    text += key + "=" + value;
  }
  return text;
}

}  // namespace

std::string string_to_sign(const Parameters& parameters) {
  return joined(parameters, true);
}
std::string notification_string_to_sign(const Parameters& parameters) {
  return joined(parameters, false);
}

std::string sign(const crypto::Signer& key, std::string_view text) {
  return to_base64(key.sign(text));
}

Result<SignedAnswer> take_apart(std::string_view body, std::string_view response_key) {
  const auto broken = [] { return Error(errors::kSignatureWrong, "the answer is not of the documented form"); };
  const auto key_at = body.find("\"" + std::string(response_key) + "\"");
  if (key_at == std::string_view::npos) return broken();
  const auto open = body.find('{', key_at);
  const auto sign_at = body.rfind("\"sign\"");
  const auto close = sign_at == std::string_view::npos || sign_at < key_at ? body.rfind('}', body.rfind('}') - 1)
                                                                           : body.rfind('}', sign_at);
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return broken();
  SignedAnswer answer{std::string(body.substr(open, close - open + 1)), {}};
  if (const auto whole = codec::parse_json(body); whole && whole->is_object()) {
    if (const auto* sign = whole->get_object().if_contains("sign"); sign != nullptr && sign->is_string())
      answer.sign = sign->get_string();
  }
  return answer;
}

}  // namespace feiqian::channels::alipay
