// X.509 certificates as carriers of a public key: its serial number and its time. No chain is followed: who trusts a
// certificate has it from a place that is trusted (a file of the operator, or sealed under a shared key). Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "crypto/signature.h"
#include "foundation/time.h"

namespace feiqian::crypto {

struct Certificate {
  std::string serial;  ///< hexadecimal, capital letters, as providers name it
  Verifier key;
  Timestamp not_before;
  Timestamp not_after;

  bool is_valid_at(Timestamp now) const { return not_before <= now && now <= not_after; }
};

/// One PEM certificate with an RSA key of at least 2048 bits; errors::kKeyInvalid.
Result<Certificate> read_certificate(std::string_view pem);

/// A certificate of the RSA `key` over itself, as PEM: for counterparties that play a provider. `serial` as above, at
/// most 40 digits, the first not 0 and below 8.
std::string self_signed_certificate(const Signer& key, const std::string& name, const std::string& serial,
                                    Timestamp not_before, Timestamp not_after);

}  // namespace feiqian::crypto
