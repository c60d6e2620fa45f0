// The seal: each invariant broken alone. How entries are merged: merge_test.cc.
#include "ledger/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/post_vouchers.h"
#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using testing::Do;
using testing::Harness;
using ::testing::HasSubstr;
using testing::kMerchantPending;
using testing::kOwners;
using testing::kReceivable;
using testing::must;
using testing::Post;

/// Writes a voucher past `post`, with balances that fit its lines, each of which a test may then spoil.
struct Forged {
  using Reply = VoucherId;
  std::vector<Line> lines;
  VoucherId reverses{};
  std::int64_t wrong_after = 0;    ///< added to the balance after the first line of a customer
  std::int64_t wrong_number = 0;   ///< added to the number of that line
  std::int64_t wrong_balance = 0;  ///< added to what that account gets
  std::int64_t wrong_entries = 0;  ///< added to how many entries it has
  bool without_voucher = false;
  bool without_after = false;  ///< a customer's line that does not say the balance after it
  bool with_after = false;     ///< an internal line that says one
  std::size_t said_lines_more = 0;

  void load(engine::Load& load) const {
    for (const auto& line : lines) load_balance(load, line.account);
  }
  Result<Reply> decide(engine::Decision& decision) const {
    std::vector<PostedLine> posted;
    bool first = true;
    for (const auto& line : lines) {
      posted.push_back(write(decision, line, first));
      if (posted.back().after) first = false;
    }
    if (without_voucher) return VoucherId();
    return decision.part<Journal>().append(decision.context, {"J01", 1, 0, reverses, {}},
                                           posted.size() + said_lines_more, [&](BlockWriter& block) {
                                             for (const auto& line : posted) block.line(line);
                                           });
  }

 private:
  PostedLine write(engine::Decision& decision, const Line& line, bool first) const {
    const auto& key = line.account;
    const auto* account = decision.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
    if (account == nullptr) {
      const auto id = decision.new_id<AccountId>();
      account = &decision.insert(kAccounts, AccountRow{id, key.code, key.owner, key.currency, decision.context.now});
      decision.insert(kBalances, BalanceRow{id, 0, 0, 0});
    }
    const auto* chart = find_in_chart(key.code);
    PostedLine posted{account->id, line.side, line.amount_minor, std::nullopt};
    if (chart->keeping == Keeping::Internal) {
      if (line.side == Side::Debit) {
        decision.add<&BalanceRow::debit_minor>(kBalances, account->id, line.amount_minor);
      } else {
        decision.add<&BalanceRow::credit_minor>(kBalances, account->id, line.amount_minor);
      }
      if (with_after) posted.after = PostedLine::After{0, 1};
      return posted;
    }
    auto& balance = decision.change(kBalances, account->id);
    (line.side == Side::Debit ? balance.debit_minor : balance.credit_minor) += line.amount_minor;
    ++balance.entries;
    posted.after = PostedLine::After{balance_of(*chart, balance), balance.entries};
    if (first) {
      (line.side == Side::Debit ? balance.debit_minor : balance.credit_minor) += wrong_balance;
      balance.entries += wrong_entries;
      posted.after->balance_minor += wrong_after;
      posted.after->number += wrong_number;
    }
    if (without_after) posted.after.reset();
    return posted;
  }
};

Line line(int code, Side side, std::int64_t amount, money::Currency currency = money::kCny) {
  const auto owner = code == 1121 ? kOwners.channel : code == 2202 ? kOwners.merchant : 0;
  return {{code, owner, currency}, side, amount};
}

struct Breach {
  std::string name;
  Forged forged;
  std::string why;  ///< part of the error
};

std::vector<Breach> breaches_of_amounts() {
  using enum Side;
  const auto other = must(money::Currency::parse("USD"));
  return {
      {"pool does not balance", {{line(1121, Debit, 100), line(2202, Credit, 99)}}, "balance of voucher"},
      {"pools balance only together", {{line(1121, Debit, 100), line(6001, Credit, 100)}}, "balance of voucher"},
      {"currencies balance only together",
       {{line(1121, Debit, 100), line(2202, Credit, 100, other)}},
       "balance of voucher"},
      {"reserve side of a mirror alone", {{line(1121, Debit, 100), line(2501, Credit, 100)}}, "mirror 2501 = 1501"},
      {"own side of a mirror alone", {{line(1501, Debit, 100), line(6001, Credit, 100)}}, "mirror 2501 = 1501"},
      {"mirrors unequal",
       {{line(1191, Debit, 100), line(2501, Credit, 100), line(1501, Debit, 100), line(2591, Credit, 99),
         line(6001, Credit, 1)}},
       "mirror 1191 = 2591"},
      {"mirrors equal in different currencies",
       {{line(1121, Debit, 5), line(2501, Credit, 5), line(1501, Debit, 5, other), line(6001, Credit, 5, other)}},
       "mirror 2501 = 1501"},
      {"customer below zero", {{line(2202, Debit, 1001), line(1121, Credit, 1001)}}, "no negative"},
      {"line of zero", {{line(1121, Debit, 0), line(2202, Credit, 0)}}, "sign of a line"},
      {"negative line", {{line(1121, Debit, -5), line(2202, Credit, -5)}}, "sign of a line"},
      {"positive line in a reversal", {{line(1121, Debit, 5), line(2202, Credit, 5)}, VoucherId{99}}, "sign of a line"},
  };
}

std::vector<Breach> breaches_of_bookkeeping() {
  using enum Side;
  const Forged sound{{line(1121, Debit, 100), line(2202, Credit, 100)}};
  const Forged two{{line(1121, Debit, 100), line(2202, Credit, 60), line(2202, Credit, 40)}};
  std::vector<Breach> all;
  const auto add = [&](const char* name, Forged forged, const char* why, auto spoil) {
    spoil(forged);
    all.push_back({name, std::move(forged), why});
  };
  add("balance after a line is wrong", sound, "conservation", [](Forged& forged) { forged.wrong_after = 1; });
  add("number of a line is wrong", sound, "conservation", [](Forged& forged) { forged.wrong_number = 1; });
  add("balance after the first of two lines", two, "do not follow", [](Forged& forged) { forged.wrong_after = 1; });
  add("number of the first of two lines", two, "do not follow", [](Forged& forged) { forged.wrong_number = -1; });
  add("balance changed by more than its lines", sound, "conservation", [](Forged& f) { f.wrong_balance = 1; });
  add("balance changed by less than its lines", sound, "conservation", [](Forged& f) { f.wrong_balance = -1; });
  add("an entry counted twice", sound, "conservation", [](Forged& forged) { forged.wrong_entries = 1; });
  add("a customer's line without the balance", sound, "balance of a line", [](Forged& f) { f.without_after = true; });
  add("an internal line with a balance", sound, "balance of a line", [](Forged& f) { f.with_after = true; });
  add("change without a voucher", sound, "without a voucher", [](Forged& f) { f.without_voucher = true; });
  add("lines cut short", sound, "broken", [](Forged& forged) { forged.said_lines_more = 1; });
  return all;
}

std::vector<Breach> breaches() {
  auto all = breaches_of_amounts();
  for (auto& breach : breaches_of_bookkeeping()) all.push_back(std::move(breach));
  return all;
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
  const auto pending = books.pending();
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
    EXPECT_EQ(books.pending(), pending) << breach.name;
  }
}

TEST(Seal, LetsTheSameLinesPassWhenNothingIsSpoiled) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  must(books.harness.run(Forged{{line(1121, Side::Debit, 100), line(2202, Side::Credit, 100)}}));
  must(books.harness.run(
      Forged{{line(1121, Side::Debit, 100), line(2202, Side::Credit, 60), line(2202, Side::Credit, 40)}}));
  must(books.harness.run(Forged{{line(2202, Side::Debit, 1200), line(1121, Side::Credit, 1200)}}));
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Seal, ABalanceChangedInABatchWithoutVouchersIsABreach) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto before = books.harness.content();
  for (const auto& key : {kMerchantPending, kReceivable}) {
    const auto id = books.account(key).id;
    const auto result = books.harness.run(Do<int>{[&](engine::Load& load) { load.get(kBalances, id); },
                                                  [&](engine::Decision& decision) -> Result<int> {
                                                    if (key.code == 2202) {
                                                      decision.change(kBalances, id).credit_minor += 1;
                                                    } else {
                                                      decision.add<&BalanceRow::debit_minor>(kBalances, id, 1);
                                                    }
                                                    return 0;
                                                  }});
    EXPECT_EQ(code_of(result), "engine.invariant_broken") << key.code;
    EXPECT_EQ(books.harness.content(), before);
  }
}

TEST(Seal, AVoucherOnAccountsThatNobodyAskedForIsABreach) {
  // Also when it is all that the batch does: neither an abort, nor a voucher that waits for the next batch.
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto receivable = books.account(kReceivable).id;
  const auto pending = books.account(kMerchantPending).id;
  books.harness.reopen();
  const auto before = books.harness.content();
  const auto refused = books.harness.run(Do<VoucherId>{
      {}, [&](engine::Decision& decision) -> Result<VoucherId> {
        return decision.part<Journal>().append(decision.context, {"J01", 1, 0, {}, {}}, 2, [&](BlockWriter& block) {
          block.line({receivable, Side::Debit, 5, std::nullopt});
          block.line({pending, Side::Credit, 5, PostedLine::After{1005, 2}});
        });
      }});
  EXPECT_EQ(code_of(refused), "engine.invariant_broken");
  EXPECT_THAT(refused.error().detail(), HasSubstr("no account " + receivable.text()));
  EXPECT_FALSE(books.harness.going());
  EXPECT_EQ(books.harness.content(), before);
}

TEST(Seal, AVoucherWithoutAnyOtherWriteIsABreach) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  const auto receivable = books.account(kReceivable).id;
  const auto refused = books.harness.run(Do<VoucherId>{
      [](engine::Load& load) { load_balance(load, kReceivable); },
      [&](engine::Decision& decision) -> Result<VoucherId> {
        return decision.part<Journal>().append(decision.context, {"J01", 1, 0, {}, {}}, 2, [&](BlockWriter& block) {
          block.line({receivable, Side::Debit, 5, std::nullopt});
          block.line({receivable, Side::Credit, 5, std::nullopt});
        });
      }});
  EXPECT_EQ(code_of(refused), "engine.invariant_broken");
  EXPECT_THAT(refused.error().detail(), HasSubstr("conservation"));
}

TEST(Seal, AnAccountMayBeOpenedBeforeItsFirstVoucher) {
  Books books;
  const auto opened = must(books.harness.run(OpenAccount{kMerchantPending}));
  EXPECT_EQ(books.harness.all(kBlocks).size(), 0U);
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  EXPECT_EQ(books.account(kMerchantPending).id, opened);
  EXPECT_EQ(books.problems(), std::vector<std::string>{});
}

TEST(Seal, GivesTheBatchTheMerkleRootOfItsVouchers) {
  Books books;
  for (const auto& result : books.harness.run_together<Post>(
           {{&vouchers::kPaySuccessChannel, 10}, {&vouchers::kPaySuccessChannel, 20}, {&vouchers::kRefundAccept, 30}}))
    must(result);
  const auto block = books.harness.all(kBlocks).at(0);
  BlockReader reader(block.bytes.bytes);
  PostedVoucher voucher;
  crypto::MerkleTree tree;
  for (std::int64_t i = 0; must(reader.next(voucher)); ++i)
    tree.add(leaf_prefix(voucher_at(block.id, i)) + std::string(voucher.bytes));
  const auto batch = books.harness.all(engine::kBatches).at(0);
  EXPECT_EQ(batch.root.bytes, tree.root());
  EXPECT_EQ(batch.vouchers, 3);
  must(books.harness.run(OpenAccount{{2202, 9 << 20, money::kCny}}));
  const auto without = books.harness.all(engine::kBatches).at(1);
  EXPECT_EQ(without.root.bytes, "");
  EXPECT_EQ(without.vouchers, 0);
}

TEST(EntriesOf, ABlockWhoseBytesAreBroken) {
  Books books;
  must(books.post(vouchers::kPaySuccessChannel, 1000));
  auto block = books.harness.all(kBlocks).at(0);
  EXPECT_EQ(must(entries_of(block)).size(), 2U);
  block.bytes.bytes.pop_back();
  EXPECT_EQ(code_of(entries_of(block)), "verify.failed");
}

}  // namespace
}  // namespace feiqian::ledger
