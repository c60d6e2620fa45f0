// The keys of backups. Both derive from the platform's master key: whoever restores needs that one key, kept apart from
// the backups, and nothing else.
#pragma once

#include <string>

#include "crypto/key_store.h"

namespace feiqian::backup {

struct Keys {
  explicit Keys(const crypto::KeyStore& store);
  Secret files;      ///< of which each file's own key is derived
  Secret manifests;  ///< HMAC-SHA256
  std::string id;    ///< 16 hex digits, in every manifest: tells a wrong key from a changed file
};

}  // namespace feiqian::backup
