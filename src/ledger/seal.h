// The seal of the books: checks every batch, makes its block, and merges entries behind.
//
// Invariants, each checked on the block's final bytes, on every batch in every build; a violation refuses the batch and
// stops the engine:
//   balance       every voucher balances per (pool, currency)
//   conservation  balances changed by exactly the lines of the batch's vouchers
//   mirrors       the pairs of chart.h move together, per currency
//   no negative   customer accounts end at zero or above, and each line says the balance after it
#pragma once

#include "engine/batch.h"
#include "ledger/pages.h"

namespace feiqian::ledger {

class LedgerSeal final : public engine::BatchSeal {
 public:
  explicit LedgerSeal(PendingEntries::Limits limits = {}) : limits_(limits) {}
  Result<void> recover(store::Reader& reader, engine::WorkingSet& rows, int chain) override;
  void load(engine::Load& load) const override;
  Result<Contribution> seal(engine::Decision& decision) override;

 private:
  PendingEntries::Limits limits_;
  StrongId<MergeMarkTag> mark_;
};

/// The entries that a block makes on accounts: lines of customer accounts, one movement for each internal account.
/// errors::kVerifyFailed when the bytes are broken.
Result<std::vector<std::pair<AccountId, Entry>>> entries_of(const BlockRow& block);

}  // namespace feiqian::ledger
