// The chart of accounts (会计科目), after journals.md §B. Data, not code: what an account is follows from its entry
// here.
#pragma once

#include <span>
#include <string_view>

namespace feiqian::ledger {

/// Client reserve money (备付金), own funds (自有资金), memo registers (表外).
enum class Pool { Res, Own, Memo };
enum class Side { Debit, Credit };
enum class AccountType { Asset, Liability, Common, Income, Cost, Memo };
/// Customer accounts: one entry row a line with the balance after it, never negative. Internal: changed by delta, one
/// summary row a batch.
enum class Keeping { Customer, Internal };

struct ChartEntry {
  int code;
  std::string_view name_zh;
  std::string_view name_en;
  Pool pool;
  AccountType type;
  Side normal_side;
  Keeping keeping;
};

std::span<const ChartEntry> chart();
/// nullptr when the chart has no such code.
const ChartEntry* find_in_chart(int code);

/// Accounts that must be equal at all times (journals.md A.3): left in RES, right in OWN.
struct Mirror {
  int res_code;
  int own_code;
};
std::span<const Mirror> mirrors();

std::string_view name_of(Pool pool);
std::string_view name_of(Side side);

}  // namespace feiqian::ledger
