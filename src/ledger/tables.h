// Tables of the ledger. Vouchers are never updated; entries and summaries are derived from them in the same commit.
#pragma once

#include "money/currency.h"
#include "store/table.h"

namespace feiqian::ledger {

struct AccountTag {
  static constexpr std::string_view kPrefix = "acc";
};
using AccountId = StrongId<AccountTag>;

/// One account: a code of the chart, whose it is (a merchant, user or channel; 0 for the platform itself), a currency.
struct AccountRow {
  AccountId id;
  std::int32_t code = 0;
  std::int64_t owner = 0;
  money::Currency currency;
  std::int64_t debit_minor = 0;   ///< all debits so far
  std::int64_t credit_minor = 0;  ///< all credits so far
  Timestamp opened_at;
};
BOOST_DESCRIBE_STRUCT(AccountRow, (), (id, code, owner, currency, debit_minor, credit_minor, opened_at))
inline const store::Table<AccountRow> kAccounts{"account", store::Residency::Resident};

struct VoucherTag {
  static constexpr std::string_view kPrefix = "vou";
};
using VoucherId = StrongId<VoucherTag>;

struct VoucherRow {
  VoucherId id;
  std::int64_t batch = 0;
  std::string event;         ///< J01 … of the catalogue
  std::int64_t subject = 0;  ///< the business document: payment, refund, attempt
  Date accounting_date;
  Timestamp posted_at;
  std::int64_t rule = 0;  ///< the fee rule or policy version applied, 0 when none
  VoucherId reverses;     ///< red reversal (红字冲销) of that voucher
  store::Blob lines;      ///< canonical bytes, see posting.h
};
BOOST_DESCRIBE_STRUCT(VoucherRow, (), (id, batch, event, subject, accounting_date, posted_at, rule, reverses, lines))
inline const store::Table<VoucherRow> kVouchers{"voucher"};
inline const store::Index<&VoucherRow::subject> kVouchersBySubject{kVouchers, "voucher_by_subject", store::Unique::No};

struct EntryTag {
  static constexpr std::string_view kPrefix = "ent";
};
/// One line of a voucher on a customer account.
struct EntryRow {
  StrongId<EntryTag> id;
  AccountId account;
  VoucherId voucher;
  std::int64_t amount_minor = 0;  ///< positive: the balance grew (its normal side)
  std::int64_t balance_minor = 0;
  Date accounting_date;
  Timestamp posted_at;
};
BOOST_DESCRIBE_STRUCT(EntryRow, (), (id, account, voucher, amount_minor, balance_minor, accounting_date, posted_at))
inline const store::Table<EntryRow> kEntries{"account_entry"};
inline const store::Index<&EntryRow::account> kEntriesByAccount{kEntries, "account_entry_by_account",
                                                                store::Unique::No};

struct SummaryTag {
  static constexpr std::string_view kPrefix = "sum";
};
/// What one batch did to one internal account.
struct SummaryRow {
  StrongId<SummaryTag> id;
  AccountId account;
  std::int64_t batch = 0;
  std::int64_t debit_minor = 0;
  std::int64_t credit_minor = 0;
  std::int32_t lines = 0;
  Date accounting_date;
  Timestamp posted_at;
};
BOOST_DESCRIBE_STRUCT(SummaryRow, (),
                      (id, account, batch, debit_minor, credit_minor, lines, accounting_date, posted_at))
inline const store::Table<SummaryRow> kSummaries{"account_summary"};
inline const store::Index<&SummaryRow::account> kSummariesByAccount{kSummaries, "account_summary_by_account",
                                                                    store::Unique::No};

inline const store::Index<&AccountRow::code, &AccountRow::owner, &AccountRow::currency> kAccountByKey{
    kAccounts, "account_by_key", store::Unique::Yes};

}  // namespace feiqian::ledger
