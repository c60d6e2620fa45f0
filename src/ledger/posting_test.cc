#include "ledger/posting.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using testing::Do;
using testing::kMerchantPending;
using testing::kOwners;
using testing::kReceivable;
using testing::must;
using testing::Post;
using testing::Reverse;

// --- posting
// ------------------------------------------------------------------------------------------------------------------------------

TEST(Posting, APaymentWithItsFeeAndCost) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 100000));
  const auto fee = must(books.post(vouchers::kMerchantFee, 600, 34));
  must(books.post(vouchers::kChannelFeeNet, 200));
  EXPECT_EQ(books.balances(),
            (std::map<int, std::int64_t>{
                {1121, 99800}, {2202, 99400}, {2501, 400}, {1501, 400}, {6001, 566}, {2221, 34}, {6401, 200}}));
  const auto vouchers = books.vouchers();
  ASSERT_EQ(vouchers.size(), 3U);
  EXPECT_EQ(vouchers[1].id, fee);
  EXPECT_EQ(vouchers[1].event, "J02");
  EXPECT_EQ(vouchers[1].subject, 77 << 13);
  EXPECT_EQ(vouchers[1].rule, 5);
  EXPECT_EQ(vouchers[1].batch, 2);
  EXPECT_EQ(vouchers[1].accounting_date, (Date{20261122}));
  EXPECT_EQ(vouchers[1].posted_at, engine::testing::kStart);
  EXPECT_FALSE(vouchers[1].reverses);
  EXPECT_EQ(vouchers[1].memo, "");
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Posting, CustomerAccountsGetAnEntryALineWithTheBalanceAfterIt) {
  Books books;
  const auto results =
      books.harness.run_together<Post>({{&vouchers::kPaySuccessChannel, 1000}, {&vouchers::kRefundAccept, 300}});
  ASSERT_TRUE(results[0] && results[1]);
  const Timestamp now = engine::testing::kStart;
  EXPECT_EQ(books.entries(kMerchantPending), (std::vector<Entry>{{*results[0], 0, 1000, 1, 1000, now, Date{20261122}},
                                                                 {*results[1], 300, 0, 2, 700, now, Date{20261122}}}));
  const auto balance_now = books.balance(kMerchantPending);
  EXPECT_EQ(balance_now.debit_minor, 300);
  EXPECT_EQ(balance_now.credit_minor, 1000);
  EXPECT_EQ(balance_now.entries, 2);
}

TEST(Posting, InternalAccountsGetOneSummaryABatch) {
  Books books;
  const auto results = books.harness.run_together<Post>({{&vouchers::kPaySuccessChannel, 1000},
                                                         {&vouchers::kPaySuccessChannel, 500},
                                                         {&vouchers::kRefundAccept, 300},
                                                         {&vouchers::kRefundChannelSuccess, 300}});
  for (const auto& result : results) must(result);
  const Timestamp now = engine::testing::kStart;
  EXPECT_EQ(books.entries(kReceivable), (std::vector<Entry>{{*results[0], 1500, 300, 0, 0, now, Date{20261122}}}));
  EXPECT_EQ(books.entries({2331, kOwners.channel, money::kCny}),
            (std::vector<Entry>{{*results[0], 300, 300, 0, 0, now, Date{20261122}}}));
  EXPECT_EQ(books.balance(kReceivable).entries, 0) << "only lines of customers are counted";
}

TEST(Posting, VouchersOfABatchAreOneBlockAndFollowEachOther) {
  Books books;
  const auto results = books.harness.run_together<Post>({{&vouchers::kPaySuccessChannel, 1000},
                                                         {&vouchers::kRefundAccept, 1001},
                                                         {&vouchers::kPaySuccessChannel, 500},
                                                         {&vouchers::kRefundAccept, 300}});
  EXPECT_EQ(code_of(results[1]), "balance.insufficient");
  const auto blocks = books.harness.all(kBlocks);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].vouchers, 3);
  EXPECT_EQ(blocks[0].batch, 1);
  EXPECT_EQ(must(results[0]), blocks[0].id);
  EXPECT_EQ(must(results[2]), voucher_at(blocks[0].id, 1)) << "the refused one took no number";
  EXPECT_EQ(must(results[3]), voucher_at(blocks[0].id, 2));
  const auto batches = books.harness.all(engine::kBatches);
  EXPECT_EQ(batches.at(0).vouchers, 3);
}

TEST(Posting, VoucherNumbersNeverGoBackOrRepeat) {
  Books books;
  VoucherId last;
  for (const std::int64_t step_ms : {0LL, 0LL, 1LL, -1LL, -3600000LL, 0LL, 7200000LL, -86400000LL}) {
    books.harness.clock.advance_ms(step_ms);
    std::vector<Post> batch(3, Post{&vouchers::kPaySuccessChannel, 10});
    for (const auto& result : books.harness.run_together(batch)) {
      EXPECT_GT(must(result), last);
      last = *result;
    }
    books.harness.reopen();
  }
  EXPECT_EQ(books.vouchers().size(), 24U);
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Posting, ACustomerAccountNeverGoesNegative) {
  Books books;
  EXPECT_EQ(code_of(books.post(vouchers::kRefundAccept, 1)), "balance.insufficient");
  EXPECT_TRUE(books.harness.all(kAccounts).empty()) << "a refused voucher opens no account";
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto before = books.harness.content();
  EXPECT_EQ(code_of(books.post(vouchers::kRefundAccept, 1001)), "balance.insufficient");
  EXPECT_EQ(books.harness.content(), before);
  EXPECT_EQ(code_of(books.post(vouchers::kRefundAccept, 1000)), "ok");
  EXPECT_EQ(books.balances()[2202], 0);
}

TEST(Posting, ABatchSpendsABalanceOnlyOnce) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto results = books.harness.run_together<Post>(
      {{&vouchers::kRefundAccept, 600}, {&vouchers::kRefundAccept, 600}, {&vouchers::kRefundAccept, 400}});
  EXPECT_EQ(code_of(results[0]), "ok");
  EXPECT_EQ(code_of(results[1]), "balance.insufficient");
  EXPECT_EQ(code_of(results[2]), "ok");
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Posting, InternalAccountsMayGoBelowZero) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.post(vouchers::kChannelFeeNet, 200));
  EXPECT_EQ(books.balances()[2501], -200);
  EXPECT_EQ(books.balances()[1501], -200);
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

std::int64_t balance_now(Books& books, const AccountKey& key) {
  return must(books.harness.run(
      Do<std::int64_t>{[&](engine::Load& load) { load_balance(load, key); },
                       [&](engine::Decision& decision) -> Result<std::int64_t> { return balance(decision, key); }}));
}

TEST(Posting, BalanceOfAnAccountThatWasNeverUsedIsZero) {
  for (const auto& key : {kMerchantPending, kReceivable}) {
    Books books;
    EXPECT_EQ(balance_now(books, key), 0);
    must(books.post(vouchers::kPaySuccessChannel, 1000));
    EXPECT_EQ(balance_now(books, key), 1000);
    books.harness.reopen();
    EXPECT_EQ(balance_now(books, key), 1000);
    must(books.post(vouchers::kPaySuccessChannel, 5));
    EXPECT_EQ(balance_now(books, key), 1005) << "what is in memory follows";
  }
}

TEST(Posting, OwnersAndCurrenciesHaveAccountsOfTheirOwn) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.harness.run(Post{&vouchers::kPaySuccessChannel, 500, 0, {9 << 20, 2 << 20, 0}}));
  EXPECT_EQ(books.balance(kMerchantPending).credit_minor, 1000);
  EXPECT_EQ(books.balance({2202, 9 << 20, money::kCny}).credit_minor, 500);
  EXPECT_EQ(books.balance(kReceivable).debit_minor, 1500);
}

// --- red reversal
// -------------------------------------------------------------------------------------------------------------------------

TEST(Reversal, RepeatsTheSidesWithNegativeAmounts) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const Post fee{&vouchers::kMerchantFee, 600, 34};
  const auto posted = must(books.harness.run(fee));
  const auto red = must(books.harness.run(Reverse{posted, fee}));
  const auto original = must(find_voucher(*books.harness.reader(), posted));
  const auto reversal = must(find_voucher(*books.harness.reader(), red));
  EXPECT_EQ(reversal.reverses, posted);
  EXPECT_EQ(reversal.event, "J02");
  EXPECT_EQ(reversal.subject, original.subject);
  EXPECT_EQ(reversal.rule, original.rule);
  ASSERT_EQ(original.lines.size(), 5U);
  ASSERT_EQ(reversal.lines.size(), original.lines.size());
  for (std::size_t i = 0; i < original.lines.size(); ++i) {
    EXPECT_EQ(reversal.lines[i].account, original.lines[i].account);
    EXPECT_EQ(reversal.lines[i].side, original.lines[i].side);
    EXPECT_EQ(reversal.lines[i].amount_minor, -original.lines[i].amount_minor);
  }
  const auto reversals = books.harness.all(kReversals);
  ASSERT_EQ(reversals.size(), 1U);
  EXPECT_EQ(reversals[0].reversed, posted);
  EXPECT_EQ(reversals[0].by, red);
  EXPECT_EQ(books.balances(),
            (std::map<int, std::int64_t>{{1121, 1000}, {2202, 1000}, {2501, 0}, {1501, 0}, {6001, 0}, {2221, 0}}));
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Reversal, OnlyOnce) {
  Books books;
  const Post paid{&vouchers::kPaySuccessChannel, 1000};
  const auto posted = must(books.harness.run(paid));
  must(books.harness.run(Reverse{posted, paid}));
  for (const bool after_restart : {false, true}) {
    if (after_restart) books.harness.reopen();
    const auto before = books.harness.content();
    EXPECT_EQ(code_of(books.harness.run(Reverse{posted, paid})), "voucher.already_reversed");
    EXPECT_EQ(books.harness.content(), before);
  }
}

TEST(Reversal, OnlyOnceInOneBatch) {
  Books books;
  const Post paid{&vouchers::kPaySuccessChannel, 1000};
  const auto posted = must(books.harness.run(paid));
  must(books.harness.run(paid));
  const auto results = books.harness.run_together<Reverse>({{posted, paid}, {posted, paid}});
  EXPECT_EQ(code_of(results[0]), "ok");
  EXPECT_EQ(code_of(results[1]), "voucher.already_reversed");
}

TEST(Reversal, InTheBatchOfItsVoucher) {
  Books books;
  const Post paid{&vouchers::kPaySuccessChannel, 1000};
  VoucherId posted;
  const Do<VoucherId> both{
      [&](engine::Load& load) {
        Reverse{posted, paid}.load(load);
      },
      [&](engine::Decision& decision) -> Result<VoucherId> { return reverse(decision, posted, paid.voucher()); }};
  std::vector<std::unique_ptr<engine::Submission>> batch;
  batch.push_back(testing::Harness::submission(Do<VoucherId>{[&](engine::Load& load) { paid.load(load); },
                                                             [&](engine::Decision& decision) -> Result<VoucherId> {
                                                               return posted = TRY(paid.decide(decision));
                                                             }},
                                               [](const Result<VoucherId>& result) { must(result); }));
  batch.push_back(testing::Harness::submission(both, [](const Result<VoucherId>& result) { must(result); }));
  ASSERT_TRUE(books.harness.process(batch));
  EXPECT_EQ(books.balances(), (std::map<int, std::int64_t>{{1121, 0}, {2202, 0}}));
  EXPECT_EQ(books.entries(kReceivable).size(), 1U) << "a movement of nothing is still one";
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Reversal, NotWhenTheCustomerSpentTheMoney) {
  Books books;
  const Post paid{&vouchers::kPaySuccessChannel, 1000};
  const auto posted = must(books.harness.run(paid));
  must(books.post(vouchers::kRefundAccept, 1));
  EXPECT_EQ(code_of(books.harness.run(Reverse{posted, paid})), "balance.insufficient");
  EXPECT_TRUE(books.harness.all(kReversals).empty());
}

TEST(Reversal, OtherVouchersOfTheSubjectDoNotCount) {
  Books books;
  const Post paid{&vouchers::kPaySuccessChannel, 1000};
  const auto first = must(books.harness.run(paid));
  const auto second = must(books.harness.run(paid));
  must(books.harness.run(Reverse{second, paid}));
  EXPECT_EQ(code_of(books.harness.run(Reverse{first, paid})), "ok");
}

// --- every sequence keeps the books
// ---------------------------------------------------------------------------------------------------------

/// What a voucher does to the merchant's pending balance.
std::int64_t growth_of(const Post& post) {
  std::int64_t growth = 0;
  for (const auto& each : post.voucher().lines) {
    if (each.account.code == 2202) growth += each.side == Side::Credit ? each.amount_minor : -each.amount_minor;
  }
  return growth;
}

Post any_post() {
  const auto* which = catalogue()[*rc::gen::inRange<std::size_t>(0, catalogue().size())];
  const auto amount = *rc::gen::inRange<std::int64_t>(1, 2000);
  const auto tax = must(money::included_tax({amount, money::kCny}, {60000})).minor;
  // Shards differ, as those of real merchants do.
  const std::int64_t merchant =
      (*rc::gen::inRange<std::int64_t>(1, 4) << 23) | (*rc::gen::inRange<std::int64_t>(0, 3) << 13);
  return {which, amount, tax, {merchant, 2 << 20, 3 << 20}, merchant};
}

RC_GTEST_PROP(Ledger, AnySequenceOfVouchersKeepsEveryInvariant, ()) {
  Books books({*rc::gen::inRange<std::size_t>(1, 6), *rc::gen::inRange<std::size_t>(0, 20)});
  std::map<std::int64_t, std::int64_t> expected;  // pending balance by merchant
  std::vector<std::pair<VoucherId, Post>> posted;
  const auto batches = *rc::gen::inRange(1, 8);
  for (int batch = 0; batch < batches; ++batch) {
    std::vector<Post> commands;
    const auto size = *rc::gen::inRange(1, 6);
    for (int i = 0; i < size; ++i) commands.push_back(any_post());
    const auto results = books.harness.run_together(commands);
    for (std::size_t i = 0; i < results.size(); ++i) {
      auto& balance = expected[commands[i].owners.merchant];
      RC_ASSERT(results[i].ok() == (balance + growth_of(commands[i]) >= 0));
      if (!results[i]) continue;
      balance += growth_of(commands[i]);
      posted.emplace_back(*results[i], commands[i]);
    }
    if (!posted.empty() && *rc::gen::inRange(0, 3) == 0) {
      const auto& [id, post] = posted[*rc::gen::inRange<std::size_t>(0, posted.size())];
      if (books.harness.run(Reverse{id, post})) expected[post.owners.merchant] -= growth_of(post);
    }
    books.harness.clock.advance_ms(*rc::gen::inRange(0, 3));
  }
  std::map<std::int64_t, std::int64_t> found;
  for (const auto& account : books.harness.all(kAccounts)) {
    if (account.code == 2202)
      found[account.owner] = balance_of(*find_in_chart(2202), books.harness.get(kBalances, account.id));
  }
  for (const auto& [merchant, balance] : expected)
    RC_ASSERT((found.contains(merchant) ? found[merchant] : 0) == balance);
  const auto trial = must(trial_balance(*books.harness.reader()));
  RC_ASSERT(trial.balanced);
  RC_ASSERT(trial.mirrored);
  RC_ASSERT(books.problems() == std::vector<std::string>{});
}

}  // namespace
}  // namespace feiqian::ledger
