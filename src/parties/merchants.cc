#include "parties/merchants.h"

#include <algorithm>
#include <tuple>

#include "foundation/text.h"

namespace feiqian::parties {
namespace {

Result<const MerchantRow*> open_merchant(engine::Decision& decision, MerchantId id) {
  const auto* merchant = decision.get(kMerchants, id);
  if (merchant == nullptr) return Error(errors::kMerchantNotFound);
  if (merchant->status == MerchantStatus::Closed) return Error(errors::kMerchantStatus, "the merchant is closed");
  return merchant;
}

}  // namespace

bool permits(const ContractRow& contract, std::string_view method) {
  const auto methods = split(contract.methods, ',');
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

const ContractRow* contract_in_force(std::span<const ContractRow* const> contracts, money::Currency currency,
                                     Date day) {
  const ContractRow* best = nullptr;
  for (const auto* contract : contracts) {
    if (contract->currency != currency || contract->effective_from > day) continue;
    if (contract->effective_to && *contract->effective_to < day) continue;
    if (best == nullptr || std::tie(contract->effective_from, contract->id) > std::tie(best->effective_from, best->id))
      best = contract;
  }
  return best;
}

Result<MerchantId> CreateMerchant::decide(engine::Decision& decision) const {
  const auto id = decision.new_id<MerchantId>(shard);
  decision.insert(kMerchants, MerchantRow{id, name, MerchantStatus::Active, notify_url, {}, decision.context.now});
  return id;
}

Result<MerchantId> SetWebhook::decide(engine::Decision& decision) const {
  TRY(open_merchant(decision, merchant));
  auto& row = decision.change(kMerchants, merchant);
  if (!notify_url.empty()) row.notify_url = notify_url;
  if (!sealed_secret.bytes.empty()) row.webhook_secret = sealed_secret;
  return merchant;
}

Result<MerchantId> SetMerchantStatus::decide(engine::Decision& decision) const {
  TRY(open_merchant(decision, merchant));
  decision.change(kMerchants, merchant).status = status;
  return merchant;
}

Result<StoreId> CreateStore::decide(engine::Decision& decision) const {
  TRY(open_merchant(decision, merchant));
  const auto id = decision.new_id<StoreId>(merchant.shard());
  decision.insert(kStores, StoreRow{id, merchant, name, decision.context.now});
  return id;
}

Result<ContractId> CreateContract::decide(engine::Decision& decision) const {
  TRY(open_merchant(decision, terms.merchant));
  auto row = terms;
  row.id = decision.new_id<ContractId>(terms.merchant.shard());
  row.created_at = decision.context.now;
  return decision.insert(kContracts, std::move(row)).id;
}

Result<ApiKeyId> CreateApiKey::decide(engine::Decision& decision) const {
  TRY(open_merchant(decision, merchant));
  const auto id = decision.new_id<ApiKeyId>(merchant.shard());
  decision.insert(kApiKeys,
                  ApiKeyRow{id, merchant, algorithm, public_key, {}, decision.context.now, expires_at, std::nullopt});
  return id;
}

Result<ApiKeyId> SetApiKeySecret::decide(engine::Decision& decision) const {
  if (decision.get(kApiKeys, key) == nullptr) return Error(errors::kApiKeyNotFound);
  decision.change(kApiKeys, key).sealed_secret = sealed_secret;
  return key;
}

Result<ApiKeyId> RevokeApiKey::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kApiKeys, key);
  if (row == nullptr) return Error(errors::kApiKeyNotFound);
  if (!row->revoked_at) decision.change(kApiKeys, key).revoked_at = decision.context.now;
  return key;
}

}  // namespace feiqian::parties
