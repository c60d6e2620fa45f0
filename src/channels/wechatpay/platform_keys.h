// The keys that WeChat Pay signs with, by the serial number that its headers name: platform certificates (平台证书),
// which change and are fetched, and a platform public key (微信支付公钥), which the operator gives and which stays.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/wechatpay/signing.h"
#include "codec/json.h"
#include "crypto/certificate.h"

namespace feiqian::channels::wechatpay {

enum class Proof {
  Verified,
  UnknownSerial,  ///< another key may be there by now
  Wrong,          ///< missing, changed, too old, or of an expired certificate
};

/// Its key is read once, since it verifies every answer.
struct PlatformCertificate {
  crypto::Certificate certificate;
  crypto::Verifier key;
};

/// `resource` and `encrypt_certificate`: AEAD_AES_256_GCM under the APIv3 key; the nonce has 12 bytes.
/// errors::kSealBroken.
Result<std::string> open_sealed(const Secret& api_v3_key, const codec::json::object& sealed);

/// What GET /v3/certificates gave: every certificate in it, opened and read. errors::kSealBroken and
/// errors::kKeyInvalid for the first that is not in order: then none is taken.
Result<std::vector<PlatformCertificate>> certificates_of(const Secret& api_v3_key, std::string_view body);

class PlatformKeys {
 public:
  /// `pinned`: the platform public key under its id (`PUB_KEY_ID_…`).
  explicit PlatformKeys(std::optional<std::pair<std::string, crypto::Verifier>> pinned);

  Proof prove(const net::Headers& headers, std::string_view body, Timestamp now) const;
  /// Adds and replaces; what has expired goes. Others stay: the provider signs with the old one for a while.
  void keep(std::vector<PlatformCertificate> certificates, Timestamp now);
  /// Serial numbers of the certificates, sorted.
  std::vector<std::string> serials() const;

 private:
  std::optional<std::pair<std::string, crypto::Verifier>> pinned_;
  mutable std::mutex mutex_;
  std::map<std::string, PlatformCertificate, std::less<>> certificates_;
};

}  // namespace feiqian::channels::wechatpay
