#include "ledger/pages.h"

#include <algorithm>

#include "foundation/bytes.h"

namespace feiqian::ledger {
namespace {

/// False when the sum does not fit: only bytes that nobody encoded say so.
template <class Value>
bool add(Value& value, std::int64_t difference) {
  return !__builtin_add_overflow(value, difference, &value);
}

}  // namespace

std::string encode_page(const std::vector<Entry>& entries) {
  std::string bytes;
  Entry before;
  for (const auto& entry : entries) {
    put_varint(bytes, entry.voucher.value - before.voucher.value);
    put_varint(bytes, entry.debit_minor);
    put_varint(bytes, entry.credit_minor);
    put_varint(bytes, entry.posted_at.us - before.posted_at.us);
    put_varint(bytes, std::int64_t{entry.accounting_date.yyyymmdd} - before.accounting_date.yyyymmdd);
    put_varint(bytes, entry.number - before.number);
    put_varint(bytes, entry.balance_minor - before.balance_minor);
    before = entry;
  }
  return bytes;
}

Result<std::vector<Entry>> decode_page(std::string_view bytes) {
  std::vector<Entry> entries;
  Entry entry;
  while (!bytes.empty()) {
    std::int64_t voucher = 0, posted = 0, date = 0, number = 0, balance = 0;
    const bool whole = take_varint(bytes, voucher) && take_varint(bytes, entry.debit_minor) &&
                       take_varint(bytes, entry.credit_minor) && take_varint(bytes, posted) &&
                       take_varint(bytes, date) && take_varint(bytes, number) && take_varint(bytes, balance);
    const bool sound = whole && add(entry.voucher.value, voucher) && add(entry.posted_at.us, posted) &&
                       add(entry.accounting_date.yyyymmdd, date) && add(entry.number, number) &&
                       add(entry.balance_minor, balance);
    if (!sound) return Error(errors::kVerifyFailed, "a page's bytes are broken");
    entries.push_back(entry);
  }
  return entries;
}

void PendingEntries::add(AccountId account, const Entry& entry, VoucherId block) {
  auto& list = lists_[account.value];
  if (list.entries.empty()) {
    list.oldest_block = block;
    by_age_.emplace_back(account, block);
  }
  list.entries.push_back(entry);
  ++size_;
  if (list.entries.size() == limits_.full_page) full_.push_back(account);
}

std::vector<AccountId> PendingEntries::ripe() {
  auto accounts = full_;
  std::size_t leaving = 0;
  for (const auto account : accounts) leaving += of(account).size();
  for (auto at = by_age_.begin(); at != by_age_.end() && size_ - leaving > limits_.most_pending; ++at) {
    const auto& list = lists_[at->first.value];
    if (list.entries.empty() || list.oldest_block != at->second || list.entries.size() >= limits_.full_page) continue;
    accounts.push_back(at->first);
    leaving += list.entries.size();
  }
  return accounts;
}

const std::vector<Entry>& PendingEntries::of(AccountId account) const {
  static const std::vector<Entry> kNone;
  const auto found = lists_.find(account.value);
  return found == lists_.end() ? kNone : found->second.entries;
}

void PendingEntries::drop(const std::vector<AccountId>& accounts) {
  for (const auto account : accounts) {
    auto& list = lists_[account.value];
    size_ -= list.entries.size();
    list.entries.clear();
  }
  full_.clear();
}

std::optional<VoucherId> PendingEntries::oldest_without(const std::vector<AccountId>& leaving) {
  while (!by_age_.empty()) {
    const auto& [account, block] = by_age_.front();
    const auto& list = lists_[account.value];
    if (!list.entries.empty() && list.oldest_block == block) break;
    by_age_.pop_front();
  }
  boost::unordered_flat_set<std::int64_t> gone;
  for (const auto account : leaving) gone.insert(account.value);
  for (const auto& [account, block] : by_age_) {
    const auto& list = lists_[account.value];
    if (!list.entries.empty() && list.oldest_block == block && !gone.contains(account.value)) return block;
  }
  return std::nullopt;
}

void PendingEntries::clear() {
  lists_.clear();
  full_.clear();
  by_age_.clear();
  size_ = 0;
}

}  // namespace feiqian::ledger
