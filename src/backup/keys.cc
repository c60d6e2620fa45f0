#include "backup/keys.h"

#include "foundation/text.h"

namespace feiqian::backup {

Keys::Keys(const crypto::KeyStore& store)
    : files(store.derive("backup-files")),
      manifests(store.derive("backup-manifests")),
      id(to_hex(store.derive("backup-key-id").reveal()).substr(0, 16)) {}

}  // namespace feiqian::backup
