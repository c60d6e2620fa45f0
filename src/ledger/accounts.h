// What may be done with an account: freezing (冻结), a limit on its balance, closing.
#pragma once

#include "engine/command.h"
#include "ledger/catalogue.h"
#include "ledger/errors.h"
#include "ledger/tables.h"

namespace feiqian::ledger {

/// A balance may change by `growth` (positive: grows). What is held or frozen cannot leave; a frozen account lets
/// nothing leave, a closed one moves in no direction. errors::kAccountFrozen, kAccountClosed, kBalanceInsufficient,
/// kBalanceLimit.
Result<void> check_movable(const AccountRow& account, const ChartEntry& chart, const BalanceRow& balance,
                           __int128 growth);

/// Freezes the whole account, or a part of its balance (0: nothing), or lets go again.
struct FreezeAccount {
  using Reply = AccountRow;
  AccountId account;
  bool whole = false;
  std::int64_t frozen_minor = 0;  ///< may be more than there is: then what arrives is frozen too
  void load(engine::Load& load) const;
  /// errors::kAccountNotFound, kAccountNotCustomer, kAccountClosed, kValueInvalid (below 0).
  Result<AccountRow> decide(engine::Decision& decision) const;
};

/// The most that may be on the account; 0: no limit. What is there already stays.
struct LimitAccount {
  using Reply = AccountRow;
  AccountId account;
  std::int64_t most_minor = 0;
  void load(engine::Load& load) const;
  /// errors::kAccountNotFound, kAccountNotCustomer, kAccountClosed, kValueInvalid (below 0).
  Result<AccountRow> decide(engine::Decision& decision) const;
};

/// Only empty accounts can be closed, and not opened again.
struct CloseAccount {
  using Reply = AccountRow;
  AccountId account;
  void load(engine::Load& load) const;
  /// errors::kAccountNotFound, kAccountNotCustomer, kAccountNotEmpty.
  Result<AccountRow> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::ledger
