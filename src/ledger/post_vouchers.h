// Bulk posting: up to 8,190 vouchers in one command, for migration and for platforms that want only the ledger.
// Accounts are named by id. The vouchers are decided in order; each is posted or refused by itself, but linked ones
// together.
#pragma once

#include <string>
#include <vector>

#include "engine/command.h"
#include "ledger/catalogue.h"
#include "ledger/errors.h"
#include "ledger/tables.h"

namespace feiqian::ledger {

inline constexpr std::size_t kMostVouchersAtOnce = 8190;
inline constexpr std::size_t kMostLines = 64;
inline constexpr std::size_t kMostMemoBytes = 1024;
inline constexpr std::int64_t kMostLineMinor = 1'000'000'000'000'000;
/// All debits, or all credits, that an account may see: room is left for what is posted without looking.
inline constexpr std::int64_t kMostTurnoverMinor = 4'000'000'000'000'000'000;
/// Lines above this look at an internal account's turnover first; smaller ones need millions to reach the rest.
inline constexpr std::int64_t kLargeLineMinor = 1'000'000'000'000;

struct VoucherToPost {
  struct Line {
    AccountId account;
    Side side = Side::Debit;
    std::int64_t amount_minor = 0;  ///< 1 to kMostLineMinor
  };
  std::int64_t subject = 0;  ///< the caller's own number
  std::vector<Line> lines;   ///< 2 to 64
  std::string memo;          ///< at most 1,024 bytes; searchable
  bool linked = false;       ///< stands or falls with the next one
};

struct PostVouchers {
  /// For each voucher in order: its id, or why it was refused. errors::kAccountNotFound, kVoucherUnbalanced,
  /// kVoucherLines, kVoucherMirror, kBalanceInsufficient, kAccountFrozen, kAccountClosed, kBalanceLimit,
  /// kTurnoverTooLarge, kLinkedRefused (another one of its chain was refused).
  using Reply = std::vector<Result<VoucherId>>;
  std::vector<VoucherToPost> vouchers;

  void load(engine::Load& load) const;
  /// errors::kTooManyVouchers; the last voucher must not be linked (kVoucherLines).
  Result<Reply> decide(engine::Decision& decision) const;
};

/// Opens an account, or gives the one that is there.
struct OpenAccount {
  using Reply = AccountId;
  AccountKey key;
  void load(engine::Load& load) const;
  /// errors::kAccountCodeUnknown.
  Result<AccountId> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::ledger
