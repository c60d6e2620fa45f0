// Tables of the ledger. Vouchers are packed into blocks, one block a batch; everything else is derived from them.
#pragma once

#include "engine/working_set.h"
#include "money/currency.h"
#include "store/table.h"

namespace feiqian::ledger {

struct AccountTag {
  static constexpr std::string_view kPrefix = "acc";
};
using AccountId = StrongId<AccountTag>;

enum class AccountState : std::int32_t { Open = 1, Frozen = 2, Closed = 3 };

/// One account: a code of the chart, whose it is (a merchant, user or channel; 0 for the platform itself), a currency.
struct AccountRow {
  AccountId id;
  std::int32_t code = 0;
  std::int64_t owner = 0;
  money::Currency currency;
  Timestamp opened_at;
  AccountState state = AccountState::Open;
  std::int64_t frozen_minor = 0;  ///< of the balance, this much cannot leave
  std::int64_t most_minor = 0;    ///< the most that may be on it; 0: no limit
};
BOOST_DESCRIBE_STRUCT(AccountRow, (), (id, code, owner, currency, opened_at, state, frozen_minor, most_minor))
inline const store::Table<AccountRow> kAccounts{"account", store::Residency::Steady, store::Evidence::Account};
inline const store::Index<&AccountRow::code, &AccountRow::owner, &AccountRow::currency> kAccountByKey{
    kAccounts, "account_by_key", store::Unique::Yes, store::ShardFrom::Second};

/// What moved on an account so far; its id is the account's. Internal accounts change by delta only.
struct BalanceRow {
  AccountId id;
  std::int64_t debit_minor = 0;
  std::int64_t credit_minor = 0;
  std::int64_t entries = 0;     ///< lines so far; customer accounts only
  std::int64_t held_minor = 0;  ///< by open holds: cannot leave
};
BOOST_DESCRIBE_STRUCT(BalanceRow, (), (id, debit_minor, credit_minor, entries, held_minor))
inline const store::Table<BalanceRow> kBalances{"balance"};

struct VoucherTag {
  static constexpr std::string_view kPrefix = "vou";
};
using VoucherId = StrongId<VoucherTag>;

/// The vouchers of one batch. Never changed. The block's id is that of its first voucher; the others follow it
/// (`voucher_at`), so a voucher's id leads to its block: the last one at or before it.
struct BlockRow {
  VoucherId id;
  std::int64_t batch = 0;
  std::int32_t vouchers = 0;
  Date accounting_date;
  Timestamp posted_at;
  store::Blob bytes;  ///< see block.h
};
BOOST_DESCRIBE_STRUCT(BlockRow, (), (id, batch, vouchers, accounting_date, posted_at, bytes))
inline const store::Table<BlockRow> kBlocks{"voucher_block", store::Residency::Written};

struct PageTag {
  static constexpr std::string_view kPrefix = "pag";
};
/// Some entries of one account (明细), merged behind from the blocks of one chain.
struct PageRow {
  StrongId<PageTag> id;
  AccountId account;
  std::int32_t chain = 0;
  std::int32_t entries = 0;
  std::int64_t first_number = 0;  ///< of the entries; 0 for an internal account
  VoucherId last_voucher;
  Timestamp first_posted_at;
  Timestamp last_posted_at;
  store::Blob bytes;  ///< see pages.h
};
BOOST_DESCRIBE_STRUCT(PageRow, (),
                      (id, account, chain, entries, first_number, last_voucher, first_posted_at, last_posted_at, bytes))
inline const store::Table<PageRow> kPages{"account_page", store::Residency::Written, store::Evidence::Page};
inline const store::Index<&PageRow::account> kPagesByAccount{kPages, "account_page_by_account", store::Unique::No};

/// How far a chain's blocks are merged: all entries of its blocks before `block` are in pages. One row a chain, from
/// its first block on.
struct MergeMarkTag {
  static constexpr std::string_view kPrefix = "mrk";
};
struct MergeMarkRow {
  StrongId<MergeMarkTag> id;
  std::int32_t chain = 0;
  VoucherId block;
};
BOOST_DESCRIBE_STRUCT(MergeMarkRow, (), (id, chain, block))
inline const store::Table<MergeMarkRow> kMergeMarks{"ledger_merge_mark"};

/// A voucher has been reversed, at most once.
struct ReversalTag {
  static constexpr std::string_view kPrefix = "rev";
};
struct ReversalRow {
  StrongId<ReversalTag> id;
  VoucherId reversed;
  VoucherId by;
};
BOOST_DESCRIBE_STRUCT(ReversalRow, (), (id, reversed, by))
inline const store::Table<ReversalRow> kReversals{"voucher_reversal", store::Residency::Passing,
                                                  store::Evidence::Reversal};
inline const store::Index<&ReversalRow::reversed> kReversalByVoucher{kReversals, "voucher_reversal_by_voucher",
                                                                     store::Unique::Yes};

}  // namespace feiqian::ledger

namespace feiqian::engine {

// Instantiated once, in rows.cc.
extern template class Rows<ledger::AccountRow>;
extern template class Rows<ledger::BalanceRow>;
extern template class Rows<ledger::BlockRow>;
extern template class Rows<ledger::PageRow>;
extern template class Rows<ledger::MergeMarkRow>;
extern template class Rows<ledger::ReversalRow>;

}  // namespace feiqian::engine
