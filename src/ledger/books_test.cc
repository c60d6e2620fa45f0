#include "ledger/books.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/post_vouchers.h"
#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using testing::kOwners;
using testing::kReceivable;
using testing::must;
using testing::Post;
using testing::Reverse;

struct MerchantTag {
  static constexpr std::string_view kPrefix = "mer";
};
using MerchantId = StrongId<MerchantTag>;
constexpr MerchantId kMerchant{1 << 20};

/// Three batches: a payment, its fee and cost together, a refund under way.
struct Sample {
  explicit Sample(PendingEntries::Limits limits = {}) : books(limits) {
    must(books.post(vouchers::kPaySuccessChannel, 100000));
    books.harness.clock.advance_ms(1000);
    for (const auto& result :
         books.harness.run_together<Post>({{&vouchers::kMerchantFee, 600, 34}, {&vouchers::kChannelFeeNet, 200}}))
      must(result);
    books.harness.clock.advance_ms(1000);
    must(books.post(vouchers::kRefundAccept, 30000));
  }
  Books books;
};

// --- trial balance
// ------------------------------------------------------------------------------------------------------------------------

TEST(TrialBalance, HasARowForEveryCodeInUse) {
  Sample sample;
  const auto trial = must(trial_balance(*sample.books.harness.reader()));
  EXPECT_TRUE(trial.balanced);
  EXPECT_TRUE(trial.mirrored);
  std::vector<std::string> rows;
  for (const auto& row : trial.rows) {
    rows.push_back(std::string(name_of(row.pool)) + " " + std::to_string(row.code) + " " +
                   std::to_string(row.debit_minor) + " " + std::to_string(row.credit_minor) + " " +
                   std::to_string(row.balance_minor));
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"RES 1121 100000 200 99800", "RES 2202 30600 100000 69400",
                                            "RES 2331 0 30000 30000", "RES 2501 200 600 400", "OWN 1501 600 200 400",
                                            "OWN 2221 0 34 34", "OWN 6001 0 566 566", "OWN 6401 200 0 200"}));
}

TEST(TrialBalance, OfEmptyBooks) {
  testing::Harness harness;
  const auto trial = must(trial_balance(*harness.reader()));
  EXPECT_TRUE(trial.rows.empty() && trial.balanced && trial.mirrored);
}

TEST(TrialBalance, SaysWhenItDoesNotBalanceOrMirror) {
  struct Case {
    std::string sql;
    bool balanced;
    bool mirrored;
  };
  const auto of = [](const std::string& codes) {
    return " WHERE id IN (SELECT id FROM account WHERE code IN (" + codes + "))";
  };
  const std::string debit = "UPDATE balance SET debit_minor=debit_minor+1";
  const std::string credit = "UPDATE balance SET credit_minor=credit_minor+1";
  for (const auto& c :
       {Case{debit + of("1121"), false, true}, Case{debit + ", credit_minor=credit_minor+1" + of("1121"), true, true},
        Case{credit + of("2501, 6001"), false, false},
        Case{credit + of("2501") + ";" + debit + of("1121"), true, false},
        Case{"DELETE FROM balance" + of("1121"), false, true}}) {
    Sample sample;
    sample.books.harness.tamper(c.sql);
    const auto trial = must(trial_balance(*sample.books.harness.reader()));
    EXPECT_EQ(trial.balanced, c.balanced) << c.sql;
    EXPECT_EQ(trial.mirrored, c.mirrored) << c.sql;
  }
}

// --- finding accounts and their statements
// --------------------------------------------------------------------------------------------------

TEST(FindAccounts, ByIdByCodeAndByOwner) {
  Sample sample;
  const auto reader = sample.books.harness.reader();
  const auto by_code = must(find_accounts(*reader, "2202"));
  ASSERT_EQ(by_code.size(), 1U);
  EXPECT_EQ(by_code[0].owner, kMerchant.value);
  EXPECT_EQ(must(find_accounts(*reader, by_code[0].id.text()))[0].code, 2202);
  EXPECT_EQ(must(find_accounts(*reader, "2202/" + kMerchant.text()))[0].id, by_code[0].id);
  for (const std::string& name :
       {std::string("4711"), std::string("2202/mer_0000000000001"), std::string("2202/nobody"), std::string("2202/"),
        std::string("pending"), std::string(""), AccountId{5}.text()}) {
    EXPECT_EQ(code_of(find_accounts(*reader, name)), "account.not_found") << name;
  }
}

std::vector<std::string> lines_of(const Statement& statement) {
  std::vector<std::string> lines;
  for (const auto& line : statement.lines) {
    lines.push_back(line.event + " " + std::to_string(line.debit_minor) + " " + std::to_string(line.credit_minor) +
                    " " + std::to_string(line.balance_minor));
  }
  return lines;
}

/// Everything in memory, everything in pages as soon as can be, and between the two.
const PendingEntries::Limits kLimits[] = {{128, 1000}, {1, 0}, {2, 1000}};

TEST(Statement, OfACustomerAccountHasALineForEveryEntry) {
  for (const auto& limits : kLimits) {
    Sample sample(limits);
    const auto reader = sample.books.harness.reader();
    const auto statement_now = must(statement(*reader, must(find_accounts(*reader, "2202"))[0]));
    EXPECT_EQ(lines_of(statement_now),
              (std::vector<std::string>{"J01 0 100000 100000", "J02 600 0 99400", "J11a 30000 0 69400"}));
    EXPECT_EQ(statement_now.lines[0].reference, sample.books.vouchers()[0].id.text());
    EXPECT_EQ(statement_now.lines[1].reference, sample.books.vouchers()[1].id.text());
    EXPECT_EQ(statement_now.lines[2].posted_at, engine::testing::kStart.plus_s(2));
    EXPECT_EQ(statement_now.lines[2].accounting_date, (Date{20261122}));
  }
}

TEST(Statement, SaysWhatWasReversed) {
  Sample sample;
  const Post paid{&vouchers::kPaySuccessChannel, 5};
  const auto posted = must(sample.books.harness.run(paid));
  must(sample.books.harness.run(Reverse{posted, paid}));
  const auto reader = sample.books.harness.reader();
  const auto lines = lines_of(must(statement(*reader, must(find_accounts(*reader, "2202"))[0])));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[3], "J01 0 5 69405");
  EXPECT_EQ(lines[4], "J01 reversed 0 -5 69400");
}

TEST(Statement, OfAnInternalAccountHasALineForEveryBatch) {
  for (const auto& limits : kLimits) {
    Sample sample(limits);
    const auto reader = sample.books.harness.reader();
    EXPECT_EQ(lines_of(must(statement(*reader, must(find_accounts(*reader, "2501"))[0]))),
              (std::vector<std::string>{"summary 200 600 400"}));
    const auto receivable = must(statement(*reader, must(find_accounts(*reader, "1121"))[0]));
    EXPECT_EQ(lines_of(receivable), (std::vector<std::string>{"summary 100000 0 100000", "summary 0 200 99800"}));
    EXPECT_EQ(receivable.lines[1].reference, "from " + sample.books.vouchers()[1].id.text());
  }
}

TEST(Statement, OfAnAccountThatWasOnlyOpened) {
  Sample sample;
  const auto id = must(sample.books.harness.run(OpenAccount{{2201, 1 << 20, money::kCny}}));
  const auto reader = sample.books.harness.reader();
  EXPECT_TRUE(must(statement(*reader, sample.books.harness.get(kAccounts, id))).lines.empty());
}

// --- vouchers read back
// -------------------------------------------------------------------------------------------------------------------

TEST(FindVoucher, EveryOneOfABlockAndNoneBesideIt) {
  Sample sample;
  const auto reader = sample.books.harness.reader();
  const auto vouchers = sample.books.vouchers();
  ASSERT_EQ(vouchers.size(), 4U);
  EXPECT_EQ(vouchers[2].id, voucher_at(vouchers[1].id, 1)) << "of one batch";
  for (const auto& voucher : vouchers) {
    const auto found = must(find_voucher(*reader, voucher.id));
    EXPECT_EQ(found.id, voucher.id);
    EXPECT_EQ(found.event, voucher.event);
    EXPECT_EQ(found.batch, voucher.batch);
    EXPECT_EQ(found.lines.size(), voucher.lines.size());
  }
  const VoucherId other_chain{vouchers[1].id.value | 1 << 13};
  for (const auto id : {VoucherId(), VoucherId{5}, VoucherId{vouchers[0].id.value - 1}, voucher_at(vouchers[0].id, 1),
                        voucher_at(vouchers[2].id, 1), voucher_at(vouchers[3].id, 1), other_chain})
    EXPECT_EQ(code_of(find_voucher(*reader, id)), "voucher.not_found") << id.value;
}

TEST(FindVoucher, OfABlockThatIsBroken) {
  Sample sample;
  const auto id = sample.books.vouchers()[0].id;
  sample.books.harness.tamper("UPDATE voucher_block SET bytes=x'0100' WHERE batch=1");
  EXPECT_EQ(code_of(find_voucher(*sample.books.harness.reader(), id)), "verify.failed");
}

TEST(VisitVouchers, FromABlockOnUntilToldToStop) {
  Books books;
  for (int i = 0; i < 150; ++i) must(books.post(vouchers::kPaySuccessChannel, 1 + i));
  const auto all = books.vouchers();
  ASSERT_EQ(all.size(), 150U) << "more than are read at once";
  std::vector<std::int64_t> amounts;
  must(visit_vouchers(*books.harness.reader(), all[100].id, [&](const VoucherView& voucher) {
    amounts.push_back(voucher.lines[0].amount_minor);
    return amounts.size() < 3;
  }));
  EXPECT_EQ(amounts, (std::vector<std::int64_t>{101, 102, 103}));
}

TEST(VisitVouchers, FromAVoucherInsideOfABlock) {
  Sample sample;
  const auto all = sample.books.vouchers();
  std::vector<VoucherId> seen;
  must(visit_vouchers(*sample.books.harness.reader(), all[2].id, [&](const VoucherView& voucher) {
    seen.push_back(voucher.id);
    return true;
  }));
  EXPECT_EQ(seen, (std::vector<VoucherId>{all[2].id, all[3].id})) << "every voucher from it on";
}

}  // namespace
}  // namespace feiqian::ledger
