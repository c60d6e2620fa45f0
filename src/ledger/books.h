// Reading the books: trial balance (试算平衡), statement of an account (明细账), verification of everything against the
// vouchers.
#pragma once

#include <string>
#include <vector>

#include "ledger/posting.h"
#include "store/store.h"

namespace feiqian::ledger {

struct TrialRow {
  Pool pool;
  int code;
  money::Currency currency;
  std::int64_t debit_minor = 0;
  std::int64_t credit_minor = 0;
  std::int64_t balance_minor = 0;  ///< on the normal side
};

struct TrialBalance {
  std::vector<TrialRow> rows;  ///< by pool, currency, code
  bool balanced = false;       ///< Σ debit = Σ credit per pool and currency
  bool mirrored = false;       ///< the pairs of chart.h are equal
};
Result<TrialBalance> trial_balance(store::Reader& reader);

struct StatementLine {
  Timestamp posted_at;
  Date accounting_date;
  std::string reference;  ///< voucher id, or batch number of a summary
  std::string event;
  std::int64_t debit_minor = 0;
  std::int64_t credit_minor = 0;
  std::int64_t balance_minor = 0;
};
struct Statement {
  AccountRow account;
  std::vector<StatementLine> lines;
};
/// `acc_…`, or `2202` (all accounts of the code), or `2202/mer_…`. errors::kAccountNotFound.
Result<std::vector<AccountRow>> find_accounts(store::Reader& reader, std::string_view what);
Result<Statement> statement(store::Reader& reader, const AccountRow& account);

struct Verification {
  std::int64_t batches = 0;
  std::int64_t vouchers = 0;
  std::int64_t accounts = 0;
  std::vector<std::string> problems;  ///< at most 20, each naming its row
};
/// One snapshot: replays every voucher, re-derives every balance, entry and summary, and follows the chain of hashes.
Result<Verification> verify(store::Reader& reader);

}  // namespace feiqian::ledger
