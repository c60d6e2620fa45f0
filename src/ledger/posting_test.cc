#include "ledger/posting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "engine/testing/harness.h"
#include "ledger/books.h"
#include "ledger/seal.h"

namespace feiqian::ledger {
namespace {

using engine::testing::code_of;
using engine::testing::Do;
using engine::testing::Harness;
using engine::testing::must;
using ::testing::HasSubstr;

constexpr Owners kOwners{1 << 20, 2 << 20, 3 << 20};
constexpr AccountKey kMerchantPending{2202, 1 << 20, money::kCny};
constexpr AccountKey kReceivable{1121, 2 << 20, money::kCny};

struct Post {
  using Reply = VoucherId;
  const VoucherTemplate* which;
  std::int64_t amount;
  std::int64_t tax = 0;
  Owners owners = kOwners;
  std::int64_t subject = 77 << 13;
  void load(engine::Load& load) const { load_accounts(load, *which, owners, money::kCny); }
  Result<Reply> decide(engine::Decision& decision) const {
    return post(decision, make(*which, subject, owners, {{amount, money::kCny}, tax}, 5));
  }
};

struct Reverse {
  using Reply = VoucherId;
  VoucherId voucher;
  void load(engine::Load& load) const { load_reversal(load, voucher); }
  Result<Reply> decide(engine::Decision& decision) const { return reverse(decision, voucher); }
};

class Books {
 public:
  Harness harness{{&seal_}};  // NOLINT(readability-identifier-naming)

  Result<VoucherId> post(const VoucherTemplate& which, std::int64_t amount, std::int64_t tax = 0) {
    return harness.run(Post{&which, amount, tax});
  }

  std::map<int, std::int64_t> balances() {
    std::map<int, std::int64_t> balances;
    for (const auto& account : harness.all(kAccounts)) balances[account.code] += balance_of(account);
    return balances;
  }
  AccountRow account(const AccountKey& key) {
    for (const auto& row : harness.all(kAccounts)) {
      if (row.code == key.code && row.owner == key.owner && row.currency == key.currency) return row;
    }
    throw std::runtime_error("no account " + std::to_string(key.code));
  }
  std::vector<std::string> problems() { return must(verify(*harness.reader())).problems; }

 private:
  LedgerSeal seal_;
};

// --- canonical bytes
// ----------------------------------------------------------------------------------------------------------------------

TEST(Lines, HaveTheDocumentedBytes) {
  const auto bytes = encode_lines({{{0x0102030405060708}, Side::Credit, 258}, {{1}, Side::Debit, -1}});
  EXPECT_EQ(bytes, std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x01\0\0\0\0\0\0\x01\x02"
                               "\0\0\0\0\0\0\0\x01\0\xff\xff\xff\xff\xff\xff\xff\xff",
                               34));
}

RC_GTEST_PROP(Lines, RoundTrip, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 8);
  std::vector<StoredLine> lines;
  for (std::size_t i = 0; i < count; ++i) {
    lines.push_back({{*rc::gen::arbitrary<std::int64_t>()},
                     *rc::gen::element(Side::Debit, Side::Credit),
                     *rc::gen::arbitrary<std::int64_t>()});
  }
  const auto decoded = must(decode_lines(encode_lines(lines)));
  RC_ASSERT(decoded.size() == lines.size());
  for (std::size_t i = 0; i < count; ++i) {
    RC_ASSERT(decoded[i].account == lines[i].account);
    RC_ASSERT(decoded[i].side == lines[i].side);
    RC_ASSERT(decoded[i].amount_minor == lines[i].amount_minor);
  }
}

TEST(Lines, BrokenBytesAreRefused) {
  const auto whole = encode_lines({{{1}, Side::Debit, 5}, {{2}, Side::Credit, 5}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == 17) continue;  // one whole line
    EXPECT_EQ(code_of(decode_lines(whole.substr(0, size))), "verify.failed") << size;
  }
  EXPECT_EQ(code_of(decode_lines(whole + "x")), "verify.failed");
  auto no_side = whole;
  no_side[8] = 2;
  EXPECT_EQ(code_of(decode_lines(no_side)), "verify.failed");
}

RC_GTEST_PROP(Lines, AnyBytesDecodeOrAreRefusedAndEncodeBack, (const std::string& bytes)) {
  const auto lines = decode_lines(bytes);
  if (lines) RC_ASSERT(encode_lines(*lines) == bytes);
}

// --- posting
// ------------------------------------------------------------------------------------------------------------------------------

TEST(Posting, APaymentWithItsFeeAndCost) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 100000));
  must(books.post(vouchers::kMerchantFee, 600, 34));
  must(books.post(vouchers::kChannelFeeNet, 200));
  EXPECT_EQ(books.balances(),
            (std::map<int, std::int64_t>{
                {1121, 99800}, {2202, 99400}, {2501, 400}, {1501, 400}, {6001, 566}, {2221, 34}, {6401, 200}}));
  const auto vouchers = books.harness.all(kVouchers);
  ASSERT_EQ(vouchers.size(), 3U);
  EXPECT_EQ(vouchers[1].event, "J02");
  EXPECT_EQ(vouchers[1].subject, 77 << 13);
  EXPECT_EQ(vouchers[1].rule, 5);
  EXPECT_EQ(vouchers[1].batch, 2);
  EXPECT_EQ(vouchers[1].accounting_date, (Date{20261122}));
  EXPECT_FALSE(vouchers[1].reverses);
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Posting, CustomerAccountsGetAnEntryALineWithTheBalanceAfterIt) {
  Books books;
  const auto results =
      books.harness.run_together<Post>({{&vouchers::kPaySuccessChannel, 1000}, {&vouchers::kRefundAccept, 300}});
  ASSERT_TRUE(results[0] && results[1]);
  const auto entries = books.harness.all(kEntries);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].voucher, *results[0]);
  EXPECT_EQ(entries[0].amount_minor, 1000);
  EXPECT_EQ(entries[0].balance_minor, 1000);
  EXPECT_EQ(entries[1].voucher, *results[1]);
  EXPECT_EQ(entries[1].amount_minor, -300);
  EXPECT_EQ(entries[1].balance_minor, 700);
}

TEST(Posting, InternalAccountsGetOneSummaryABatch) {
  Books books;
  const auto results = books.harness.run_together<Post>({{&vouchers::kPaySuccessChannel, 1000},
                                                         {&vouchers::kPaySuccessChannel, 500},
                                                         {&vouchers::kRefundAccept, 300},
                                                         {&vouchers::kRefundChannelSuccess, 300}});
  for (const auto& result : results) must(result);
  const auto summaries = books.harness.all(kSummaries);
  ASSERT_EQ(summaries.size(), 2U);
  for (const auto& summary : summaries) {
    const bool receivable = summary.account == books.account(kReceivable).id;
    EXPECT_EQ(summary.debit_minor, receivable ? 1500 : 300);
    EXPECT_EQ(summary.credit_minor, 300);
    EXPECT_EQ(summary.lines, receivable ? 3 : 2);
    EXPECT_EQ(summary.batch, 1);
  }
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

TEST(Posting, BalanceOfAnAccountThatWasNeverUsedIsZero) {
  Books books;
  const auto balance_now = [&] {
    return must(books.harness.run(Do<std::int64_t>{
        [](engine::Load& load) { load_accounts(load, vouchers::kPaySuccessChannel, kOwners, money::kCny); },
        [](engine::Decision& decision) -> Result<std::int64_t> { return balance(decision, kMerchantPending); }}));
  };
  EXPECT_EQ(balance_now(), 0);
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  EXPECT_EQ(balance_now(), 1000);
}

TEST(Posting, OwnersAndCurrenciesHaveAccountsOfTheirOwn) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.harness.run(Post{&vouchers::kPaySuccessChannel, 500, 0, {9 << 20, 2 << 20, 0}}));
  EXPECT_EQ(books.account(kMerchantPending).credit_minor, 1000);
  EXPECT_EQ(books.account({2202, 9 << 20, money::kCny}).credit_minor, 500);
  EXPECT_EQ(books.account(kReceivable).debit_minor, 1500);
}

// --- red reversal
// -------------------------------------------------------------------------------------------------------------------------

TEST(Reversal, RepeatsTheSidesWithNegativeAmounts) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto fee = must(books.post(vouchers::kMerchantFee, 600, 34));
  const auto red = must(books.harness.run(Reverse{fee}));
  const auto original = books.harness.get(kVouchers, fee);
  const auto reversal = books.harness.get(kVouchers, red);
  EXPECT_EQ(reversal.reverses, fee);
  EXPECT_EQ(reversal.event, "J02");
  EXPECT_EQ(reversal.subject, original.subject);
  EXPECT_EQ(reversal.rule, original.rule);
  const auto before = must(decode_lines(original.lines.bytes));
  const auto after = must(decode_lines(reversal.lines.bytes));
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].account, before[i].account);
    EXPECT_EQ(after[i].side, before[i].side);
    EXPECT_EQ(after[i].amount_minor, -before[i].amount_minor);
  }
  EXPECT_EQ(books.balances(),
            (std::map<int, std::int64_t>{{1121, 1000}, {2202, 1000}, {2501, 0}, {1501, 0}, {6001, 0}, {2221, 0}}));
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Reversal, OnlyOnce) {
  Books books;
  const auto paid = must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.harness.run(Reverse{paid}));
  const auto before = books.harness.content();
  EXPECT_EQ(code_of(books.harness.run(Reverse{paid})), "voucher.already_reversed");
  EXPECT_EQ(books.harness.content(), before);
}

TEST(Reversal, OnlyOnceInOneBatch) {
  Books books;
  const auto paid = must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto results = books.harness.run_together<Reverse>({{paid}, {paid}});
  EXPECT_EQ(code_of(results[0]), "ok");
  EXPECT_EQ(code_of(results[1]), "voucher.already_reversed");
}

TEST(Reversal, OfAVoucherThatIsNotThere) {
  Books books;
  EXPECT_EQ(code_of(books.harness.run(Reverse{VoucherId{12345}})), "voucher.not_found");
}

TEST(Reversal, NotWhenTheCustomerSpentTheMoney) {
  Books books;
  const auto paid = must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.post(vouchers::kRefundAccept, 1));
  EXPECT_EQ(code_of(books.harness.run(Reverse{paid})), "balance.insufficient");
}

TEST(Reversal, OtherVouchersOfTheSubjectDoNotCount) {
  Books books;
  const auto first = must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto second = must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.harness.run(Reverse{second}));
  EXPECT_EQ(code_of(books.harness.run(Reverse{first})), "ok");
}

// --- the seal: each invariant broken alone
// --------------------------------------------------------------------------------------------------

/// Writes a voucher past `post`, with entries and balances that fit its lines, each of which a test may then spoil.
struct Forged {
  using Reply = VoucherId;
  std::vector<Line> lines;
  VoucherId reverses{};
  std::int64_t entry_error = 0;    ///< added to the first entry's amount
  std::int64_t account_error = 0;  ///< added to what the first customer account gets
  bool without_voucher = false;
  bool without_entry = false;
  bool cut_short = false;

  void load(engine::Load& load) const {
    for (const auto& line : lines)
      load.first(kAccountByKey, std::int32_t{line.account.code}, line.account.owner, line.account.currency);
  }
  Result<Reply> decide(engine::Decision& decision) const {
    VoucherRow voucher{decision.new_id<VoucherId>(),
                       decision.context.batch_number,
                       "J01",
                       1,
                       decision.context.accounting_date,
                       decision.context.now,
                       0,
                       reverses,
                       {}};
    std::vector<StoredLine> stored;
    bool first = true;
    for (const auto& line : lines) {
      const auto* account =
          decision.first(kAccountByKey, std::int32_t{line.account.code}, line.account.owner, line.account.currency);
      if (account == nullptr) {
        account =
            &decision.insert(kAccounts, AccountRow{decision.new_id<AccountId>(), line.account.code, line.account.owner,
                                                   line.account.currency, 0, 0, decision.context.now});
      }
      stored.push_back({account->id, line.side, line.amount_minor});
      const auto* chart = find_in_chart(line.account.code);
      if (chart->keeping == Keeping::Internal) {
        if (line.side == Side::Debit) {
          decision.add<&AccountRow::debit_minor>(kAccounts, account->id, line.amount_minor);
        } else {
          decision.add<&AccountRow::credit_minor>(kAccounts, account->id, line.amount_minor);
        }
        continue;
      }
      auto& changed = decision.change(kAccounts, account->id);
      (line.side == Side::Debit ? changed.debit_minor : changed.credit_minor) +=
          line.amount_minor + (first ? account_error : 0);
      const auto amount = line.side == chart->normal_side ? line.amount_minor : -line.amount_minor;
      if (!without_entry) {
        decision.insert(kEntries, EntryRow{decision.new_id<StrongId<EntryTag>>(account->id.shard()), account->id,
                                           voucher.id, amount + (first ? entry_error : 0), balance_of(changed),
                                           voucher.accounting_date, voucher.posted_at});
      }
      first = false;
    }
    voucher.lines.bytes = encode_lines(stored);
    if (cut_short) voucher.lines.bytes.pop_back();
    const auto id = voucher.id;
    if (!without_voucher) decision.insert(kVouchers, std::move(voucher));
    return id;
  }
};

Line line(int code, Side side, std::int64_t amount) {
  const auto owner = code == 1121 ? kOwners.channel : code == 2202 ? kOwners.merchant : 0;
  return {{code, owner, money::kCny}, side, amount};
}

struct Breach {
  const char* name;
  Forged forged;
  const char* why;  ///< part of the error
};

const std::vector<Breach>& breaches() {
  using enum Side;
  static const std::vector<Breach> kBreaches = [] {
    std::vector<Breach> all;
    all.push_back({"pool does not balance", {{line(1121, Debit, 100), line(2202, Credit, 99)}}, "balance of voucher"});
    all.push_back(
        {"pools balance only together", {{line(1121, Debit, 100), line(6001, Credit, 100)}}, "balance of voucher"});
    all.push_back(
        {"reserve side of a mirror alone", {{line(1121, Debit, 100), line(2501, Credit, 100)}}, "mirror 2501 = 1501"});
    all.push_back(
        {"own side of a mirror alone", {{line(1501, Debit, 100), line(6001, Credit, 100)}}, "mirror 2501 = 1501"});
    all.push_back({"mirrors unequal",
                   {{line(1191, Debit, 100), line(2501, Credit, 100), line(1501, Debit, 100), line(2591, Credit, 99),
                     line(6001, Credit, 1)}},
                   "mirror 1191 = 2591"});
    all.push_back({"customer below zero", {{line(2202, Debit, 1001), line(1121, Credit, 1001)}}, "no negative"});
    all.push_back({"line of zero", {{line(1121, Debit, 0), line(2202, Credit, 0)}}, "sign of a line"});
    all.push_back({"negative line", {{line(1121, Debit, -5), line(2202, Credit, -5)}}, "sign of a line"});
    all.push_back({"positive line in a reversal",
                   {{line(1121, Debit, 5), line(2202, Credit, 5)}, VoucherId{99}},
                   "sign of a line"});
    all.push_back({"no lines", {{}}, "voucher"});
    Forged forged{{line(1121, Debit, 100), line(2202, Credit, 100)}};
    forged.entry_error = 1;
    all.push_back({"entry differs from its line", forged, "conservation"});
    forged.entry_error = 0;
    forged.account_error = 1;
    all.push_back({"account changed by more than its lines", forged, "conservation"});
    forged.account_error = 0;
    forged.without_entry = true;
    all.push_back({"line without entry", forged, "conservation"});
    forged.without_entry = false;
    forged.without_voucher = true;
    all.push_back({"change without a voucher", forged, "without a voucher"});
    forged.without_voucher = false;
    forged.cut_short = true;
    all.push_back({"lines cut short", forged, "cut short"});
    return all;
  }();
  return kBreaches;
}

TEST(Seal, RefusesABatchThatBreaksAnInvariant) {
  for (const auto& breach : breaches()) {
    Books books;
    must(books.post(vouchers::kPaySuccessChannel, 1000));
    const auto before = books.harness.content();
    const auto result = books.harness.run(breach.forged);
    EXPECT_EQ(code_of(result), "engine.invariant_broken") << breach.name;
    EXPECT_THAT(result ? "" : result.error().detail(), HasSubstr(breach.why)) << breach.name;
    EXPECT_FALSE(books.harness.going()) << breach.name;
    EXPECT_EQ(books.harness.content(), before) << breach.name;
  }
}

TEST(Seal, RefusesABreachBesideGoodVouchers) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  for (const auto& breach : breaches()) {
    const auto before = books.harness.content();
    std::vector<std::string> codes;
    std::vector<std::unique_ptr<engine::Submission>> batch;
    const auto note = [&codes](const Result<VoucherId>& result) { codes.push_back(code_of(result)); };
    batch.push_back(Harness::submission(Post{&vouchers::kPaySuccessChannel, 1, 0, {5 << 20, 6 << 20, 0}}, note));
    batch.push_back(Harness::submission(breach.forged, note));
    EXPECT_FALSE(books.harness.process(batch)) << breach.name;
    EXPECT_EQ(codes, (std::vector<std::string>{"engine.invariant_broken", "engine.invariant_broken"})) << breach.name;
    EXPECT_EQ(books.harness.content(), before) << breach.name;
  }
}

TEST(Seal, LetsTheSameLinesPassWhenNothingIsSpoiled) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.harness.run(Forged{{line(1121, Side::Debit, 100), line(2202, Side::Credit, 100)}}));
  must(books.harness.run(Forged{{line(2202, Side::Debit, 1100), line(1121, Side::Credit, 1100)}}));
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Seal, AnAccountChangedInABatchWithoutVouchersIsABreach) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto before = books.harness.content();
  for (const auto& key : {kMerchantPending, kReceivable}) {
    const auto result = books.harness.run(
        Do<int>{[&](engine::Load& load) { load.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency); },
                [&](engine::Decision& decision) -> Result<int> {
                  const auto* account = decision.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
                  if (key.code == 2202) {
                    decision.change(kAccounts, account->id).credit_minor += 1;
                  } else {
                    decision.add<&AccountRow::debit_minor>(kAccounts, account->id, 1);
                  }
                  return 0;
                }});
    EXPECT_EQ(code_of(result), "engine.invariant_broken") << key.code;
    EXPECT_EQ(books.harness.content(), before);
  }
}

// --- every sequence keeps the books
// ---------------------------------------------------------------------------------------------------------

RC_GTEST_PROP(Ledger, AnySequenceOfVouchersKeepsEveryInvariant, ()) {
  Books books;
  std::map<std::int64_t, std::int64_t> expected;  // pending balance by merchant
  std::vector<VoucherId> posted;
  const auto batches = *rc::gen::inRange(1, 8);
  for (int batch = 0; batch < batches; ++batch) {
    std::vector<Post> commands;
    const auto size = *rc::gen::inRange(1, 6);
    for (int i = 0; i < size; ++i) {
      const auto* which = catalogue()[*rc::gen::inRange<std::size_t>(0, catalogue().size())];
      const auto amount = *rc::gen::inRange<std::int64_t>(1, 2000);
      const auto tax = must(money::included_tax({amount, money::kCny}, {60000})).minor;
      // Shards differ, as those of real merchants do.
      const std::int64_t merchant =
          (*rc::gen::inRange<std::int64_t>(1, 4) << 23) | (*rc::gen::inRange<std::int64_t>(0, 3) << 13);
      commands.push_back({which, amount, tax, {merchant, 2 << 20, 3 << 20}, merchant});
    }
    const auto results = books.harness.run_together(commands);
    for (std::size_t i = 0; i < results.size(); ++i) {
      std::int64_t growth = 0;
      for (const auto& each :
           make(*commands[i].which, 1, commands[i].owners, {{commands[i].amount, money::kCny}, commands[i].tax})
               .lines) {
        if (each.account.code == 2202) growth += each.side == Side::Credit ? each.amount_minor : -each.amount_minor;
      }
      auto& balance_now = expected[commands[i].owners.merchant];
      RC_ASSERT(results[i].ok() == (balance_now + growth >= 0));
      if (results[i]) {
        balance_now += growth;
        posted.push_back(*results[i]);
      }
    }
    if (!posted.empty() && *rc::gen::inRange(0, 3) == 0) {
      const auto id = posted[*rc::gen::inRange<std::size_t>(0, posted.size())];
      const auto voucher = books.harness.get(kVouchers, id);
      std::int64_t growth = 0;
      for (const auto& each : must(decode_lines(voucher.lines.bytes))) {
        if (books.harness.get(kAccounts, each.account).code == 2202)
          growth += each.side == Side::Credit ? each.amount_minor : -each.amount_minor;
      }
      if (books.harness.run(Reverse{id})) expected[voucher.subject] -= growth;
    }
    books.harness.clock.advance_ms(*rc::gen::inRange(0, 3));
  }
  std::map<std::int64_t, std::int64_t> found;
  for (const auto& account : books.harness.all(kAccounts)) {
    if (account.code == 2202) found[account.owner] = balance_of(account);
  }
  for (const auto& [merchant, balance_now] : expected)
    RC_ASSERT((found.contains(merchant) ? found[merchant] : 0) == balance_now);
  const auto trial = must(trial_balance(*books.harness.reader()));
  RC_ASSERT(trial.balanced);
  RC_ASSERT(trial.mirrored);
  RC_ASSERT(books.problems() == std::vector<std::string>{});
}

}  // namespace
}  // namespace feiqian::ledger
