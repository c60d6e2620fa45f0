#include "sandbox/unionpay/signing.h"

#include "crypto/digest.h"
#include "crypto/sm3.h"
#include "foundation/text.h"

namespace feiqian::sandbox::unionpay {
namespace {

std::string keyed(const std::string& text, const Secret& key, bool by_sm3) {
  const auto digest = [&](std::string_view bytes) {
    return to_hex(by_sm3 ? crypto::sm3(bytes) : crypto::sha256(bytes));
  };
  return digest(text + "&" + digest(key.reveal()));
}

bool is_keyed(std::string_view method) {
  return method == "11" || method == "12";
}

}  // namespace

std::string signed_text(const Parameters& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (value.empty() || name == "signature") continue;
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

bool request_is_signed(const Parameters& fields, const MerchantKeys& merchant) {
  const auto method = value_of(fields, "signMethod");
  const auto signature = value_of(fields, "signature");
  const auto text = signed_text(fields);
  if (is_keyed(method)) {
    return !merchant.agreed_key.empty() &&
           equal_in_constant_time(keyed(text, merchant.agreed_key, method == "12"), signature);
  }
  const auto bytes = from_base64(signature);
  return method == "01" && bytes && merchant.certificate_key && value_of(fields, "certId") == merchant.certificate_id &&
         merchant.certificate_key->verify(to_hex(crypto::sha256(text)), *bytes).ok();
}

void sign(Parameters& fields, const Keys& keys, const MerchantKeys* merchant, bool wrongly) {
  const auto method = std::string(value_of(fields, "signMethod"));
  fields.erase("signature");
  fields.erase("certId");
  if (!is_keyed(method)) fields["signMethod"] = "01";
  if (!is_keyed(method)) fields["signPubKeyCert"] = keys.certificate();
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  const auto text = signed_text(fields) + (wrongly ? "." : "");
  if (!is_keyed(method)) {
    fields["signature"] = to_base64(keys.provider().sign(to_hex(crypto::sha256(text))));
  } else if (merchant != nullptr && !merchant->agreed_key.empty()) {
    fields["signature"] = keyed(text, merchant->agreed_key, method == "12");
  }
}

std::string answer_text(const Parameters& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

}  // namespace feiqian::sandbox::unionpay
