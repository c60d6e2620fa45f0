#include "channels/unionpay/signing.h"

#include <array>

#include "crypto/digest.h"
#include "crypto/sm3.h"
#include "foundation/check.h"
#include "foundation/text.h"

namespace feiqian::channels::unionpay {
namespace {

struct MethodRow {
  SignMethod method;
  std::string_view code;
};
constexpr std::array kMethods{MethodRow{SignMethod::Certificate, "01"}, MethodRow{SignMethod::Sha256Key, "11"},
                              MethodRow{SignMethod::Sm3Key, "12"}};

std::string keyed_digest(SignMethod method, const Secret& key, const std::string& text) {
  const auto hex = [&](std::string_view bytes) {
    return to_hex(method == SignMethod::Sm3Key ? crypto::sm3(bytes) : crypto::sha256(bytes));
  };
  return hex(text + "&" + hex(key.reveal()));
}

Error wrong(std::string why) {
  return Error(errors::kSignatureWrong, std::move(why));
}

}  // namespace

std::string_view code_of(SignMethod method) {
  return kMethods[static_cast<std::size_t>(method)].code;
}

std::optional<SignMethod> sign_method_of(std::string_view code) {
  for (const auto& row : kMethods) {
    if (row.code == code) return row.method;
  }
  return std::nullopt;
}

std::string string_to_sign(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (name == "signature" || value.empty()) continue;
    if (!text.empty()) text += '&';
    text += name + "=" + value;
  }
  return text;
}

bool signed_by(const Fields& fields, const crypto::Verifier& key) {
  const auto signature = from_base64(value_of(fields, "signature"));
  return signature && key.verify(to_hex(crypto::sha256(string_to_sign(fields))), *signature).ok();
}

MessageSigner::MessageSigner(SignMethod method, std::optional<crypto::Signer> signer, std::string certificate_id,
                             Secret key)
    : method_(method), signer_(std::move(signer)), certificate_id_(std::move(certificate_id)), key_(std::move(key)) {}

MessageSigner MessageSigner::by_certificate(crypto::Signer key, std::string certificate_id) {
  return {SignMethod::Certificate, std::move(key), std::move(certificate_id), Secret()};
}

MessageSigner MessageSigner::by_key(SignMethod method, Secret key) {
  CHECK(method != SignMethod::Certificate);
  return {method, std::nullopt, {}, std::move(key)};
}

void MessageSigner::sign(Fields& fields) const {
  fields["signMethod"] = code_of(method_);
  fields["certId"] = certificate_id_;
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  const auto text = string_to_sign(fields);
  fields["signature"] = method_ == SignMethod::Certificate ? to_base64(signer_->sign(to_hex(crypto::sha256(text))))
                                                           : keyed_digest(method_, key_, text);
}

MessageVerifier::MessageVerifier(SignMethod method, std::optional<crypto::TrustedRoots> roots, std::string name,
                                 Secret key)
    : method_(method), roots_(std::move(roots)), name_(std::move(name)), key_(std::move(key)) {}

MessageVerifier MessageVerifier::by_certificate(crypto::TrustedRoots roots, std::string name) {
  return {SignMethod::Certificate, std::move(roots), std::move(name), Secret()};
}

MessageVerifier MessageVerifier::by_key(SignMethod method, Secret key) {
  CHECK(method != SignMethod::Certificate);
  return {method, std::nullopt, {}, std::move(key)};
}

Result<void> MessageVerifier::verify(const Fields& fields, Timestamp now) const {
  if (value_of(fields, "signMethod") != code_of(method_)) return wrong("not signed by the agreed method");
  if (method_ == SignMethod::Certificate) return verify_certificate(fields, now);
  if (!equal_in_constant_time(keyed_digest(method_, key_, string_to_sign(fields)), value_of(fields, "signature")))
    return wrong("the signature does not verify");
  return {};
}

Result<void> MessageVerifier::verify_certificate(const Fields& fields, Timestamp now) const {
  const auto certificate = crypto::Certificate::from_pem(value_of(fields, "signPubKeyCert"));
  if (!certificate) return wrong("there is no certificate");
  TRY(roots_->verify(*certificate, now));
  if (holder_of(certificate->common_name()) != name_) return wrong("the certificate is somebody else's");
  const auto key = certificate->rsa_verifier();
  if (!key || !signed_by(fields, *key)) return wrong("the signature does not verify");
  return {};
}

std::string_view holder_of(std::string_view common_name) {
  const auto parts = split(common_name, '@');
  return parts.size() > 2 ? parts[2] : common_name;
}

}  // namespace feiqian::channels::unionpay
