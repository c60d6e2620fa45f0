// Merchants, their stores, contracts and API keys: reference data, resident in the engine.
#pragma once

#include <optional>
#include <string>

#include "engine/working_set.h"
#include "money/currency.h"
#include "store/table.h"

namespace feiqian::parties {

struct MerchantTag {
  static constexpr std::string_view kPrefix = "mer";
};
using MerchantId = StrongId<MerchantTag>;
enum class MerchantStatus : std::int32_t { Active = 1, Suspended = 2, Closed = 3 };

struct MerchantRow {
  MerchantId id;
  std::string name;
  MerchantStatus status = MerchantStatus::Active;
  std::string notify_url;
  store::Blob webhook_secret;  ///< sealed, binding `webhook:<id>`
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(MerchantRow, (), (id, name, status, notify_url, webhook_secret, created_at))
inline const store::Table<MerchantRow> kMerchants{"merchant", store::Residency::Resident};

struct StoreTag {
  static constexpr std::string_view kPrefix = "sto";
};
using StoreId = StrongId<StoreTag>;
struct StoreRow {
  StoreId id;
  MerchantId merchant;
  std::string name;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(StoreRow, (), (id, merchant, name, created_at))
inline const store::Table<StoreRow> kStores{"store", store::Residency::Resident};

struct ContractTag {
  static constexpr std::string_view kPrefix = "con";
};
using ContractId = StrongId<ContractTag>;
/// What happens to money that arrives for a payment that was closed meanwhile.
enum class LateSuccess : std::int32_t { Refund = 1, Accept = 2 };

struct ContractRow {
  ContractId id;
  MerchantId merchant;
  money::Currency currency;
  std::string methods;  ///< permitted, comma-separated
  std::int64_t least_minor = 1;
  std::int64_t most_minor = 0;        ///< for one payment
  std::int64_t most_daily_minor = 0;  ///< sum of a day's paid payments that still admits another; 0: no limit
  bool returns_fee = true;            ///< a refund gives the fee back pro rata
  LateSuccess late_success = LateSuccess::Refund;
  Date effective_from;
  std::optional<Date> effective_to;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(ContractRow, (),
                      (id, merchant, currency, methods, least_minor, most_minor, most_daily_minor, returns_fee,
                       late_success, effective_from, effective_to, created_at))
inline const store::Table<ContractRow> kContracts{"contract", store::Residency::Resident, store::Evidence::Contract};
inline const store::Index<&ContractRow::merchant> kContractsByMerchant{kContracts, "contract_by_merchant",
                                                                       store::Unique::No};

struct ApiKeyTag {
  static constexpr std::string_view kPrefix = "key";
};
using ApiKeyId = StrongId<ApiKeyTag>;

struct ApiKeyRow {
  ApiKeyId id;
  MerchantId merchant;
  std::string algorithm;      ///< of RFC 9421
  std::string public_key;     ///< PEM; empty for HMAC
  store::Blob sealed_secret;  ///< HMAC only, binding `key:<id>`
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
  std::optional<Timestamp> revoked_at;
};
BOOST_DESCRIBE_STRUCT(ApiKeyRow, (),
                      (id, merchant, algorithm, public_key, sealed_secret, created_at, expires_at, revoked_at))
inline const store::Table<ApiKeyRow> kApiKeys{"api_key", store::Residency::Resident};
inline const store::Index<&ApiKeyRow::merchant> kApiKeysByMerchant{kApiKeys, "api_key_by_merchant", store::Unique::No};

/// Paid payments of one merchant and day, for the daily limit.
struct DailyVolumeTag {
  static constexpr std::string_view kPrefix = "day";
};
struct DailyVolumeRow {
  StrongId<DailyVolumeTag> id;
  MerchantId merchant;
  Date day;
  money::Currency currency;
  std::int64_t paid_minor = 0;
  std::int32_t paid_count = 0;
};
BOOST_DESCRIBE_STRUCT(DailyVolumeRow, (), (id, merchant, day, currency, paid_minor, paid_count))
inline const store::Table<DailyVolumeRow> kDailyVolumes{"merchant_daily_volume"};
inline const store::Index<&DailyVolumeRow::merchant, &DailyVolumeRow::day, &DailyVolumeRow::currency> kDailyVolumeByDay{
    kDailyVolumes, "merchant_daily_volume_by_day", store::Unique::Yes};

}  // namespace feiqian::parties

namespace feiqian::engine {

// Instantiated once, in rows.cc.
extern template class Rows<parties::MerchantRow>;
extern template class Rows<parties::StoreRow>;
extern template class Rows<parties::ContractRow>;
extern template class Rows<parties::ApiKeyRow>;
extern template class Rows<parties::DailyVolumeRow>;

}  // namespace feiqian::engine
