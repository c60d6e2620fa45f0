#include "ledger/search.h"

#include <algorithm>
#include <map>

#include "foundation/bytes.h"
#include "foundation/text.h"
#include "ledger/seal.h"
#include "ledger/snapshot.h"
#include "ledger/voucher_finder.h"

namespace feiqian::ledger {
namespace {

using Operator = store::Selection::Condition::Operator;
constexpr std::int64_t kAll = INT64_MAX;

Error bad_cursor() {
  return Error(errors::kValueInvalid, "is not a cursor of this list", "cursor");
}

// --- entries

/// What orders the entries of an account: numbers of a customer's, vouchers of an internal one.
std::int64_t key_of(const Entry& entry) {
  return entry.number > 0 ? entry.number : entry.voucher.value;
}

class EntrySearch {
 public:
  EntrySearch(const AccountRow& account, Timestamp from, Timestamp to, std::int64_t below, std::size_t limit)
      : account_(account.id), from_(from), to_(to), below_(below), enough_(limit + 1) {
    customer_ = find_in_chart(account.code)->keeping == Keeping::Customer;
  }

  Result<std::vector<Entry>> run(store::Reader& reader) {
    std::optional<VoucherId> unmerged;
    for (const auto& mark : TRY(store::Query(kMergeMarks).limit(kAll).run(reader))) {
      TRY(read_pages(reader, mark.chain));
      unmerged = std::min(unmerged.value_or(mark.block), mark.block);
    }
    if (unmerged) TRY(read_blocks(reader, *unmerged));
    std::sort(found_.begin(), found_.end(), [](const Entry& a, const Entry& b) { return key_of(a) > key_of(b); });
    return std::move(found_);
  }

 private:
  /// The newest of one chain: keys fall from page to page.
  Result<void> read_pages(store::Reader& reader, std::int32_t chain) {
    constexpr std::int64_t kPortion = 16;
    store::Query pages(kPages);
    pages.equal<&PageRow::account>(account_).equal<&PageRow::chain>(chain);
    const auto newest = TRY(pages.first(reader));
    if (!newest) return {};
    paged_[chain] = newest->last_voucher;
    pages.where<&PageRow::last_posted_at>(Operator::GreaterOrEqual, from_);
    pages.where<&PageRow::first_posted_at>(Operator::Less, to_);
    if (customer_) pages.where<&PageRow::first_number>(Operator::Less, below_);
    std::size_t taken = 0;
    for (auto before = StrongId<PageTag>{INT64_MAX}; taken < enough_;) {
      auto portion = pages;
      const auto rows = TRY(portion.where<&PageRow::id>(Operator::Less, before).limit(kPortion).run(reader));
      for (const auto& page : rows) {
        for (const auto& entry : TRY(decode_page(page.bytes.bytes))) taken += add(entry) ? 1 : 0;
      }
      if (static_cast<std::int64_t>(rows.size()) < kPortion) break;
      before = rows.back().id;
    }
    return {};
  }

  Result<void> read_blocks(store::Reader& reader, VoucherId from) {
    Result<void> read;
    TRY(store::Query(kBlocks)
            .where<&BlockRow::id>(Operator::GreaterOrEqual, from)
            .oldest_first()
            .limit(kAll)
            .visit(reader, [&](const BlockRow& block) {
              const auto entries = entries_of(block);
              if (!entries) read = entries.error();
              if (!read) return;
              for (const auto& [id, entry] : *entries) {
                if (id == account_ && entry.voucher > paged_[block.id.shard()]) add(entry);
              }
            }));
    return read;
  }

  bool add(const Entry& entry) {
    if (key_of(entry) >= below_ || entry.posted_at < from_ || entry.posted_at >= to_) return false;
    found_.push_back(entry);
    return true;
  }

  AccountId account_;
  Timestamp from_, to_;
  std::int64_t below_;
  std::size_t enough_;
  bool customer_ = false;
  std::map<std::int32_t, VoucherId> paged_;
  std::vector<Entry> found_;
};

// --- vouchers

/// 8 bytes as they stand in a block.
std::string big_endian(std::int64_t value) {
  std::string bytes;
  put_int64(bytes, value);
  return bytes;
}

class Matcher {
 public:
  explicit Matcher(const VoucherFilter& filter) : filter_(&filter) {
    if (filter.account) needles_.push_back(big_endian(filter.account->value));
    if (filter.subject) needles_.push_back(big_endian(*filter.subject));
    if (!filter.memo.empty()) needles_.push_back(filter.memo);
    if (!filter.event.empty()) needles_.push_back(filter.event);
    by_amount_ = filter.least_minor > 0 || filter.most_minor < INT64_MAX;
  }

  /// Whether the block may have one: its bytes hold everything that is looked for.
  bool may_have(const BlockRow& block) const {
    return std::all_of(needles_.begin(), needles_.end(),
                       [&](const std::string& needle) { return block.bytes.bytes.find(needle) != std::string::npos; });
  }
  bool takes(const VoucherView& voucher) const {
    const auto& wanted = *filter_;
    if (voucher.posted_at < wanted.from || voucher.posted_at >= wanted.to) return false;
    if (!wanted.event.empty() && voucher.event != wanted.event) return false;
    if (wanted.subject && voucher.subject != *wanted.subject) return false;
    if (!wanted.memo.empty() && voucher.memo.find(wanted.memo) == std::string::npos) return false;
    return (!wanted.account ||
            has_line(voucher, [&](const PostedLine& line) { return line.account == *wanted.account; })) &&
           (!by_amount_ || has_line(voucher, [&](const PostedLine& line) { return has_amount(line); }));
  }

 private:
  template <class Is>
  static bool has_line(const VoucherView& voucher, Is is) {
    return std::any_of(voucher.lines.begin(), voucher.lines.end(), is);
  }
  bool has_amount(const PostedLine& line) const {
    const auto amount = line.amount_minor < 0 ? -line.amount_minor : line.amount_minor;
    return amount >= filter_->least_minor && amount <= filter_->most_minor;
  }

  const VoucherFilter* filter_;
  std::vector<std::string> needles_;
  bool by_amount_ = false;
};

/// The last voucher may go on in the next page: it is left to that one. It has at most kMostLines.
void keep_whole_vouchers(EntryPage& page) {
  auto begin = page.entries.end() - 1;
  while (begin != page.entries.begin() && std::prev(begin)->voucher == begin->voucher) --begin;
  if (begin == page.entries.begin()) return;
  page.next = std::to_string(begin->number + 1);
  page.entries.erase(begin, page.entries.end());
}

/// Along the entries of a customer account; the cursor is the number of the last one that was looked at.
Result<VoucherPage> search_entries_of(store::Reader& reader, const AccountRow& account, const VoucherFilter& filter,
                                      std::string_view cursor, std::size_t limit) {
  constexpr std::size_t kEntriesOfAPage = 1000;
  const Matcher matcher(filter);
  auto entries = TRY(search_entries(reader, account, filter.from, filter.to, cursor, kEntriesOfAPage));
  if (!entries.next.empty()) keep_whole_vouchers(entries);
  VoucherPage page;
  VoucherFinder finder(reader);
  VoucherId last;
  for (const auto& entry : entries.entries) {
    if (page.vouchers.size() == limit && entry.voucher != last) {
      // The next page begins with this one.
      page.next = std::to_string(entry.number + 1);
      return page;
    }
    // Two lines on one account are one voucher, and stand beside each other.
    if (entry.voucher == std::exchange(last, entry.voucher)) continue;
    auto voucher = TRY(finder.find(entry.voucher));
    if (matcher.takes(voucher)) page.vouchers.push_back(std::move(voucher));
  }
  page.next = std::move(entries.next);
  return page;
}

/// Backwards through the blocks.
class BlockSearch {
 public:
  BlockSearch(const VoucherFilter& filter, std::size_t limit) : filter_(&filter), matcher_(filter), limit_(limit) {}

  Result<VoucherPage> run(store::Reader& reader, VoucherId below) {
    constexpr std::int64_t kPortion = 64;
    std::int64_t blocks = 0;
    for (;;) {
      const auto portion = TRY(portion_below(reader, below, kPortion));
      for (const auto& block : portion) {
        TRY(look_through(block, below));
        if (full_) return std::move(page_);
        below = block.id;
        ++blocks;
        bytes_ += static_cast<std::int64_t>(block.bytes.bytes.size());
        if (blocks >= kBlocksOfAPage || bytes_ >= kBytesOfAPage) {
          page_.next = below.text();
          return std::move(page_);
        }
      }
      if (static_cast<std::int64_t>(portion.size()) < kPortion) return std::move(page_);
    }
  }

 private:
  Result<std::vector<BlockRow>> portion_below(store::Reader& reader, VoucherId below, std::int64_t portion) const {
    store::Query query(kBlocks);
    query.where<&BlockRow::id>(Operator::Less, below).limit(portion);
    // A block's id is of its time or later.
    query.where<&BlockRow::id>(Operator::GreaterOrEqual, VoucherId{first_id_at(filter_->from)});
    query.where<&BlockRow::posted_at>(Operator::GreaterOrEqual, filter_->from);
    query.where<&BlockRow::posted_at>(Operator::Less, filter_->to);
    return query.run(reader);
  }

  /// Those below, the last first.
  Result<void> look_through(const BlockRow& block, VoucherId below) {
    if (!matcher_.may_have(block)) return {};
    std::vector<VoucherView> found;
    TRY(visit_block(block, [&](const VoucherView& voucher) {
      if (voucher.id < below && matcher_.takes(voucher)) found.push_back(voucher);
    }));
    for (auto voucher = found.rbegin(); voucher != found.rend(); ++voucher) {
      if (page_.vouchers.size() == limit_) {
        page_.next = VoucherId{voucher->id.value + 1}.text();
        full_ = true;
        return {};
      }
      page_.vouchers.push_back(std::move(*voucher));
    }
    return {};
  }

  const VoucherFilter* filter_;
  Matcher matcher_;
  std::size_t limit_;
  std::int64_t bytes_ = 0;
  bool full_ = false;
  VoucherPage page_;
};

}  // namespace

Result<EntryPage> search_entries(store::Reader& reader, const AccountRow& account, Timestamp from, Timestamp to,
                                 std::string_view cursor, std::size_t limit) {
  const auto below = cursor.empty() ? INT64_MAX : parse_int(cursor).value_or(0);
  if (below < 1) return bad_cursor();
  const auto snapshot = TRY(Snapshot::begin(reader));
  EntryPage page;
  page.entries = TRY(EntrySearch(account, from, to, below, limit).run(reader));
  if (page.entries.size() > limit) {
    page.entries.resize(limit);
    page.next = std::to_string(key_of(page.entries.back()));
  }
  return page;
}

Result<VoucherPage> search_vouchers(store::Reader& reader, const VoucherFilter& filter, std::string_view cursor,
                                    std::size_t limit) {
  if (filter.account) {
    const auto account = TRY(store::Query(kAccounts).equal<&AccountRow::id>(*filter.account).first(reader));
    if (!account) return Error(errors::kAccountNotFound, filter.account->text(), "account");
    if (find_in_chart(account->code)->keeping == Keeping::Customer)
      return search_entries_of(reader, *account, filter, cursor, limit);
  }
  auto below = VoucherId{INT64_MAX};
  if (!cursor.empty()) {
    const auto given = VoucherId::parse(cursor);
    if (!given) return bad_cursor();
    below = *given;
  }
  return BlockSearch(filter, limit).run(reader, below);
}

}  // namespace feiqian::ledger
