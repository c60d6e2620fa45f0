// Sealing: AES-256-GCM under one key, bound to where the sealed bytes belong. Thread-safe.
//
// Sealed form: "1" ‖ key id (8 bytes) ‖ nonce (12, random) ‖ ciphertext ‖ tag (16); the binding is additional data.
#pragma once

#include <string>
#include <string_view>

#include "crypto/errors.h"
#include "foundation/random.h"
#include "foundation/result.h"
#include "foundation/secret.h"

namespace feiqian::crypto {

class Sealer {
 public:
  /// `key` has 32 bytes.
  Sealer(Secret key, Random& random);

  /// `binding` names the place: sealed bytes moved elsewhere do not open.
  std::string seal(std::string_view text, std::string_view binding) const;
  /// errors::kSealBroken: another key, another place, or changed.
  Result<Secret> unseal(std::string_view sealed, std::string_view binding) const;
  const Secret& key() const { return key_; }

 private:
  Secret key_;
  std::string key_id_;
  Random* random_;
};

}  // namespace feiqian::crypto
