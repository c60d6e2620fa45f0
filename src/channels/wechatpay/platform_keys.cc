#include "channels/wechatpay/platform_keys.h"

#include "crypto/aead.h"
#include "foundation/text.h"

namespace feiqian::channels::wechatpay {
namespace {

namespace json = codec::json;

constexpr std::size_t kNonceBytes = 12;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<PlatformCertificate> certificate_of(const Secret& api_v3_key, const json::value& entry) {
  const auto refuse = [](const char* why) { return Error(errors::kKeyInvalid, why); };
  if (!entry.is_object()) return refuse("a certificate is not an object");
  const auto& object = entry.get_object();
  const auto* sealed = object.if_contains("encrypt_certificate");
  if (sealed == nullptr || !sealed->is_object()) return refuse("a certificate is missing");
  auto certificate = TRY(crypto::Certificate::from_pem(TRY(open_sealed(api_v3_key, sealed->get_object()))));
  if (certificate.serial_hex() != text_of(object, "serial_no"))
    return refuse("a certificate has another serial number");
  auto key = TRY(certificate.rsa_verifier());
  return PlatformCertificate{std::move(certificate), std::move(key)};
}

}  // namespace

Result<std::string> open_sealed(const Secret& api_v3_key, const json::object& sealed) {
  if (text_of(sealed, "algorithm") != "AEAD_AES_256_GCM")
    return Error(errors::kSealBroken, "not sealed by AEAD_AES_256_GCM");
  const auto ciphertext = from_base64(text_of(sealed, "ciphertext"));
  const auto nonce = text_of(sealed, "nonce");
  if (!ciphertext || nonce.size() != kNonceBytes)
    return Error(errors::kSealBroken, "the ciphertext or the nonce is unreadable");
  return crypto::aes_256_gcm_open(api_v3_key, nonce, text_of(sealed, "associated_data"), *ciphertext);
}

Result<std::vector<PlatformCertificate>> certificates_of(const Secret& api_v3_key, std::string_view body) {
  const auto parsed = TRY(codec::parse_json(body));
  const auto* data = parsed.is_object() ? parsed.get_object().if_contains("data") : nullptr;
  if (data == nullptr || !data->is_array()) return Error(errors::kKeyInvalid, "no list of certificates");
  std::vector<PlatformCertificate> certificates;
  for (const auto& entry : data->get_array()) certificates.push_back(TRY(certificate_of(api_v3_key, entry)));
  return certificates;
}

PlatformKeys::PlatformKeys(std::optional<std::pair<std::string, crypto::Verifier>> pinned)
    : pinned_(std::move(pinned)) {}

Proof PlatformKeys::prove(const net::Headers& headers, std::string_view body, Timestamp now) const {
  const auto signature = provider_signature(headers);
  if (!signature || !is_fresh(*signature, now)) return Proof::Wrong;
  std::optional<crypto::Verifier> key;
  if (pinned_ && pinned_->first == signature->serial) {
    key = pinned_->second;
  } else {
    const std::lock_guard lock(mutex_);
    const auto found = certificates_.find(signature->serial);
    if (found == certificates_.end()) return Proof::UnknownSerial;
    if (!found->second.certificate.is_in_force(now)) return Proof::Wrong;
    key = found->second.key;
  }
  return key->verify(provider_text(*signature, body), signature->signature).ok() ? Proof::Verified : Proof::Wrong;
}

void PlatformKeys::keep(std::vector<PlatformCertificate> certificates, Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (auto& certificate : certificates) {
    const auto serial = certificate.certificate.serial_hex();
    certificates_.insert_or_assign(serial, std::move(certificate));
  }
  std::erase_if(certificates_, [&](const auto& entry) { return entry.second.certificate.not_after() < now; });
}

std::vector<std::string> PlatformKeys::serials() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> serials;
  for (const auto& entry : certificates_) serials.push_back(entry.first);
  return serials;
}

}  // namespace feiqian::channels::wechatpay
