// Asymmetric and symmetric signatures by algorithm name of RFC 9421 §6.2. A key is parsed once and reused; OpenSSL's
// prepared key is kept. Keys may be used from several threads at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/errors.h"
#include "foundation/result.h"
#include "foundation/secret.h"

namespace feiqian::crypto {

enum class Algorithm { Ed25519, RsaV15Sha256, EcdsaP256Sha256, HmacSha256 };

/// `ed25519`, `rsa-v1_5-sha256`, `ecdsa-p256-sha256`, `hmac-sha256`
std::string_view name_of(Algorithm algorithm);
std::optional<Algorithm> algorithm_of(std::string_view name);

/// A public key, or an HMAC secret.
class Verifier {
 public:
  /// PEM SubjectPublicKeyInfo of the algorithm's type; RSA at least 2048 bits; P-256 only. errors::kKeyInvalid says
  /// what is wrong.
  static Result<Verifier> from_pem(Algorithm algorithm, std::string_view pem);
  /// Alipay and others hand out keys as bare base64 of the DER.
  static Result<Verifier> rsa_from_base64(std::string_view base64_der);
  /// At least 16 bytes.
  static Result<Verifier> from_hmac_secret(Secret secret);

  Algorithm algorithm() const { return algorithm_; }
  /// P-256 signatures are r‖s, 64 bytes. errors::kSignatureWrong.
  Result<void> verify(std::string_view message, std::string_view signature) const;

 private:
  Verifier(Algorithm algorithm, std::shared_ptr<void> key, Secret secret);
  Algorithm algorithm_;
  std::shared_ptr<void> key_;
  Secret secret_;
};

class Signer {
 public:
  /// PEM PKCS#8 or PKCS#1.
  static Result<Signer> from_pem(Algorithm algorithm, const Secret& pem);
  static Result<Signer> from_hmac_secret(Secret secret);
  static Signer generate(Algorithm algorithm);

  Algorithm algorithm() const { return algorithm_; }
  std::string sign(std::string_view message) const;
  Secret private_pem() const;
  std::string public_pem() const;
  /// Ed25519: the 32 raw bytes.
  std::string raw_public_key() const;

 private:
  Signer(Algorithm algorithm, std::shared_ptr<void> key, Secret secret);
  Algorithm algorithm_;
  std::shared_ptr<void> key_;
  Secret secret_;
};

}  // namespace feiqian::crypto
