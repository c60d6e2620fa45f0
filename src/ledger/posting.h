// Posting vouchers inside a decision, and the seal that checks every batch.
//
// Canonical bytes of a voucher's lines: per line, in order, account id (8 bytes big-endian), side (1 byte: 0 debit, 1
// credit), amount (8 bytes big-endian, two's complement). A red reversal repeats the sides with negative amounts.
//
// Invariants, each checked on every batch in every build; a violation refuses the batch and stops the engine:
//   balance       every voucher balances per (pool, currency)
//   conservation  accounts changed by exactly the lines of the batch's vouchers
//   mirrors       the pairs of chart.h move together, per currency
//   no negative   customer accounts end at zero or above
#pragma once

#include <string>
#include <vector>

#include "engine/batch.h"
#include "ledger/catalogue.h"
#include "ledger/errors.h"

namespace feiqian::ledger {

struct StoredLine {
  AccountId account;
  Side side;
  std::int64_t amount_minor;
};
std::string encode_lines(const std::vector<StoredLine>& lines);
/// Broken bytes: errors::kVerifyFailed.
Result<std::vector<StoredLine>> decode_lines(std::string_view bytes);

/// Positive on the account's normal side.
std::int64_t balance_of(const AccountRow& account);

/// Asks for the accounts that a voucher of this kind will touch.
void load_accounts(engine::Load& load, const VoucherTemplate& which, const Owners& owners, money::Currency currency);
/// 0 when the account was never used.
std::int64_t balance(engine::Decision& decision, const AccountKey& key);

/// Opens internal and customer accounts on first use. errors::kBalanceInsufficient when a customer account would go
/// negative.
Result<VoucherId> post(engine::Decision& decision, const Voucher& voucher);

/// Red reversal of a posted voucher (its row and accounts loaded). errors::kVoucherReversed,
/// errors::kBalanceInsufficient. `load_reversal` asks for what it needs.
void load_reversal(engine::Load& load, VoucherId voucher);
Result<VoucherId> reverse(engine::Decision& decision, VoucherId voucher);

class LedgerSeal final : public engine::BatchSeal {
 public:
  void load(engine::Load& load) const override;
  Result<Contribution> seal(engine::Decision& decision) override;
};

/// Bytes that go into a batch's hash for one voucher.
std::string voucher_digest_input(const VoucherRow& voucher);

}  // namespace feiqian::ledger
