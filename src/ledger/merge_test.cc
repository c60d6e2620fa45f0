// How the seal merges entries into pages behind the blocks, with pages and memory as small as they get.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "ledger/post_vouchers.h"
#include "ledger/seal.h"
#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using testing::Do;
using testing::EntriesByAccount;
using testing::FaultyStore;
using testing::kMerchantPending;
using testing::kReceivable;
using testing::must;
using testing::Post;

/// What the vouchers say, without blocks' columns, marks, pages or memory: the slow way.
EntriesByAccount entries_by_replay(Books& books) {
  EntriesByAccount entries;
  for (const auto& account : books.harness.all(kAccounts)) entries[account.id.value];
  std::map<std::pair<std::int64_t, std::int64_t>, Entry> movements;  // by batch and account
  VoucherId first;
  std::int64_t batch = 0;
  for (const auto& voucher : books.vouchers()) {
    if (voucher.batch != batch) {
      batch = voucher.batch;
      first = voucher.id;
    }
    for (const auto& line : voucher.lines) {
      Entry entry{voucher.id, 0, 0, 0, 0, voucher.posted_at, voucher.accounting_date};
      if (!line.after) {
        entry.voucher = first;
        auto& movement = movements.try_emplace({batch, line.account.value}, entry).first->second;
        (line.side == Side::Debit ? movement.debit_minor : movement.credit_minor) += line.amount_minor;
        continue;
      }
      (line.side == Side::Debit ? entry.debit_minor : entry.credit_minor) = line.amount_minor;
      entry.number = line.after->number;
      entry.balance_minor = line.after->balance_minor;
      entries[line.account.value].push_back(entry);
    }
  }
  for (const auto& [key, movement] : movements) entries[key.second].push_back(movement);
  return entries;
}

std::vector<std::int32_t> pages_of(Books& books, const AccountKey& key) {
  const auto id = books.account(key).id;
  std::vector<std::int32_t> sizes;
  for (const auto& page : books.harness.all(kPages)) {
    if (page.account == id) sizes.push_back(page.entries);
  }
  return sizes;
}

TEST(Merging, AFullPageIsWrittenWithTheBatchAfterIt) {
  Books books({3, 1000});
  for (int i = 0; i < 3; ++i) must(books.post(vouchers::kPaySuccessChannel, 100 + i));
  EXPECT_TRUE(books.harness.all(kPages).empty());
  must(books.post(vouchers::kPaySuccessChannel, 200));
  EXPECT_EQ(pages_of(books, kMerchantPending), std::vector<std::int32_t>{3});
  EXPECT_EQ(pages_of(books, kReceivable), std::vector<std::int32_t>{3});
  const auto page = books.harness.all(kPages).at(0);
  const auto entries = must(decode_page(page.bytes.bytes));
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(page.last_voucher, entries.back().voucher);
  EXPECT_EQ(page.first_posted_at, entries.front().posted_at);
  EXPECT_EQ(page.last_posted_at, entries.back().posted_at);
  EXPECT_EQ(books.pending().at(books.account(kMerchantPending).id.value).size(), 1U);
  EXPECT_EQ(books.all_entries(), entries_by_replay(books));
}

TEST(Merging, AListThatOutgrowsAPageInOneBatchBecomesOnePage) {
  Books books({3, 1000});
  std::vector<Post> many(10, Post{&vouchers::kPaySuccessChannel, 5});
  for (const auto& result : books.harness.run_together(many)) must(result);
  must(books.post(vouchers::kPaySuccessChannel, 200));
  EXPECT_EQ(pages_of(books, kMerchantPending), std::vector<std::int32_t>{10});
  EXPECT_EQ(pages_of(books, kReceivable), std::vector<std::int32_t>{});
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Merging, TheOldestListsGoWhenThereAreTooManyEntries) {
  Books books({100, 6});
  const auto post_for = [&](std::int64_t merchant) {
    must(books.harness.run(Post{&vouchers::kPaySuccessChannel, 10, 0, {merchant << 20, 2 << 20, 0}}));
  };
  // Each batch makes one entry for the merchant and one for the channel.
  for (std::int64_t merchant = 10; merchant < 14; ++merchant) post_for(merchant);
  EXPECT_TRUE(books.harness.all(kPages).empty());
  post_for(14);
  std::vector<std::int64_t> paged;
  for (const auto& page : books.harness.all(kPages)) paged.push_back(page.account.value);
  const auto first = books.account({2202, 10 << 20, money::kCny}).id.value;
  const auto receivable = books.account(kReceivable).id.value;
  EXPECT_EQ(paged, (std::vector<std::int64_t>{first, receivable})) << "only what began with the first batch";
  const auto pending = books.pending();
  EXPECT_FALSE(pending.contains(first));
  EXPECT_EQ(pending.at(receivable).size(), 1U) << "of the batch that wrote the page";
  EXPECT_EQ(books.all_entries(), entries_by_replay(books));
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Merging, TheMarkFollowsTheOldestEntryThatIsNotInPages) {
  Books books({2, 1000});
  const auto mark = [&] { return books.harness.all(kMergeMarks).at(0).block; };
  const auto one = must(books.post(vouchers::kPaySuccessChannel, 1));
  EXPECT_EQ(mark(), one);
  must(books.post(vouchers::kPaySuccessChannel, 2));
  EXPECT_EQ(mark(), one);
  const auto three = must(books.post(vouchers::kPaySuccessChannel, 3));
  EXPECT_EQ(mark(), three) << "all of the first two are in pages";
  // An account that never fills a page holds the mark back.
  const auto other = must(books.harness.run(Post{&vouchers::kPaySuccessChannel, 4, 0, {9 << 20, 2 << 20, 0}}));
  for (int i = 0; i < 5; ++i) must(books.post(vouchers::kPaySuccessChannel, 5));
  EXPECT_EQ(mark(), other);
  EXPECT_EQ(books.harness.all(kMergeMarks).size(), 1U);
}

TEST(Merging, ABatchWithoutVouchersWritesNoPagesAndNoMark) {
  Books books({1, 0});
  must(books.harness.run(OpenAccount{kMerchantPending}));
  EXPECT_TRUE(books.harness.all(kMergeMarks).empty());
  must(books.post(vouchers::kPaySuccessChannel, 1));
  const auto mark = books.harness.all(kMergeMarks).at(0).block;
  must(books.harness.run(OpenAccount{{2202, 9 << 20, money::kCny}}));
  EXPECT_TRUE(books.harness.all(kPages).empty());
  EXPECT_EQ(books.harness.all(kMergeMarks).at(0).block, mark);
  EXPECT_EQ(books.pending().size(), 2U);
}

TEST(Merging, AFlushThatFailsLeavesPendingEntriesAsTheyWere) {
  for (const auto fault : {FaultyStore::Fault::FlushRefused, FaultyStore::Fault::CommitLost}) {
    Books books({2, 1000});
    must(books.post(vouchers::kPaySuccessChannel, 1));
    must(books.post(vouchers::kPaySuccessChannel, 2));
    const auto before = books.pending();
    books.harness.store().fault = fault;  // in a batch that would write pages
    EXPECT_EQ(code_of(books.post(vouchers::kPaySuccessChannel, 3)), "store.unavailable");
    books.harness.store().fault = FaultyStore::Fault::None;
    EXPECT_EQ(books.pending(), before);
    EXPECT_TRUE(books.harness.all(kPages).empty());
    must(books.post(vouchers::kPaySuccessChannel, 4));
    EXPECT_EQ(pages_of(books, kMerchantPending), std::vector<std::int32_t>{2});
    EXPECT_EQ(books.all_entries(), entries_by_replay(books));
    EXPECT_EQ(books.problems(), std::vector<std::string>{});
  }
}

TEST(Merging, TheFirstBatchMayFail) {
  Books books({1, 0});
  books.harness.store().fault = FaultyStore::Fault::FlushRefused;
  EXPECT_EQ(code_of(books.post(vouchers::kPaySuccessChannel, 3)), "store.unavailable");
  books.harness.store().fault = FaultyStore::Fault::None;
  for (int i = 0; i < 3; ++i) must(books.post(vouchers::kPaySuccessChannel, 4));
  EXPECT_EQ(books.harness.all(kMergeMarks).size(), 1U);
  EXPECT_EQ(books.all_entries(), entries_by_replay(books));
}

TEST(Merging, OtherLimitsAfterARestartLoseNothing) {
  // The seal of the second books has other limits and the same file.
  Books books({100, 1000});
  for (int i = 0; i < 7; ++i) must(books.post(vouchers::kPaySuccessChannel, 10 + i));
  LedgerSeal small({2, 3});
  const store::Migration migrations[] = {{1, "all", store::sqlite_schema()}};
  const auto store = must(store::SqliteStore::open(books.harness.path(), migrations, 8));
  engine::BatchProcessor processor(*store, books.harness.clock, {&small});
  must(processor.recover());
  std::vector<std::unique_ptr<engine::Submission>> batch;
  batch.push_back(testing::Harness::submission(Post{&vouchers::kPaySuccessChannel, 1},
                                               [](const Result<VoucherId>& result) { must(result); }));
  ASSERT_TRUE(processor.process(batch, [](const engine::TaskChanges&) {}));
  EXPECT_EQ(pages_of(books, kMerchantPending), std::vector<std::int32_t>{7});
  EXPECT_EQ(books.all_entries(), entries_by_replay(books));
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

/// One batch of a few vouchers for a few merchants; some are refused.
void post_some(Books& books) {
  std::vector<Post> commands;
  const auto size = *rc::gen::inRange(1, 5);
  for (int i = 0; i < size; ++i) {
    const auto merchant = *rc::gen::inRange<std::int64_t>(1, 4) << 20;
    commands.push_back({*rc::gen::element(&vouchers::kPaySuccessChannel, &vouchers::kPaySuccessChannel,
                                          &vouchers::kRefundAccept, &vouchers::kMerchantFee),
                        *rc::gen::inRange<std::int64_t>(1, 100),
                        0,
                        {merchant, *rc::gen::inRange<std::int64_t>(5, 7) << 20, 0}});
  }
  books.harness.run_together(commands);
}

RC_GTEST_PROP(Merging, LosesNothingWhateverFailsAndWheneverItRestarts, ()) {
  const PendingEntries::Limits limits{*rc::gen::inRange<std::size_t>(1, 6), *rc::gen::inRange<std::size_t>(0, 12)};
  Books books(limits);
  const auto steps = *rc::gen::inRange(1, 25);
  for (int step = 0; step < steps; ++step) {
    books.harness.store().fault =
        *rc::gen::weightedElement<FaultyStore::Fault>({{12, FaultyStore::Fault::None},
                                                       {1, FaultyStore::Fault::FlushRefused},
                                                       {1, FaultyStore::Fault::CommitLost},
                                                       {1, FaultyStore::Fault::CommitDoneButUnknown},
                                                       {1, FaultyStore::Fault::LoadFails}});
    books.harness.store().conflicts = *rc::gen::weightedElement<int>({{10, 0}, {1, 2}});
    post_some(books);
    books.harness.store().fault = FaultyStore::Fault::None;
    const auto before = books.pending();
    if (*rc::gen::inRange(0, 3) == 0) books.harness.reopen();
    RC_ASSERT(books.pending() == before);
    books.harness.clock.advance_ms(*rc::gen::inRange(0, 2));
  }
  RC_ASSERT(books.all_entries() == entries_by_replay(books));
  RC_ASSERT(books.problems() == std::vector<std::string>{});
  // Memory is bounded: what is beyond the limits waits for one batch with vouchers at most.
  books.harness.clock.advance_ms(1);
  must(books.post(vouchers::kPaySuccessChannel, 1));
  std::size_t pending = 0;
  for (const auto& [account, entries] : books.pending()) {
    RC_ASSERT(entries.size() <= std::max<std::size_t>(limits.full_page, 1));
    pending += entries.size();
  }
  RC_ASSERT(pending <= limits.most_pending + 2);
}

}  // namespace
}  // namespace feiqian::ledger
