// Entries of accounts (明细), merged behind. A batch writes its vouchers as one block; which entries they make on which
// account is kept in memory, per account, until there are enough for a page. Nothing is lost by that: after a start the
// lists are built again from the blocks since the mark.
//
// Bytes of a page, each entry in order, all varints (bytes.h):
//   voucher         difference to the entry before (first: itself)
//   debit, credit   minor units
//   posted at       difference in µs (first: itself)
//   accounting date difference of yyyymmdd (first: itself)
//   number          difference (first: itself); 0 on internal accounts
//   balance after   difference (first: itself); 0 on internal accounts
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <deque>
#include <vector>

#include "ledger/block.h"

namespace feiqian::ledger {

/// A line on a customer account, or what one batch did to an internal account.
struct Entry {
  VoucherId voucher;  ///< of an internal account: the first of the batch
  std::int64_t debit_minor = 0;
  std::int64_t credit_minor = 0;
  std::int64_t number = 0;         ///< customer accounts: 1, 2, 3 … without gaps
  std::int64_t balance_minor = 0;  ///< customer accounts: after it
  Timestamp posted_at;
  Date accounting_date;
  friend bool operator==(const Entry&, const Entry&) = default;
};

std::string encode_page(const std::vector<Entry>& entries);
/// errors::kVerifyFailed when the bytes are broken.
Result<std::vector<Entry>> decode_page(std::string_view bytes);

/// Entries that are committed in blocks and not yet in pages.
class PendingEntries {
 public:
  struct Limits {
    std::size_t full_page = 128;
    std::size_t most_pending = 500000;
  };
  explicit PendingEntries(Limits limits) : limits_(limits) {}
  PendingEntries() : PendingEntries(Limits()) {}

  void set_limits(Limits limits) { limits_ = limits; }
  void add(AccountId account, const Entry& entry, VoucherId block);
  /// Accounts whose lists should go into pages now: full ones, and the oldest when there are too many entries.
  std::vector<AccountId> ripe();
  const std::vector<Entry>& of(AccountId account) const;
  /// These, which are in pages now; all ripe ones must be among them.
  void drop(const std::vector<AccountId>& accounts);
  /// The block of the oldest entry that will remain when `leaving` are gone; nothing when none remains.
  std::optional<VoucherId> oldest_without(const std::vector<AccountId>& leaving);
  std::size_t size() const { return size_; }
  void clear();

 private:
  struct List {
    std::vector<Entry> entries;
    VoucherId oldest_block;
  };
  Limits limits_;
  boost::unordered_flat_map<std::int64_t, List> lists_;
  std::vector<AccountId> full_;
  std::deque<std::pair<AccountId, VoucherId>> by_age_;  // when a list began; stale once the list was dropped
  std::size_t size_ = 0;
};

}  // namespace feiqian::ledger
