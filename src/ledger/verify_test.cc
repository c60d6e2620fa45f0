// Verification: what is planted in the ledger's own tables and in the chain is found and named. The other tables of
// money: payments/tampering_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "foundation/text.h"
#include "ledger/post_vouchers.h"
#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::kMerchantPending;
using testing::kReceivable;
using testing::must;
using testing::Post;
using testing::Reverse;
using Strings = std::vector<std::string>;

/// Five batches: a payment; its fee and cost; another payment, reversed; a refund under way. Pages of two entries.
struct Sample {
  Sample() {
    const Post paid{&vouchers::kPaySuccessChannel, 100000};
    must(books.harness.run(paid));
    books.harness.clock.advance_ms(1000);
    for (const auto& result :
         books.harness.run_together<Post>({{&vouchers::kMerchantFee, 600, 34}, {&vouchers::kChannelFeeNet, 200}}))
      must(result);
    books.harness.clock.advance_ms(1000);
    const auto again = must(books.harness.run(paid));
    books.harness.clock.advance_ms(1000);
    must(books.harness.run(Reverse{again, paid}));
    books.harness.clock.advance_ms(1000);
    must(books.post(vouchers::kRefundAccept, 30000));
  }
  Books books{{2, 1000}};
};

TEST(Verify, CountsWhatItReadAndFindsNothing) {
  Sample sample;
  const auto clean = must(verify(*sample.books.harness.reader()));
  EXPECT_EQ(clean.batches, 5);
  EXPECT_EQ(clean.vouchers, 6);
  EXPECT_EQ(clean.accounts, 8);
  EXPECT_EQ(clean.testimonies, 9 + static_cast<std::int64_t>(sample.books.harness.all(kPages).size()))
      << "eight accounts, a reversal, the pages";
  EXPECT_EQ(clean.problems, Strings{});
  EXPECT_FALSE(sample.books.harness.all(kPages).empty());
  EXPECT_FALSE(sample.books.pending().empty());
}

TEST(Verify, OfEmptyBooksIsClean) {
  testing::Harness harness;
  EXPECT_EQ(must(verify(*harness.reader())).problems, Strings{});
}

std::string hex(const std::string& bytes) {
  return "x'" + to_hex(bytes) + "'";
}
/// The block's bytes with every amount of its vouchers changed by `by`.
std::string changed_amounts(const BlockRow& block, std::int64_t by) {
  BlockReader reader(block.bytes.bytes);
  PostedVoucher voucher;
  BlockWriter changed;
  while (must(reader.next(voucher))) {
    changed.begin(voucher.head, voucher.lines.size());
    for (auto line : voucher.lines) {
      line.amount_minor += by;
      changed.line(line);
    }
    changed.end();
  }
  return hex(changed.take());
}
/// The same voucher with another head.
std::string changed_head(const BlockRow& block, const std::function<void(VoucherHead&)>& change) {
  BlockReader reader(block.bytes.bytes);
  PostedVoucher voucher;
  must(reader.next(voucher));
  change(voucher.head);
  BlockWriter changed;
  changed.begin(voucher.head, voucher.lines.size());
  for (const auto& line : voucher.lines) changed.line(line);
  changed.end();
  return hex(changed.take());
}
std::string changed_entry(const PageRow& page, const std::function<void(Entry&)>& change) {
  auto entries = must(decode_page(page.bytes.bytes));
  change(entries.back());
  return hex(encode_page(entries));
}

struct Planted {
  std::string what;
  std::string sql;
  std::string problem;
};

/// Ids follow from the clock: they are the same in every sample.
void expect_found(const std::vector<Planted>& all) {
  for (const auto& planted : all) {
    Sample fresh;
    const auto before = fresh.books.harness.content();
    fresh.books.harness.tamper(planted.sql);
    ASSERT_NE(fresh.books.harness.content(), before) << planted.what << ": nothing was planted";
    EXPECT_THAT(fresh.books.problems(), Contains(HasSubstr(planted.problem))) << planted.what;
  }
}

TEST(Verify, FindsTamperingWithVouchers) {
  Sample sample;
  const auto blocks = sample.books.harness.all(kBlocks);
  const auto& first = blocks[0];
  const auto& last = blocks[4];
  const auto name = [](const BlockRow& block) { return "block " + block.id.text(); };
  const auto set = [](const BlockRow& block, const std::string& what) {
    return "UPDATE voucher_block SET " + what + " WHERE id=" + std::to_string(block.id.value);
  };
  const auto head = [&](const std::function<void(VoucherHead&)>& change) {
    return set(first, "bytes=" + changed_head(first, change));
  };
  const std::string no_root = "batch 1: the vouchers of " + name(first) + " do not give its root";
  expect_found({
      {"amounts, both sides", set(first, "bytes=" + changed_amounts(first, 1)), no_root},
      {"amounts move accounts", set(first, "bytes=" + changed_amounts(first, 1)), "turnover"},
      {"the event", head([](VoucherHead& voucher) { voucher.event = "J02"; }), no_root},
      {"the subject", head([](VoucherHead& voucher) { ++voucher.subject; }), no_root},
      {"the rule", head([](VoucherHead& voucher) { voucher.rule = 8; }), no_root},
      {"the reversal", head([](VoucherHead& voucher) { voucher.reverses = {8}; }), no_root},
      {"a memo", head([](VoucherHead& voucher) { voucher.memo = "was not there"; }), no_root},
      {"bytes cut short", set(first, "bytes=x'0100'"), name(first) + " of batch 1: the block's bytes are broken"},
      {"no bytes", set(first, "bytes=x''"), name(first) + " of batch 1: the block's bytes are not of a known version"},
      {"the count", set(first, "vouchers=2"), name(first) + " of batch 1 has 1 vouchers, its row says 2"},
      {"moved to another batch", set(first, "batch=2"), name(blocks[1]) + " of batch 2: the batch has another block"},
      {"moved to no batch", set(first, "batch=9"), name(first) + " belongs to batch 9, which does not exist"},
      {"removed", "DELETE FROM voucher_block WHERE id=" + std::to_string(first.id.value),
       "batch 1 has 0 vouchers, its record says 1"},
      {"added",
       "INSERT INTO voucher_block SELECT id + 1, 77, vouchers, accounting_date, posted_at, bytes FROM voucher_block "
       "WHERE batch=1",
       "belongs to batch 77, which does not exist"},
      {"the day, in pages", set(first, "accounting_date=20261123"), name(first)},
      {"the time, in pages", set(first, "posted_at=posted_at+1"), name(first)},
      {"the day, not in pages yet", set(last, "accounting_date=20261123"), name(last)},
      {"the time, not in pages yet", set(last, "posted_at=posted_at+1"), name(last)},
      {"the id, in pages", set(first, "id=id+1"), "block " + VoucherId{first.id.value + 1}.text()},
      {"the id, not in pages yet", set(last, "id=id+1"), "block " + VoucherId{last.id.value + 1}.text()},
  });
}

TEST(Verify, FindsTamperingWithEntries) {
  Sample sample;
  const auto merchant = sample.books.account(kMerchantPending).id;
  PageRow page;
  for (const auto& row : sample.books.harness.all(kPages)) {
    if (row.account == merchant) page = row;
  }
  ASSERT_TRUE(page.id);
  const auto where = " WHERE id=" + std::to_string(page.id.value);
  const auto set = [&](const std::string& what) { return "UPDATE account_page SET " + what + where; };
  const auto entry = [&](const std::function<void(Entry&)>& change) {
    return set("bytes=" + changed_entry(page, change));
  };
  const std::string columns = "page " + page.id.text() + " of account " + merchant.text() + ": its columns do not fit";
  const std::string other =
      "page " + page.id.text() + " of account " + merchant.text() + " (2202): the entry of voucher";
  const std::string missing = "account " + merchant.text() + " (2202): a page of its entries is missing";
  expect_found({
      {"a debit", entry([](Entry& each) { ++each.debit_minor; }), other},
      {"a credit", entry([](Entry& each) { ++each.credit_minor; }), other},
      {"a balance", entry([](Entry& each) { ++each.balance_minor; }), other},
      {"a number", entry([](Entry& each) { ++each.number; }), other},
      {"a voucher", entry([](Entry& each) { --each.voucher.value; }), other},
      {"a time", entry([](Entry& each) { ++each.posted_at.us; }), other},
      {"a day", entry([](Entry& each) { ++each.accounting_date.yyyymmdd; }), other},
      {"bytes cut short", set("bytes=x'80'"), "page " + page.id.text() + ": its bytes are broken"},
      {"no entries", set("bytes=x''"), "page " + page.id.text() + ": its bytes are broken"},
      {"how many", set("entries=entries+1"), columns},
      {"the first number", set("first_number=first_number+1"), columns},
      {"the last voucher", set("last_voucher=last_voucher-1"), columns},
      {"the first time", set("first_posted_at=first_posted_at+1"), columns},
      {"the last time", set("last_posted_at=last_posted_at+1"), columns},
      {"the chain", set("chain=1"), merchant.text()},
      {"moved to another account", set("account=account+1"), "entries of an account that does not exist"},
      {"moved to a real account", set("account=" + std::to_string(sample.books.account(kReceivable).id.value)),
       sample.books.account(kReceivable).id.text()},
      {"removed",
       "DELETE FROM account_page WHERE account=" + std::to_string(merchant.value) +
           " AND id=(SELECT min(id) FROM account_page WHERE account=" + std::to_string(merchant.value) + ")",
       missing},
      {"added twice",
       "INSERT INTO account_page SELECT id + 1, account, chain, entries, first_number, last_voucher, first_posted_at, "
       "last_posted_at, bytes FROM account_page" +
           where,
       merchant.text()},
  });
}

TEST(Verify, NamesAPageThatIsMissing) {
  Books books({2, 1000});
  for (int i = 0; i < 7; ++i) must(books.post(vouchers::kPaySuccessChannel, 10));
  const auto merchant = books.account(kMerchantPending).id;
  std::vector<PageRow> pages;
  for (const auto& row : books.harness.all(kPages)) {
    if (row.account == merchant) pages.push_back(row);
  }
  ASSERT_EQ(pages.size(), 3U);
  // One in the middle: the later ones show that it was there.
  books.harness.tamper("DELETE FROM account_page WHERE id=" + std::to_string(pages[1].id.value));
  EXPECT_THAT(books.problems(), Contains("account " + merchant.text() + " (2202): a page of its entries is missing"));
}

TEST(Verify, KnowsWhatMustBeInPages) {
  // A mark that was moved on would let a start forget entries that are in no page yet.
  Sample sample;
  const auto last = sample.books.vouchers().back().id;
  const auto merchant = sample.books.account(kMerchantPending).id;
  const std::string missing = ": a page of its entries is missing";
  expect_found({
      {"a mark moved on", "UPDATE ledger_merge_mark SET block=" + std::to_string(last.value + 1),
       "account " + merchant.text() + " (2202)" + missing},
      {"a mark removed", "DELETE FROM ledger_merge_mark", "account " + merchant.text() + " (2202)" + missing},
  });
}

TEST(Verify, MissesAPageEvenWhileItsEntriesAreStillReadFromTheBlocks) {
  // It was written a moment ago, and will be written again after a start: nothing is lost, but somebody took it.
  Books books({2, 1000});
  must(books.harness.run(Post{&vouchers::kPaySuccessChannel, 1, 0, {9 << 20, 8 << 20, 0}}));
  for (int i = 0; i < 3; ++i) must(books.post(vouchers::kPaySuccessChannel, 10));
  const auto entries = books.all_entries();
  const auto merchant = books.account(kMerchantPending).id;
  std::vector<PageRow> pages;
  for (const auto& row : books.harness.all(kPages)) {
    if (row.account == merchant) pages.push_back(row);
  }
  ASSERT_EQ(pages.size(), 1U);
  books.harness.tamper("DELETE FROM account_page WHERE id=" + std::to_string(pages[0].id.value));
  const Strings missing{"account_page " + pages[0].id.text() + ": the row that batch 4 wrote is missing"};
  EXPECT_EQ(books.problems(), missing);
  EXPECT_EQ(books.all_entries(), entries);
  books.harness.reopen();
  must(books.post(vouchers::kPaySuccessChannel, 10));
  EXPECT_EQ(books.entries(merchant).size(), 4U);
  EXPECT_EQ(books.problems(), missing);
}

TEST(Verify, FindsTamperingWithAccountsAndBalances) {
  Sample sample;
  const auto name = [&](const AccountKey& key) { return "account " + sample.books.account(key).id.text(); };
  const auto where = [&](const AccountKey& key) {
    return " WHERE id=" + std::to_string(sample.books.account(key).id.value);
  };
  const auto tea = name(kMerchantPending) + " (2202): turnover";
  const auto changed = [&](const std::string& set) {
    return Planted{set, "UPDATE account SET " + set + where(kMerchantPending),
                   name(kMerchantPending) + ": the row is not what batch 1 wrote"};
  };
  const auto balance = [&](const std::string& set) {
    return Planted{set, "UPDATE balance SET " + set + where(kMerchantPending), tea};
  };
  expect_found({
      balance("credit_minor=credit_minor+1"),
      balance("debit_minor=debit_minor+1, credit_minor=credit_minor+1"),
      balance("entries=entries+1"),
      balance("held_minor=held_minor+1"),
      {"an internal turnover",
       "UPDATE balance SET debit_minor=debit_minor+1, credit_minor=credit_minor+1" + where(kReceivable),
       name(kReceivable) + " (1121): turnover"},
      {"a balance removed", "DELETE FROM balance" + where(kMerchantPending),
       name(kMerchantPending) + " (2202): its balance is missing"},
      {"a balance added", "INSERT INTO balance VALUES (4711, 0, 0, 0, 0)",
       "a balance of an account that does not exist: " + AccountId{4711}.text()},
      {"a balance of another account", "UPDATE balance SET id=4711" + where(kMerchantPending),
       name(kMerchantPending) + " (2202): its balance is missing"},
      changed("owner=owner+1"),
      changed("currency='USD'"),
      changed("opened_at=opened_at+1"),
      changed("state=2"),
      changed("frozen_minor=1"),
      changed("most_minor=1"),
      changed("code=2201"),
      {"a code that the chart does not have", "UPDATE account SET code=4711" + where(kMerchantPending),
       name(kMerchantPending) + ": the chart has no code 4711"},
      {"an account removed", "DELETE FROM account" + where(kMerchantPending),
       name(kMerchantPending) + ": the row that batch 1 wrote is missing"},
      {"an account added, with its balance",
       "INSERT INTO account VALUES (4711, 2202, 99, 'CNY', 5, 1, 0, 0); INSERT INTO balance VALUES (4711, 0, 0, 0, 0)",
       "account " + AccountId{4711}.text() + ": no batch wrote this row"},
  });
}

TEST(Verify, FindsTamperingWithReversals) {
  Sample sample;
  const auto reversal = sample.books.harness.all(kReversals).at(0);
  const auto name = "voucher_reversal " + reversal.id.text();
  const auto where = " WHERE id=" + std::to_string(reversal.id.value);
  expect_found({
      {"of another voucher", "UPDATE voucher_reversal SET reversed=reversed+1" + where,
       name + ": the row is not what batch 4 wrote"},
      {"by another voucher", "UPDATE voucher_reversal SET by=by+1" + where,
       name + ": the row is not what batch 4 wrote"},
      {"removed: it could be reversed again", "DELETE FROM voucher_reversal" + where,
       name + ": the row that batch 4 wrote is missing"},
      {"added: it could not be reversed", "INSERT INTO voucher_reversal VALUES (4711, 5, 6)",
       "voucher_reversal " + StrongId<ReversalTag>{4711}.text() + ": no batch wrote this row"},
  });
}

TEST(Verify, FindsTamperingWithTheChain) {
  const auto set = [](const std::string& what) { return "UPDATE batch SET " + what + " WHERE number=4"; };
  const auto other = [&](const std::string& what) {
    return Planted{what, set(what), "batch 4: its record does not give its hash"};
  };
  const std::string zeros = "x'" + std::string(64, '0') + "'";
  Sample sample;
  const auto evidence = sample.books.harness.all(engine::kBatches).at(3).evidence.bytes;
  ASSERT_EQ(evidence.size(), 25U);
  auto forged = evidence;
  forged[20] = static_cast<char>(forged[20] ^ 1);
  expect_found({
      other("committed_at=committed_at+1"),
      other("commands=commands+1"),
      other("vouchers=vouchers+1"),
      other("root=" + zeros),
      other("evidence=" + hex(forged)),
      other("evidence=x''"),
      other("hash=" + zeros),
      {"the chain, in the hash", set("chain=1"), "batch 4 of chain 1: its record does not give its hash"},
      {"the count", set("vouchers=5"), "batch 4 has 1 vouchers, its record says 5"},
      {"the root", set("root=" + zeros), "batch 4: the vouchers of block"},
      {"the hash before", set("previous_hash=" + zeros), "batch 4 does not follow the hash before it"},
      {"the hash", set("hash=" + zeros), "batch 5 does not follow the hash before it"},
      {"the number", set("number=9"), "batch 9 follows batch 3"},
      {"the chain", set("chain=1"), "batch 4 of chain 1 follows batch 0"},
      {"removed", "DELETE FROM batch WHERE number=4", "batch 5 follows batch 3"},
      {"the last one removed", "DELETE FROM batch WHERE number=5", "belongs to batch 5, which does not exist"},
      {"added",
       "INSERT INTO batch SELECT id + 1, chain, 6, committed_at, commands, 0, root, evidence, previous_hash, hash "
       "FROM batch WHERE number=5",
       "batch 6 does not follow the hash before it"},
      {"evidence of another row", set("evidence=" + hex(forged)), "the row is not what batch 4 wrote"},
      {"evidence left out", set("evidence=x''"), "no batch wrote this row"},
      {"evidence cut short", set("evidence=x'06'"), "batch 4: its evidence is broken"},
  });
}

TEST(Verify, ReportsAtMostTwentyProblems) {
  Sample sample;
  for (int i = 0; i < 20; ++i) must(sample.books.post(vouchers::kPaySuccessChannel, 1000));
  sample.books.harness.tamper("UPDATE voucher_block SET vouchers=8");
  EXPECT_EQ(sample.books.problems().size(), 20U);
}

TEST(Verify, CannotReadIsNotClean) {
  Sample sample;
  sample.books.harness.store().readers_fail = true;
  EXPECT_EQ(code_of(verify(*sample.books.harness.reader())), "store.failed");
}

/// One bit of one blob of the books, anywhere.
RC_GTEST_PROP(Verify, FindsAnyBitOfBlocksPagesAndBatchesThatTurned, ()) {
  Sample sample;
  struct Place {
    std::string table;
    std::string column;
    std::int64_t id;
    std::string bytes;
  };
  std::vector<Place> places;
  for (const auto& row : sample.books.harness.all(kBlocks))
    places.push_back({"voucher_block", "bytes", row.id.value, row.bytes.bytes});
  for (const auto& row : sample.books.harness.all(kPages))
    places.push_back({"account_page", "bytes", row.id.value, row.bytes.bytes});
  for (const auto& row : sample.books.harness.all(engine::kBatches)) {
    for (const auto& [column, blob] : {std::pair{"root", &row.root},
                                       {"evidence", &row.evidence},
                                       {"hash", &row.hash},
                                       {"previous_hash", &row.previous_hash}}) {
      if (!blob->bytes.empty()) places.push_back({"batch", column, row.id.value, blob->bytes});
    }
  }
  const auto place = places[*rc::gen::inRange<std::size_t>(0, places.size())];
  const auto bit = *rc::gen::inRange<std::size_t>(0, place.bytes.size() * 8);
  auto turned = place.bytes;
  turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
  sample.books.harness.tamper("UPDATE " + place.table + " SET " + place.column + "=" + hex(turned) +
                              " WHERE id=" + std::to_string(place.id));
  RC_ASSERT(!sample.books.problems().empty());
}

}  // namespace
}  // namespace feiqian::ledger
