// Who is behind a key id: the prepared key and its merchant, cached for the ways in. `invalidate` drops everything;
// whoever changes keys or merchants calls it after the commit. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "crypto/key_store.h"
#include "crypto/signature.h"
#include "parties/tables.h"
#include "store/store.h"

namespace feiqian::parties {

struct KeyHolder {
  ApiKeyRow key;
  MerchantRow merchant;
  crypto::Verifier verifier;
  std::optional<crypto::Signer> hmac_signer;  ///< HMAC keys also sign our answers
};

class Directory {
 public:
  Directory(std::unique_ptr<store::Reader> reader, const crypto::KeyStore& keys)
      : reader_(std::move(reader)), keys_(&keys) {}

  /// nullptr when there is no such key, or it cannot be used.
  std::shared_ptr<const KeyHolder> find(ApiKeyId id);
  /// nullopt when there is none.
  std::optional<MerchantRow> merchant(MerchantId id);
  std::optional<StoreRow> store(StoreId id);
  std::vector<ContractRow> contracts(MerchantId id);
  void invalidate();

 private:
  std::shared_ptr<const KeyHolder> read(ApiKeyId id);

  std::mutex mutex_;
  std::unique_ptr<store::Reader> reader_;
  const crypto::KeyStore* keys_;
  std::unordered_map<ApiKeyId, std::shared_ptr<const KeyHolder>> holders_;
};

}  // namespace feiqian::parties
