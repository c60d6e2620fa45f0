// Commands on merchants, and the questions payments ask of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/command.h"
#include "parties/errors.h"
#include "parties/tables.h"

namespace feiqian::parties {

/// Whether `method` is in the contract's list.
bool permits(const ContractRow& contract, std::string_view method);
/// The contract in force on `day` for that currency; the latest made wins.
const ContractRow* contract_in_force(std::span<const ContractRow* const> contracts, money::Currency currency, Date day);

struct CreateMerchant {
  using Reply = MerchantId;
  std::string name;
  std::string notify_url;
  int shard = 0;
  void load(engine::Load&) const {}
  Result<Reply> decide(engine::Decision& decision) const;
};

/// The secret is sealed by the caller for the id that CreateMerchant gave.
struct SetWebhook {
  using Reply = MerchantId;
  MerchantId merchant;
  std::string notify_url;     ///< empty: unchanged
  store::Blob sealed_secret;  ///< empty: unchanged
  void load(engine::Load& load) const { load.get(kMerchants, merchant); }
  Result<Reply> decide(engine::Decision& decision) const;
};

struct SetMerchantStatus {
  using Reply = MerchantId;
  MerchantId merchant;
  MerchantStatus status = MerchantStatus::Active;
  void load(engine::Load& load) const { load.get(kMerchants, merchant); }
  /// A closed merchant stays closed: errors::kMerchantStatus.
  Result<Reply> decide(engine::Decision& decision) const;
};

struct CreateStore {
  using Reply = StoreId;
  MerchantId merchant;
  std::string name;
  void load(engine::Load& load) const { load.get(kMerchants, merchant); }
  Result<Reply> decide(engine::Decision& decision) const;
};

struct CreateContract {
  using Reply = ContractId;
  ContractRow terms;  ///< id and created_at are given by the decision
  void load(engine::Load& load) const { load.get(kMerchants, terms.merchant); }
  Result<Reply> decide(engine::Decision& decision) const;
};

struct CreateApiKey {
  using Reply = ApiKeyId;
  MerchantId merchant;
  std::string algorithm;
  std::string public_key;
  std::optional<Timestamp> expires_at;
  void load(engine::Load& load) const { load.get(kMerchants, merchant); }
  Result<Reply> decide(engine::Decision& decision) const;
};

/// Completes an HMAC key with its secret, sealed for its id.
struct SetApiKeySecret {
  using Reply = ApiKeyId;
  ApiKeyId key;
  store::Blob sealed_secret;
  void load(engine::Load& load) const { load.get(kApiKeys, key); }
  Result<Reply> decide(engine::Decision& decision) const;
};

struct RevokeApiKey {
  using Reply = ApiKeyId;
  ApiKeyId key;
  void load(engine::Load& load) const { load.get(kApiKeys, key); }
  /// Revoking again changes nothing.
  Result<Reply> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::parties
