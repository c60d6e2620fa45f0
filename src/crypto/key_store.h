// The key store: every secret of the platform at rest. A directory of mode 0700 with one master key (AES-256,
// `master.key`, mode 0600) and one sealed file for each named secret. Secrets in database rows are sealed with the same
// master key, bound to where they belong.
//
// Thread-safe after opening. The sealed form: `sealing.h`.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "crypto/errors.h"
#include "crypto/sealing.h"
#include "foundation/random.h"
#include "foundation/result.h"
#include "foundation/secret.h"

namespace feiqian::crypto {

class KeyStore {
 public:
  /// Makes the directory and the master key when they are missing. Refuses files that others may read.
  static Result<KeyStore> open(const std::string& directory, Random& random);
  KeyStore(KeyStore&&) = default;

  Result<Secret> read(const std::string& name) const;
  Result<void> write(const std::string& name, const Secret& secret);
  bool has(const std::string& name) const;

  /// `binding` names the row and field: a value moved elsewhere does not open.
  std::string seal(const Secret& secret, std::string_view binding) const;
  Result<Secret> unseal(std::string_view sealed, std::string_view binding) const;
  /// A key derived from the master key for one purpose (HMAC-SHA256 of the purpose).
  Secret derive(std::string_view purpose) const;

 private:
  KeyStore(std::string directory, Secret master, Random& random);
  std::string directory_;
  Sealer sealer_;  // under the master key
};

}  // namespace feiqian::crypto
