// Reading the books: trial balance (试算平衡), statement of an account (明细账), vouchers. Verification: verify.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ledger/block.h"
#include "ledger/pages.h"
#include "ledger/posting.h"
#include "ledger/verify.h"
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

/// A posted voucher with all its texts, as read back.
struct VoucherView {
  VoucherId id;
  std::int64_t batch = 0;
  std::string event;
  std::int64_t subject = 0;
  std::int64_t rule = 0;
  VoucherId reverses;
  std::string memo;
  Date accounting_date;
  Timestamp posted_at;
  std::vector<PostedLine> lines;
};
/// errors::kVoucherNotFound.
Result<VoucherView> find_voucher(store::Reader& reader, VoucherId id);
/// Every voucher from `from` on, in order of id, until `visit` returns false.
Result<void> visit_vouchers(store::Reader& reader, VoucherId from,
                            const std::function<bool(const VoucherView&)>& visit);

/// All entries of an account, in pages or not yet, in order.
Result<std::vector<Entry>> entries_of_account(store::Reader& reader, AccountId account);

}  // namespace feiqian::ledger
