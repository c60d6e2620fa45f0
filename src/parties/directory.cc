#include "parties/directory.h"

#include "foundation/log.h"

namespace feiqian::parties {

std::shared_ptr<const KeyHolder> Directory::find(ApiKeyId id) {
  const std::lock_guard lock(mutex_);
  const auto found = holders_.find(id);
  if (found != holders_.end()) return found->second;
  auto holder = read(id);
  // Unknown ids are not remembered: a flood of them must not fill the memory.
  if (holder != nullptr) holders_.emplace(id, holder);
  return holder;
}

std::shared_ptr<const KeyHolder> Directory::read(ApiKeyId id) {
  const auto key = store::Query(kApiKeys).equal<&ApiKeyRow::id>(id).first(*reader_);
  if (!key || !key.value()) return nullptr;
  const auto& row = **key;
  const auto merchant_row = store::Query(kMerchants).equal<&MerchantRow::id>(row.merchant).first(*reader_);
  const auto algorithm = crypto::algorithm_of(row.algorithm);
  if (!merchant_row || !merchant_row.value() || !algorithm) return nullptr;
  if (*algorithm != crypto::Algorithm::HmacSha256) {
    auto verifier = crypto::Verifier::from_pem(*algorithm, row.public_key);
    if (!verifier) return nullptr;
    return std::make_shared<KeyHolder>(KeyHolder{row, **merchant_row, std::move(verifier).value(), std::nullopt});
  }
  auto secret = keys_->unseal(row.sealed_secret.bytes, "key:" + id.text());
  if (!secret) {
    log::error("directory.key_unusable", {{"key", id}, {"error", secret.error()}});
    return nullptr;
  }
  auto verifier = crypto::Verifier::from_hmac_secret(secret.value());
  auto signer = crypto::Signer::from_hmac_secret(secret.value());
  if (!verifier || !signer) return nullptr;
  return std::make_shared<KeyHolder>(
      KeyHolder{row, **merchant_row, std::move(verifier).value(), std::move(signer).value()});
}

std::optional<MerchantRow> Directory::merchant(MerchantId id) {
  const std::lock_guard lock(mutex_);
  auto row = store::Query(kMerchants).equal<&MerchantRow::id>(id).first(*reader_);
  return row ? std::move(row).value() : std::nullopt;
}

std::optional<StoreRow> Directory::store(StoreId id) {
  const std::lock_guard lock(mutex_);
  auto row = store::Query(kStores).equal<&StoreRow::id>(id).first(*reader_);
  return row ? std::move(row).value() : std::nullopt;
}

std::vector<ContractRow> Directory::contracts(MerchantId id) {
  const std::lock_guard lock(mutex_);
  auto rows = store::Query(kContracts).equal<&ContractRow::merchant>(id).run(*reader_);
  return rows ? std::move(rows).value() : std::vector<ContractRow>();
}

void Directory::invalidate() {
  const std::lock_guard lock(mutex_);
  holders_.clear();
}

}  // namespace feiqian::parties
