// Looking for vouchers and entries, the newest first, in pages of bounded work: a page that found less than it may hold
// and still names a next one has looked through its share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/books.h"

namespace feiqian::ledger {

/// All conditions must hold; those left out always do.
struct VoucherFilter {
  std::optional<AccountId> account;     ///< one of its lines is on it
  std::string event;                    ///< J01 …
  std::optional<std::int64_t> subject;  ///< what it was posted for
  std::string memo;                     ///< its memo has this part; bytes are compared
  Timestamp from;                       ///< posted then or later
  Timestamp to{INT64_MAX};              ///< posted before
  std::int64_t least_minor = 0;         ///< one of its lines has an amount, without sign, …
  std::int64_t most_minor = INT64_MAX;  ///< … of these
};

struct VoucherPage {
  std::vector<VoucherView> vouchers;
  std::string next;  ///< cursor of the next page; empty: that was all
};

/// Looks at no more than so much in one page: blocks, and bytes of blocks.
inline constexpr std::int64_t kBlocksOfAPage = 4096;
inline constexpr std::int64_t kBytesOfAPage = 64 << 20;

/// `cursor`: empty for the first page. A customer account goes by its entries; everything else reads blocks backwards,
/// and decodes only those whose bytes hold what is looked for. errors::kValueInvalid (cursor).
Result<VoucherPage> search_vouchers(store::Reader& reader, const VoucherFilter& filter, std::string_view cursor,
                                    std::size_t limit);

struct EntryPage {
  std::vector<Entry> entries;
  std::string next;
};
/// Of an account, posted from `from` and before `to`. Reads pages as it needs them, and the blocks since the merge
/// mark. errors::kValueInvalid (cursor).
Result<EntryPage> search_entries(store::Reader& reader, const AccountRow& account, Timestamp from, Timestamp to,
                                 std::string_view cursor, std::size_t limit);

}  // namespace feiqian::ledger
