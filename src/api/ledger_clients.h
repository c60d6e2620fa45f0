// Who may use the ledger by itself (docs/ledger.md): a system with one key of its own, which posts on accounts of
// certain codes, or of one owner only. Merchants and their keys are something else; neither can stand for the other.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/errors.h"
#include "crypto/signature.h"
#include "engine/command.h"
#include "store/store.h"

namespace feiqian::api {

struct LedgerClientTag {
  static constexpr std::string_view kPrefix = "lcl";
};
using LedgerClientId = StrongId<LedgerClientTag>;

struct LedgerClientRow {
  LedgerClientId id;
  std::string name;
  std::string algorithm;   ///< of RFC 9421; public keys only
  std::string public_key;  ///< PEM
  std::string codes;       ///< of the chart, comma-separated; `*`: all
  std::int64_t owner = 0;  ///< accounts of this owner only; 0: of anybody
  Timestamp created_at;
  std::optional<Timestamp> revoked_at;

  bool may_touch(std::int32_t code, std::int64_t owner_of_account) const;
};
BOOST_DESCRIBE_STRUCT(LedgerClientRow, (), (id, name, algorithm, public_key, codes, owner, created_at, revoked_at))
inline const store::Table<LedgerClientRow> kLedgerClients{"ledger_client", store::Residency::Resident};

struct CreateLedgerClient {
  using Reply = LedgerClientId;
  std::string name;
  std::string algorithm;
  std::string public_key;
  std::string codes;
  std::int64_t owner = 0;
  void load(engine::Load&) const {}
  /// errors::kValueInvalid (name: 1 to 64 characters; codes: `*` or numbers of 4 digits).
  Result<LedgerClientId> decide(engine::Decision& decision) const;
};

/// Idempotent: the first time stays.
struct RevokeLedgerClient {
  using Reply = LedgerClientRow;
  LedgerClientId client;
  void load(engine::Load& load) const;
  /// errors::kLedgerClientNotFound.
  Result<LedgerClientRow> decide(engine::Decision& decision) const;
};

struct LedgerClient {
  LedgerClientRow row;
  crypto::Verifier verifier;
};

/// Clients with their keys prepared. Read again whenever `invalidate` was called. Thread-safe.
class LedgerClients {
 public:
  explicit LedgerClients(std::unique_ptr<store::Reader> reader) : reader_(std::move(reader)) {}
  /// nullptr when there is none, or its key cannot be used.
  std::shared_ptr<const LedgerClient> find(LedgerClientId id);
  void invalidate();

 private:
  std::mutex mutex_;
  std::unique_ptr<store::Reader> reader_;
  std::unordered_map<LedgerClientId, std::shared_ptr<const LedgerClient>> known_;
};

}  // namespace feiqian::api
