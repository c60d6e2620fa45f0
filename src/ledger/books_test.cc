#include "ledger/books.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/testing/harness.h"
#include "foundation/text.h"

namespace feiqian::ledger {
namespace {

using engine::testing::code_of;
using engine::testing::Harness;
using engine::testing::must;
using ::testing::Contains;
using ::testing::HasSubstr;

struct MerchantTag {
  static constexpr std::string_view kPrefix = "mer";
};
using MerchantId = StrongId<MerchantTag>;
constexpr MerchantId kMerchant{1 << 20};
constexpr Owners kOwners{1 << 20, 2 << 20, 3 << 20};

struct Post {
  using Reply = VoucherId;
  const VoucherTemplate* which;
  std::int64_t amount;
  std::int64_t tax = 0;
  void load(engine::Load& load) const { load_accounts(load, *which, kOwners, money::kCny); }
  Result<Reply> decide(engine::Decision& decision) const {
    return post(decision, make(*which, 1 << 20, kOwners, {{amount, money::kCny}, tax}));
  }
};

/// Three batches: a payment, its fee and cost together, a refund under way.
struct Sample {
  Sample() {
    must(harness.run(Post{&vouchers::kPaySuccessChannel, 100000}));
    harness.clock.advance_ms(1000);
    for (const auto& result :
         harness.run_together<Post>({{&vouchers::kMerchantFee, 600, 34}, {&vouchers::kChannelFeeNet, 200}}))
      must(result);
    harness.clock.advance_ms(1000);
    must(harness.run(Post{&vouchers::kRefundAccept, 30000}));
  }
  LedgerSeal seal;
  Harness harness{{&seal}};
};

TEST(Verify, CountsWhatItReadAndFindsNothing) {
  Sample sample;
  const auto clean = must(verify(*sample.harness.reader()));
  EXPECT_EQ(clean.batches, 3);
  EXPECT_EQ(clean.vouchers, 4);
  EXPECT_EQ(clean.accounts, 8);
  EXPECT_EQ(clean.problems, std::vector<std::string>{});
}

TEST(Verify, OfEmptyBooksIsClean) {
  Harness harness;
  EXPECT_EQ(must(verify(*harness.reader())).problems, std::vector<std::string>{});
  const auto trial = must(trial_balance(*harness.reader()));
  EXPECT_TRUE(trial.rows.empty() && trial.balanced && trial.mirrored);
}

std::string changed_lines(const VoucherRow& voucher, std::int64_t by) {
  auto lines = must(decode_lines(voucher.lines.bytes));
  for (auto& line : lines) line.amount_minor += by;
  return "x'" + to_hex(encode_lines(lines)) + "'";
}

TEST(Verify, FindsEveryKindOfTampering) {
  Sample sample;
  const auto vouchers = sample.harness.all(kVouchers);
  struct Case {
    const char* what;
    std::string sql;
    const char* problem;
  };
  const auto id = std::to_string(vouchers[0].id.value);
  const std::vector<Case> cases{
      {"an amount in a voucher, both sides",
       "UPDATE voucher SET lines=" + changed_lines(vouchers[0], 1) + " WHERE id=" + id,
       "its vouchers do not give its hash"},
      {"an amount in a voucher moves its accounts",
       "UPDATE voucher SET lines=" + changed_lines(vouchers[0], 1) + " WHERE id=" + id, "turnover"},
      {"lines cut short", "UPDATE voucher SET lines=x'00' WHERE id=" + id, "cut short"},
      {"a voucher's event", "UPDATE voucher SET event='J02' WHERE id=" + id, "its vouchers do not give its hash"},
      {"a voucher's subject", "UPDATE voucher SET subject=subject+1 WHERE id=" + id,
       "its vouchers do not give its hash"},
      {"a voucher's day", "UPDATE voucher SET accounting_date=20261123 WHERE id=" + id,
       "its vouchers do not give its hash"},
      {"a voucher's time", "UPDATE voucher SET posted_at=posted_at+1 WHERE id=" + id,
       "its vouchers do not give its hash"},
      {"a voucher's rule", "UPDATE voucher SET rule=8 WHERE id=" + id, "its vouchers do not give its hash"},
      {"a voucher's reversal", "UPDATE voucher SET reverses=8 WHERE id=" + id, "its vouchers do not give its hash"},
      {"a removed voucher", "DELETE FROM voucher WHERE id=" + id, "batch 1 has 0 vouchers, its record says 1"},
      {"a voucher moved to another batch", "UPDATE voucher SET batch=2 WHERE id=" + id, "batch 2 has 3 vouchers"},
      {"a voucher of no batch", "UPDATE voucher SET batch=9 WHERE id=" + id,
       "vouchers of batch 9, which does not exist"},
      {"an account's balance", "UPDATE account SET credit_minor=credit_minor+1 WHERE code=2202", "its vouchers say"},
      {"an internal account's turnover",
       "UPDATE account SET debit_minor=debit_minor+1, credit_minor=credit_minor+1 WHERE code=1121", "its vouchers say"},
      {"a removed account", "DELETE FROM account WHERE code=2331", "no account"},
      {"an account of another code", "UPDATE account SET code=4711 WHERE code=2331", "4711"},
      {"a removed entry", "DELETE FROM account_entry WHERE amount_minor=-600", "balance after it is not the sum"},
      {"the last entry removed", "DELETE FROM account_entry WHERE amount_minor=-30000",
       "the entries do not give its balance"},
      {"an entry's balance", "UPDATE account_entry SET balance_minor=balance_minor+1 WHERE amount_minor=-600",
       "balance after it is not the sum"},
      {"an entry's amount", "UPDATE account_entry SET amount_minor=amount_minor+1 WHERE amount_minor=-600",
       "balance after it is not the sum"},
      {"entries below zero", "UPDATE account_entry SET amount_minor=-amount_minor, balance_minor=-balance_minor",
       "the balance is below zero"},
      {"an entry of no account", "INSERT INTO account_entry VALUES (1, 5, 6, 0, 0, 20261122, 0)",
       "an account that does not exist"},
      {"a removed summary", "DELETE FROM account_summary WHERE batch=1", "the summaries do not give its turnover"},
      {"a summary's amount", "UPDATE account_summary SET debit_minor=debit_minor+1 WHERE batch=1",
       "the summaries do not give its turnover"},
      {"a batch's hash", "UPDATE batch SET hash=x'" + std::string(64, '0') + "' WHERE number=2",
       "batch 2: its vouchers do not give its hash"},
      {"a batch's hash breaks the next", "UPDATE batch SET hash=x'" + std::string(64, '0') + "' WHERE number=2",
       "batch 3 does not follow the hash before it"},
      {"a removed batch", "DELETE FROM batch WHERE number=2", "batch 3 follows batch 1"},
      {"a batch's count", "UPDATE batch SET vouchers=5 WHERE number=2", "its record says 5"},
      {"a batch's number", "UPDATE batch SET number=4 WHERE number=3", "batch 4 follows batch 2"},
  };
  for (const auto& c : cases) {
    // Ids follow from the clock: the same in every sample.
    Sample fresh;
    fresh.harness.tamper(c.sql);
    EXPECT_THAT(must(verify(*fresh.harness.reader())).problems, Contains(HasSubstr(c.problem))) << c.what;
  }
}

TEST(Verify, ReportsAtMostTwentyProblems) {
  Sample sample;
  for (int i = 0; i < 20; ++i) must(sample.harness.run(Post{&vouchers::kPaySuccessChannel, 1000}));
  sample.harness.tamper("UPDATE voucher SET rule=8");
  EXPECT_EQ(must(verify(*sample.harness.reader())).problems.size(), 20U);
}

// --- trial balance
// ------------------------------------------------------------------------------------------------------------------------

TEST(TrialBalance, HasARowForEveryCodeInUse) {
  Sample sample;
  const auto trial = must(trial_balance(*sample.harness.reader()));
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

TEST(TrialBalance, SaysWhenItDoesNotBalanceOrMirror) {
  struct Case {
    const char* sql;
    bool balanced;
    bool mirrored;
  };
  for (const auto& c :
       {Case{"UPDATE account SET debit_minor=debit_minor+1 WHERE code=1121", false, true},
        Case{"UPDATE account SET debit_minor=debit_minor+1, credit_minor=credit_minor+1 WHERE code=1121", true, true},
        Case{"UPDATE account SET credit_minor=credit_minor+1 WHERE code IN (2501, 6001)", false, false},
        Case{"UPDATE account SET credit_minor=credit_minor+1 WHERE code=2501;"
             "UPDATE account SET debit_minor=debit_minor+1 WHERE code=1121",
             true, false}}) {
    Sample sample;
    sample.harness.tamper(c.sql);
    const auto trial = must(trial_balance(*sample.harness.reader()));
    EXPECT_EQ(trial.balanced, c.balanced) << c.sql;
    EXPECT_EQ(trial.mirrored, c.mirrored) << c.sql;
  }
}

// --- finding accounts and their statements
// --------------------------------------------------------------------------------------------------

TEST(FindAccounts, ByIdByCodeAndByOwner) {
  Sample sample;
  const auto reader = sample.harness.reader();
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

TEST(Statement, OfACustomerAccountHasALineForEveryEntry) {
  Sample sample;
  const auto reader = sample.harness.reader();
  const auto statement_now = must(statement(*reader, must(find_accounts(*reader, "2202"))[0]));
  EXPECT_EQ(lines_of(statement_now),
            (std::vector<std::string>{"J01 0 100000 100000", "J02 600 0 99400", "J11a 30000 0 69400"}));
  EXPECT_EQ(statement_now.lines[0].reference, sample.harness.all(kVouchers)[0].id.text());
  EXPECT_EQ(statement_now.lines[2].posted_at, engine::testing::kStart.plus_s(2));
}

TEST(Statement, OfAnInternalAccountHasALineForEveryBatch) {
  Sample sample;
  const auto reader = sample.harness.reader();
  EXPECT_EQ(lines_of(must(statement(*reader, must(find_accounts(*reader, "2501"))[0]))),
            (std::vector<std::string>{"2 lines 200 600 400"}));
  const auto receivable = must(statement(*reader, must(find_accounts(*reader, "1121"))[0]));
  EXPECT_EQ(lines_of(receivable), (std::vector<std::string>{"1 lines 100000 0 100000", "1 lines 0 200 99800"}));
  EXPECT_EQ(receivable.lines[1].reference, "batch 2");
}

}  // namespace
}  // namespace feiqian::ledger
