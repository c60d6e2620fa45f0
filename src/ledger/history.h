// The books at a past moment, and by account codes: what was posted before the moment, and nothing else.
#pragma once

#include "ledger/books.h"
#include "ledger/day_totals.h"

namespace feiqian::ledger {

/// 9999-01-01: later than anything is posted.
inline constexpr Timestamp kEndOfTime{253370764800000000};

/// As `trial_balance`, of everything posted before. Codes that had not moved by then are left out. Costs the blocks
/// since the last kept day (day_totals.h).
Result<TrialBalance> trial_balance_at(store::Reader& reader, Timestamp before);

/// On the normal side. A customer account: after the last of its entries, in their order, that was posted before; one
/// page is read. An internal one: the sum of its entries. Both look through the blocks since the merge mark.
Result<std::int64_t> balance_at(store::Reader& reader, const AccountRow& account, Timestamp before);

/// Accounts of one code and currency beside the general ledger.
struct SubLedger {
  std::int32_t code = 0;
  money::Currency currency;
  std::int64_t accounts = 0;
  std::int64_t owners_minor = 0;    ///< balances of accounts that have an owner
  std::int64_t platform_minor = 0;  ///< balances of the platform's own
  std::int64_t held_minor = 0;
  std::int64_t general_minor = 0;  ///< what the vouchers say
  bool agrees() const { return owners_minor + platform_minor == general_minor; }
};
/// In one snapshot, by code and currency. The general ledger is summed from vouchers: the last kept day and the blocks
/// since.
Result<std::vector<SubLedger>> sub_ledgers(store::Reader& reader);

/// What was exchanged into and out of a currency (外汇敞口): credits and debits of 3301. A position stands against the
/// money of that currency in the bank: positive, more was bought than sold.
struct FxPosition {
  money::Currency currency;
  std::int64_t bought_minor = 0;
  std::int64_t sold_minor = 0;
  std::int64_t position_minor = 0;
};
/// Of everything posted before; currencies without movement are left out.
Result<std::vector<FxPosition>> fx_positions(store::Reader& reader, Timestamp before);

}  // namespace feiqian::ledger
