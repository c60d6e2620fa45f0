// The keys of the sandbox's UnionPay, in DIR/unionpay. At the first start it makes a root, an issuer below it and its
// own signing certificate, and forgets the private keys of the first two. The merchants' side: `merchants/MERID.pem`,
// the certificate, and `merchants/MERID.key`, the text of the agreed key (sign methods 11 and 12); read when asked for,
// so that a new merchant needs no restart. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "crypto/certificate.h"
#include "crypto/signature.h"
#include "foundation/secret.h"

namespace feiqian::sandbox::unionpay {

/// What is known of a merchant; at least one of both.
struct MerchantKeys {
  std::string certificate_id;
  std::optional<crypto::Verifier> certificate_key;
  Secret agreed_key;
};

class Keys {
 public:
  /// Errors: errors::kFileUnusable, errors::kKeyInvalid.
  static Result<std::unique_ptr<Keys>> open(const std::string& directory, Timestamp now);

  const crypto::Signer& provider() const { return provider_; }
  /// As it goes into messages: PEM with CR LF.
  const std::string& certificate() const { return certificate_; }
  const std::string& certificate_id() const { return certificate_id_; }
  /// nullptr: no such merchant, or nothing usable in its files (logged).
  std::shared_ptr<const MerchantKeys> merchant(const std::string& merchant_id);

 private:
  struct Cached {
    std::string content;
    std::shared_ptr<const MerchantKeys> keys;
  };
  Keys(std::string directory, crypto::Signer provider, std::string certificate, std::string certificate_id);

  std::string directory_;
  crypto::Signer provider_;
  std::string certificate_;
  std::string certificate_id_;
  std::mutex mutex_;
  std::map<std::string, Cached> merchants_;
};

}  // namespace feiqian::sandbox::unionpay
