#include "ledger/pages.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "engine/testing/harness.h"
#include "foundation/bytes.h"

namespace feiqian::ledger {
namespace {

using engine::testing::code_of;
using engine::testing::must;
using Accounts = std::vector<AccountId>;

// --- bytes
// --------------------------------------------------------------------------------------------------------------------------------

TEST(Page, HasTheDocumentedBytes) {
  const std::vector<Entry> entries{{{100}, 0, 3, 1, 3, {64}, {20261122}}, {{101}, 2, 0, 2, 1, {63}, {20261123}}};
  std::string expected;
  // voucher, debit, credit, posted at, date, number, balance; then the differences
  for (const std::int64_t value : {100, 0, 3, 64, 20261122, 1, 3, 1, 2, 0, -1, 1, 1, -2}) put_varint(expected, value);
  EXPECT_EQ(encode_page(entries), expected);
  EXPECT_EQ(expected.substr(0, 2), std::string("\xc8\x01", 2)) << "zigzag, seven bits a byte, the lowest first";
  EXPECT_EQ(must(decode_page(expected)), entries);
  EXPECT_TRUE(must(decode_page("")).empty());
}

rc::Gen<Entry> any_entry() {
  return rc::gen::exec([] {
    // Differences must not overflow: numbers are those of a real ledger, up to 2^61 either way.
    const auto number = [] { return *rc::gen::arbitrary<std::int64_t>() / 4; };
    return Entry{
        {number()}, number(), number(), number(), number(), {number()}, {*rc::gen::inRange<std::int32_t>(0, 99991231)}};
  });
}

RC_GTEST_PROP(Page, RoundTrip, ()) {
  std::vector<Entry> entries;
  const auto count = *rc::gen::inRange(0, 20);
  for (int i = 0; i < count; ++i) entries.push_back(*any_entry());
  RC_ASSERT(must(decode_page(encode_page(entries))) == entries);
}

RC_GTEST_PROP(Page, EveryCutIsRefused, ()) {
  const auto first = encode_page({*any_entry()});
  const auto whole = encode_page({*any_entry(), *any_entry()});
  for (std::size_t size = 1; size < first.size(); ++size)
    RC_ASSERT(code_of(decode_page(first.substr(0, size))) == "verify.failed");
  RC_ASSERT(code_of(decode_page(whole.substr(0, whole.size() - 1))) == "verify.failed");
}

RC_GTEST_PROP(Page, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  const auto entries = decode_page(bytes);
  RC_ASSERT(entries.ok() || code_of(entries) == "verify.failed");
}

TEST(Page, DatesFarApartComeBack) {
  const std::vector<Entry> entries{{{100}, 0, 3, 1, 3, {64}, {INT32_MIN}}, {{101}, 2, 0, 2, 1, {63}, {INT32_MAX}}};
  EXPECT_EQ(must(decode_page(encode_page(entries))), entries);
}

TEST(Page, AVarintThatIsTooLongIsRefused) {
  EXPECT_EQ(code_of(decode_page(std::string(11, '\xff'))), "verify.failed");
  const auto longest = std::string(9, '\xff') + '\x01';
  EXPECT_EQ(code_of(decode_page(longest + std::string(6, '\0'))), "ok") << "ten bytes are a number";
  EXPECT_EQ(code_of(decode_page(std::string(9, '\x80') + std::string(7, '\0'))), "verify.failed")
      << "zero in ten bytes";
}

// --- what is not in pages yet
// -------------------------------------------------------------------------------------------------------------

Entry entry(std::int64_t voucher) {
  return {{voucher}, 1, 0, 0, 0, {}, {}};
}
constexpr AccountId kA{1}, kB{2}, kC{3};

TEST(PendingEntries, AFullListIsRipeUntilItIsDropped) {
  PendingEntries pending({2, 100});
  pending.add(kA, entry(1), {1});
  EXPECT_EQ(pending.ripe(), Accounts{});
  pending.add(kA, entry(2), {2});
  pending.add(kA, entry(3), {2});
  pending.add(kB, entry(3), {2});
  EXPECT_EQ(pending.ripe(), Accounts{kA}) << "once, however much it grew";
  EXPECT_EQ(pending.ripe(), Accounts{kA}) << "asking changes nothing";
  EXPECT_EQ(pending.of(kA).size(), 3U);
  EXPECT_EQ(pending.size(), 4U);
  pending.drop({kA});
  EXPECT_EQ(pending.ripe(), Accounts{});
  EXPECT_TRUE(pending.of(kA).empty());
  EXPECT_EQ(pending.of(kB), std::vector<Entry>{entry(3)});
  EXPECT_EQ(pending.size(), 1U);
  pending.add(kA, entry(4), {4});
  pending.add(kA, entry(5), {5});
  EXPECT_EQ(pending.ripe(), Accounts{kA}) << "and again";
}

TEST(PendingEntries, TheOldestListsAreRipeWhenThereAreTooMany) {
  PendingEntries pending({100, 3});
  pending.add(kC, entry(1), {1});
  pending.add(kA, entry(2), {2});
  pending.add(kC, entry(3), {3});
  EXPECT_EQ(pending.ripe(), Accounts{}) << "as many as allowed";
  pending.add(kB, entry(4), {4});
  EXPECT_EQ(pending.ripe(), Accounts{kC});
  pending.drop({kC});
  pending.add(kC, entry(5), {5});
  pending.add(kC, entry(6), {6});
  EXPECT_EQ(pending.ripe(), Accounts{kA}) << "a list that was dropped is young again";
}

TEST(PendingEntries, FullListsCountBeforeOldOnes) {
  PendingEntries pending({2, 2});
  pending.add(kA, entry(1), {1});
  pending.add(kB, entry(2), {2});
  pending.add(kB, entry(3), {3});
  EXPECT_EQ(pending.ripe(), Accounts{kB}) << "one entry is left then";
  pending.add(kC, entry(4), {4});
  pending.add(kC, entry(5), {5});
  EXPECT_EQ(pending.ripe(), (Accounts{kB, kC}));
}

TEST(PendingEntries, TheOldestBlockThatRemains) {
  PendingEntries pending({2, 100});
  EXPECT_EQ(pending.oldest_without({}), std::nullopt);
  pending.add(kA, entry(1), {1});
  pending.add(kB, entry(2), {2});
  pending.add(kA, entry(3), {3});
  pending.add(kC, entry(4), {4});
  EXPECT_EQ(pending.oldest_without({}), VoucherId{1});
  EXPECT_EQ(pending.oldest_without({kA}), VoucherId{2});
  EXPECT_EQ(pending.oldest_without({kA, kB}), VoucherId{4});
  EXPECT_EQ(pending.oldest_without({kA, kB, kC}), std::nullopt);
  pending.drop({kA});
  pending.add(kA, entry(5), {5});
  EXPECT_EQ(pending.oldest_without({kB, kC}), VoucherId{5}) << "of the list that began again";
  pending.clear();
  EXPECT_EQ(pending.oldest_without({}), std::nullopt);
  EXPECT_EQ(pending.size(), 0U);
}

/// The same, without any bookkeeping beside the entries.
struct Plain {
  std::map<AccountId, std::vector<std::pair<VoucherId, Entry>>> lists;

  std::size_t size() const {
    std::size_t size = 0;
    for (const auto& [account, list] : lists) size += list.size();
    return size;
  }
  std::optional<VoucherId> oldest_without(const Accounts& leaving) const {
    std::optional<VoucherId> oldest;
    for (const auto& [account, list] : lists) {
      if (list.empty() || std::count(leaving.begin(), leaving.end(), account) > 0) continue;
      oldest = std::min(oldest.value_or(list.front().first), list.front().first);
    }
    return oldest;
  }
};

RC_GTEST_PROP(PendingEntries, AreWhatAPlainListSays, ()) {
  const PendingEntries::Limits limits{*rc::gen::inRange<std::size_t>(1, 5), *rc::gen::inRange<std::size_t>(0, 10)};
  PendingEntries pending(limits);
  Plain plain;
  std::int64_t block = 0;
  const auto batches = *rc::gen::inRange(1, 20);
  for (int batch = 0; batch < batches; ++batch) {
    const auto ripe = pending.ripe();
    std::size_t remaining = plain.size();
    for (const auto account : ripe) remaining -= plain.lists[account].size();
    RC_ASSERT(std::set<AccountId>(ripe.begin(), ripe.end()).size() == ripe.size());
    RC_ASSERT(remaining <= limits.most_pending);
    for (const auto& [account, list] : plain.lists) {
      const bool leaves = std::count(ripe.begin(), ripe.end(), account) > 0;
      RC_ASSERT(leaves || list.size() < limits.full_page);
      RC_ASSERT(!leaves || !list.empty());
      // What leaves without being full is no younger than what remains.
      if (leaves && list.size() < limits.full_page && plain.oldest_without(ripe))
        RC_ASSERT(list.front().first <= *plain.oldest_without(ripe));
    }
    RC_ASSERT(pending.oldest_without(ripe) == plain.oldest_without(ripe));
    pending.drop(ripe);
    for (const auto account : ripe) plain.lists[account].clear();
    block += 1 + *rc::gen::inRange(0, 3);
    const auto count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) {
      const AccountId account{*rc::gen::inRange<std::int64_t>(1, 5)};
      pending.add(account, entry(block), {block});
      plain.lists[account].emplace_back(VoucherId{block}, entry(block));
    }
    RC_ASSERT(pending.size() == plain.size());
    for (const auto& [account, list] : plain.lists) RC_ASSERT(pending.of(account).size() == list.size());
  }
}

}  // namespace
}  // namespace feiqian::ledger
