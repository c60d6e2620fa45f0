// Holds (预授权冻结): part of a customer account's balance is kept for a later capture. Held money stays on the account
// and cannot be spent. A hold may be captured several times, in parts; what is left is released, by hand or when it
// expires.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/command.h"
#include "engine/tables.h"
#include "ledger/errors.h"
#include "ledger/tables.h"

namespace feiqian::ledger {

enum class HoldState : std::int32_t { Open = 1, Captured = 2, Released = 3, Expired = 4 };

struct HoldTag {
  static constexpr std::string_view kPrefix = "hol";
};
using HoldId = StrongId<HoldTag>;
struct HoldRow {
  HoldId id;
  AccountId account;
  std::int64_t subject = 0;  ///< the caller's own number
  HoldState state = HoldState::Open;
  std::int64_t amount_minor = 0;    ///< as placed
  std::int64_t captured_minor = 0;  ///< so far
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
  std::optional<Timestamp> ended_at;
  engine::TaskId task;  ///< that lets it expire

  /// What is still held.
  std::int64_t held_minor() const { return state == HoldState::Open ? amount_minor - captured_minor : 0; }
};
BOOST_DESCRIBE_STRUCT(HoldRow, (),
                      (id, account, subject, state, amount_minor, captured_minor, created_at, expires_at, ended_at,
                       task))
inline const store::Table<HoldRow> kHolds{"hold", store::Residency::Passing, store::Evidence::Hold};
inline const store::Index<&HoldRow::account> kHoldsByAccount{kHolds, "hold_by_account", store::Unique::No};

/// The kind of task that `ExpireHold` answers.
inline constexpr const char* kHoldExpire = "hold.expire";

inline constexpr std::int64_t kLongestHoldS = 366 * 86400;

struct PlaceHold {
  using Reply = HoldRow;
  AccountId account;
  std::int64_t amount_minor = 0;
  std::int64_t subject = 0;
  std::optional<std::int64_t> expires_in_s;
  void load(engine::Load& load) const;
  /// errors::kAccountNotFound, kAccountNotCustomer, kAccountFrozen, kAccountClosed, kVoucherLines (amount below 1),
  /// kValueInvalid (expires_in_s: 1 to kLongestHoldS), kBalanceInsufficient.
  Result<Reply> decide(engine::Decision& decision) const;
};

/// Posts a voucher (L02) from the held account to another one, and keeps the rest held unless `final`.
struct CaptureHold {
  using Reply = HoldRow;
  HoldId hold;
  AccountId to;
  std::int64_t amount_minor = 0;
  bool final = false;  ///< the rest is released
  void load(engine::Load& load) const;
  /// errors::kHoldNotFound, kHoldEnded, kHoldExceeded, kAccountNotFound, kVoucherUnbalanced (another pool or currency),
  /// kVoucherMirror and what posting refuses.
  Result<Reply> decide(engine::Decision& decision) const;
};

/// Idempotent: a hold that has ended stays as it is.
struct ReleaseHold {
  using Reply = HoldRow;
  HoldId hold;
  bool expired = false;
  void load(engine::Load& load) const;
  /// errors::kHoldNotFound.
  Result<Reply> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::ledger

namespace feiqian::engine {

// Instantiated once, in rows.cc.
extern template class Rows<ledger::HoldRow>;

}  // namespace feiqian::engine
