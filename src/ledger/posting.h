// Posting vouchers inside a decision.
#pragma once

#include <vector>

#include "engine/command.h"
#include "ledger/catalogue.h"
#include "ledger/errors.h"
#include "ledger/tables.h"

namespace feiqian::ledger {

/// Positive on the account's normal side.
std::int64_t balance_of(const ChartEntry& chart, const BalanceRow& balance);

/// Asks for the accounts that a voucher of this kind will touch.
void load_accounts(engine::Load& load, const VoucherTemplate& which, const Owners& owners, money::Currency currency);
/// Asks for the balance of one account, whatever its kind: for decisions that depend on it.
void load_balance(engine::Load& load, const AccountKey& key);
/// 0 when the account was never used. It must have been asked for by `load_balance` or be a customer's.
std::int64_t balance(engine::Decision& decision, const AccountKey& key);

/// Opens accounts on first use. errors::kBalanceInsufficient when a customer account would go negative; nothing is
/// written then.
Result<VoucherId> post(engine::Decision& decision, const Voucher& voucher);

/// The same for accounts that are at hand; `accounts` are those of the lines, in order.
Result<VoucherId> post_lines(engine::Decision& decision, const Voucher& voucher,
                             const std::vector<const AccountRow*>& accounts);

/// Red reversal (红字冲销) of a posted voucher: `original` as it was posted, its amounts negative now. The accounts of
/// its lines must be loaded, and `load_reversal` been called. errors::kVoucherReversed, errors::kBalanceInsufficient.
void load_reversal(engine::Load& load, VoucherId posted);
Result<VoucherId> reverse(engine::Decision& decision, VoucherId posted, const Voucher& original);

}  // namespace feiqian::ledger
