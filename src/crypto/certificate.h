// X.509 certificates (RFC 5280): reading one, proving that it descends from a root we trust, and making them, for
// whoever plays an authority on a test bench. Parsed once and reused; thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/signature.h"
#include "foundation/random.h"
#include "foundation/time.h"

namespace feiqian::crypto {

class Certificate {
 public:
  /// The first certificate of a PEM text, whatever its line ends. errors::kKeyInvalid.
  static Result<Certificate> from_pem(std::string_view pem);
  /// All certificates of a PEM text; at least one. errors::kKeyInvalid.
  static Result<std::vector<Certificate>> all_from_pem(std::string_view pem);

  /// Capital letters, as WeChat Pay names a certificate.
  std::string serial_hex() const;
  /// As UnionPay does.
  std::string serial_decimal() const;
  /// UTF-8; empty when the subject has none.
  std::string common_name() const;
  Timestamp not_before() const;
  Timestamp not_after() const;
  /// From its first to its last second.
  bool is_in_force(Timestamp at) const { return not_before() <= at && at <= not_after(); }
  /// errors::kKeyInvalid when the key is not RSA of at least 2048 bits.
  Result<Verifier> rsa_verifier() const;

 private:
  friend class TrustedRoots;
  friend Result<std::string> issue_certificate(const struct CertificateOrder&, const Signer&, const Certificate*);
  explicit Certificate(std::shared_ptr<void> x509) : x509_(std::move(x509)) {}
  std::shared_ptr<void> x509_;
};

/// Roots, and intermediate certificates that may stand between a root and a leaf.
class TrustedRoots {
 public:
  TrustedRoots(std::vector<Certificate> roots, std::vector<Certificate> intermediates)
      : roots_(std::move(roots)), intermediates_(std::move(intermediates)) {}

  /// A path of valid signatures leads from a root to `leaf`, and all of it is in force at `at`. Revocation is not
  /// checked. errors::kSignatureWrong says what is missing.
  Result<void> verify(const Certificate& leaf, Timestamp at) const;

 private:
  std::vector<Certificate> roots_;
  std::vector<Certificate> intermediates_;
};

struct CertificateOrder {
  std::string common_name;
  std::string organisation;
  std::string serial_hex = "01";  ///< at most 40 digits, the first below 8 when there are 40
  Timestamp from;
  Timestamp to;
  bool authority = false;  ///< may sign further certificates
  std::string public_pem;  ///< of the key that it certifies
};
/// A fresh one of 40 digits, in capital letters.
std::string new_serial_hex(Random& random);
/// A PEM certificate signed with SHA-256 by `issuer`, an RSA key; `issuer_certificate` nullptr: self-signed.
/// errors::kKeyInvalid.
Result<std::string> issue_certificate(const CertificateOrder& order, const Signer& issuer,
                                      const Certificate* issuer_certificate);
/// The same of `key` over itself; the order's key is not read.
Result<std::string> self_signed_certificate(CertificateOrder order, const Signer& key);

}  // namespace feiqian::crypto
