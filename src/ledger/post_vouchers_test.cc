#include "ledger/post_vouchers.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using testing::must;
using Codes = std::vector<std::string>;

constexpr auto kDebit = Side::Debit;
constexpr auto kCredit = Side::Credit;

VoucherToPost transfer(AccountId debit, AccountId credit, std::int64_t amount, bool linked = false) {
  return {7, {{debit, kDebit, amount}, {credit, kCredit, amount}}, "", linked};
}

/// Books with accounts opened: three of a channel and the platform (internal), two of merchants, one in another
/// currency.
struct Opened {
  Books books;
  AccountId receivable = open({1121, 2 << 20, money::kCny});
  AccountId transit = open({2331, 2 << 20, money::kCny});
  AccountId income = open({6001, 0, money::kCny});
  AccountId tea = open({2202, 10 << 20, money::kCny});
  AccountId rice = open({2202, 11 << 20, money::kCny});
  AccountId fees_due = open({2501, 0, money::kCny});
  AccountId fees_owed = open({1501, 0, money::kCny});
  AccountId dollars = open({2202, 10 << 20, must(money::Currency::parse("USD"))});

  AccountId open(const AccountKey& key) { return must(books.harness.run(OpenAccount{key})); }
  PostVouchers::Reply post(std::vector<VoucherToPost> vouchers) {
    return must(books.harness.run(PostVouchers{std::move(vouchers)}));
  }
  Codes codes(std::vector<VoucherToPost> vouchers) {
    Codes codes;
    for (const auto& result : post(std::move(vouchers))) codes.push_back(code_of(result));
    return codes;
  }
  std::int64_t balance(AccountId id) {
    const auto row = books.harness.get(kBalances, id);
    return balance_of(*find_in_chart(books.harness.get(kAccounts, id).code), row);
  }
};

// --- opening accounts
// ---------------------------------------------------------------------------------------------------------------------

TEST(OpenAccount, GivesTheOneThatIsThere) {
  Opened opened;
  EXPECT_EQ(opened.open({1121, 2 << 20, money::kCny}), opened.receivable);
  opened.books.harness.reopen();
  EXPECT_EQ(opened.open({1121, 2 << 20, money::kCny}), opened.receivable);
  EXPECT_EQ(opened.books.harness.all(kAccounts).size(), 8U);
  EXPECT_EQ(opened.books.harness.all(kBalances).size(), 8U);
  EXPECT_EQ(opened.tea.shard(), shard_of(10 << 20));
  EXPECT_EQ(opened.books.problems(), Codes{});
}

TEST(OpenAccount, TwiceInOneBatchIsOneAccount) {
  Books books;
  const OpenAccount open{{2202, 10 << 20, money::kCny}};
  const auto replies = books.harness.run_together<OpenAccount>({open, open});
  EXPECT_EQ(must(replies[0]), must(replies[1]));
}

TEST(OpenAccount, OfACodeThatTheChartDoesNotHave) {
  Books books;
  const auto refused = books.harness.run(OpenAccount{{4711, 0, money::kCny}});
  EXPECT_EQ(code_of(refused), "account.code_unknown");
  EXPECT_TRUE(books.harness.all(kAccounts).empty());
}

// --- one by one
// ---------------------------------------------------------------------------------------------------------------------------

TEST(PostVouchers, PostsWhatItIsToldInOrder) {
  Opened opened;
  auto first = transfer(opened.receivable, opened.tea, 1000);
  first.subject = 42;
  first.memo = "opening balance 期初";
  const auto reply = opened.post({first, transfer(opened.tea, opened.rice, 300)});
  ASSERT_EQ(reply.size(), 2U);
  EXPECT_EQ(opened.balance(opened.receivable), 1000);
  EXPECT_EQ(opened.balance(opened.tea), 700);
  EXPECT_EQ(opened.balance(opened.rice), 300);
  const auto voucher = must(find_voucher(*opened.books.harness.reader(), must(reply[0])));
  EXPECT_EQ(voucher.event, "L01");
  EXPECT_EQ(voucher.subject, 42);
  EXPECT_EQ(voucher.memo, "opening balance 期初");
  EXPECT_EQ(voucher.rule, 0);
  EXPECT_FALSE(voucher.reverses);
  ASSERT_EQ(voucher.lines.size(), 2U);
  EXPECT_FALSE(voucher.lines[0].after);
  EXPECT_EQ(voucher.lines[1].after, (PostedLine::After{1000, 1}));
  EXPECT_EQ(must(reply[1]), voucher_at(must(reply[0]), 1));
  EXPECT_EQ(opened.books.problems(), Codes{});
}

struct Refusal {
  const char* name;
  VoucherToPost voucher;
  const char* code;
};

std::vector<Refusal> refusals(const Opened& o) {
  const auto with_memo = [](VoucherToPost voucher, std::size_t bytes) {
    voucher.memo.assign(bytes, 'm');
    return voucher;
  };
  const auto many = [&](std::size_t pairs) {
    VoucherToPost voucher;
    for (std::size_t i = 0; i < pairs; ++i) {
      voucher.lines.push_back({o.receivable, kDebit, 1});
      voucher.lines.push_back({o.transit, kCredit, 1});
    }
    return voucher;
  };
  VoucherToPost most = many(32);
  VoucherToPost too_many = many(32);
  too_many.lines[0].amount_minor = 2;
  too_many.lines.push_back({o.transit, kCredit, 1});
  return {
      {"no lines", {}, "voucher.lines"},
      {"one line", {0, {{o.receivable, kDebit, 1}}, "", false}, "voucher.lines"},
      {"64 lines", most, "ok"},
      {"65 lines", too_many, "voucher.lines"},
      {"a line of zero", transfer(o.receivable, o.transit, 0), "voucher.lines"},
      {"a negative line", transfer(o.receivable, o.transit, -5), "voucher.lines"},
      {"a memo as long as may be", with_memo(transfer(o.receivable, o.transit, 1), 1024), "ok"},
      {"a memo too long", with_memo(transfer(o.receivable, o.transit, 1), 1025), "voucher.lines"},
      {"an account that is not there", transfer(o.receivable, {4711}, 1), "account.not_found"},
      {"no account", transfer({}, o.transit, 1), "account.not_found"},
      {"sides unequal", {0, {{o.receivable, kDebit, 2}, {o.transit, kCredit, 1}}, "", false}, "voucher.unbalanced"},
      {"equal only over pools", transfer(o.receivable, o.income, 5), "voucher.unbalanced"},
      {"equal only over currencies", transfer(o.receivable, o.dollars, 5), "voucher.unbalanced"},
      {"as much as may be", transfer(o.receivable, o.transit, kMostLineMinor), "ok"},
      {"more than may be", transfer(o.receivable, o.transit, kMostLineMinor + 1), "voucher.lines"},
      {"as much as there is", transfer(o.receivable, o.transit, INT64_MAX), "voucher.lines"},
      {"one of a pair alone", transfer(o.receivable, o.fees_due, 5), "voucher.mirror"},
      {"a pair by different amounts",
       {0,
        {{o.receivable, kDebit, 5}, {o.fees_due, kCredit, 5}, {o.fees_owed, kDebit, 4}, {o.income, kCredit, 4}},
        "",
        false},
       "voucher.mirror"},
      {"a pair together",
       {0,
        {{o.receivable, kDebit, 5}, {o.fees_due, kCredit, 5}, {o.fees_owed, kDebit, 5}, {o.income, kCredit, 5}},
        "",
        false},
       "ok"},
      {"more than the customer has", transfer(o.tea, o.receivable, 101), "balance.insufficient"},
      {"more than the customer has, in two lines",
       {0, {{o.tea, kDebit, 60}, {o.tea, kDebit, 41}, {o.receivable, kCredit, 101}}, "", false},
       "balance.insufficient"},
  };
}

TEST(PostVouchers, EveryRefusalLeavesTheOthersAlone) {
  const auto count = refusals(Opened()).size();
  for (std::size_t i = 0; i < count; ++i) {
    Opened opened;
    must(opened.post({transfer(opened.receivable, opened.tea, 100)})[0]);
    const auto refusal = refusals(opened)[i];
    EXPECT_EQ(opened.codes({transfer(opened.receivable, opened.rice, 1), refusal.voucher,
                            transfer(opened.receivable, opened.rice, 2)}),
              (Codes{"ok", refusal.code, "ok"}))
        << refusal.name;
    EXPECT_EQ(opened.balance(opened.rice), 3) << refusal.name;
    EXPECT_EQ(opened.balance(opened.tea), 100) << refusal.name;
    EXPECT_EQ(opened.books.problems(), Codes{}) << refusal.name;
  }
}

TEST(PostVouchers, RefusedOnesAloneWriteNothing) {
  Opened opened;
  const auto before = opened.books.harness.content();
  EXPECT_EQ(opened.codes({transfer(opened.tea, opened.rice, 1)}), Codes{"balance.insufficient"});
  EXPECT_EQ(opened.codes({}), Codes{});
  EXPECT_EQ(opened.books.harness.content(), before);
}

TEST(PostVouchers, ABalanceIsSpentOnceWhateverTheOrder) {
  Opened opened;
  EXPECT_EQ(opened.codes({transfer(opened.tea, opened.rice, 60), transfer(opened.receivable, opened.tea, 100),
                          transfer(opened.tea, opened.rice, 60), transfer(opened.tea, opened.rice, 60),
                          transfer(opened.tea, opened.rice, 40)}),
            (Codes{"balance.insufficient", "ok", "ok", "balance.insufficient", "ok"}));
  EXPECT_EQ(opened.balance(opened.tea), 0);
}

TEST(PostVouchers, LinesOfOneVoucherCountTogether) {
  // The account gives before it gets: what counts is where the voucher leaves it.
  Opened opened;
  const VoucherToPost voucher{
      0, {{opened.tea, kDebit, 5}, {opened.receivable, kDebit, 5}, {opened.tea, kCredit, 10}}, "", false};
  EXPECT_EQ(opened.codes({voucher}), Codes{"ok"});
  EXPECT_EQ(opened.balance(opened.tea), 5);
  EXPECT_EQ(opened.books.problems(), Codes{});
}

TEST(PostVouchers, InternalAccountsMayEndBelowZero) {
  Opened opened;
  EXPECT_EQ(opened.codes({transfer(opened.transit, opened.receivable, 5)}), Codes{"ok"});
  EXPECT_EQ(opened.balance(opened.transit), -5);
  EXPECT_EQ(opened.balance(opened.receivable), -5);
}

TEST(PostVouchers, ThatCancelEachOtherOnInternalAccountsAreKeptAllTheSame) {
  Opened opened;
  must(opened.post({transfer(opened.receivable, opened.transit, 9)})[0]);
  const auto reply =
      opened.post({transfer(opened.receivable, opened.transit, 5), transfer(opened.transit, opened.receivable, 5)});
  opened.books.harness.reopen();
  for (const auto& result : reply)
    EXPECT_EQ(code_of(find_voucher(*opened.books.harness.reader(), must(result))), "ok")
        << "answered, so it is durable";
  EXPECT_EQ(opened.books.entries(opened.transit).size(), 2U);
  EXPECT_EQ(opened.books.problems(), Codes{});
}

// --- linked ones
// --------------------------------------------------------------------------------------------------------------------------

TEST(PostVouchers, LinkedOnesStandOrFallTogether) {
  struct Case {
    const char* name;
    std::vector<VoucherToPost> vouchers;
    Codes codes;
    std::int64_t tea;
  };
  Opened o;
  must(o.post({transfer(o.receivable, o.tea, 100)})[0]);
  const auto bad = [&](bool linked) { return transfer(o.receivable, {4711}, 1, linked); };
  const auto in = [&](std::int64_t amount, bool linked) { return transfer(o.receivable, o.tea, amount, linked); };
  const auto out = [&](std::int64_t amount, bool linked) { return transfer(o.tea, o.rice, amount, linked); };
  const std::string linked = "voucher.linked_refused";
  const std::string spent = "balance.insufficient";
  std::int64_t balance = 100;
  for (const auto& c : std::vector<Case>{
           {"a pair", {in(1, true), in(2, false)}, {"ok", "ok"}, 3},
           {"the first refused", {bad(true), in(2, false)}, {"account.not_found", linked}, 0},
           {"the last refused", {in(1, true), in(2, true), bad(false)}, {linked, linked, "account.not_found"}, 0},
           {"the middle refused", {in(1, true), bad(true), in(2, false)}, {linked, "account.not_found", linked}, 0},
           {"only the first reason is named",
            {bad(true), bad(true), in(2, false)},
            {"account.not_found", linked, linked},
            0},
           {"others are not touched",
            {in(1, false), bad(true), in(2, false), in(4, false)},
            {"ok", "account.not_found", linked, "ok"},
            5},
           {"two chains",
            {in(1, true), in(2, false), in(4, true), bad(false)},
            {"ok", "ok", linked, "account.not_found"},
            3},
           {"spent by an earlier one of the chain", {out(60, true), out(60, false)}, {linked, spent}, 0},
           {"covered by an earlier one of the chain", {in(1000, true), out(1090, false)}, {"ok", "ok"}, -90},
           {"not covered by a later one", {out(1000, true), in(1000, false)}, {spent, linked}, 0},
           {"all of it, in parts", {out(5, true), out(5, true), out(4, false)}, {"ok", "ok", "ok"}, -14},
       }) {
    EXPECT_EQ(o.codes(c.vouchers), c.codes) << c.name;
    balance += c.tea;
    EXPECT_EQ(o.balance(o.tea), balance) << c.name;
  }
  EXPECT_EQ(o.books.problems(), Codes{});
}

TEST(PostVouchers, TheLastOneHasNoNext) {
  Opened opened;
  const auto before = opened.books.harness.content();
  const auto refused = opened.books.harness.run(
      PostVouchers{{transfer(opened.receivable, opened.tea, 1), transfer(opened.receivable, opened.tea, 1, true)}});
  EXPECT_EQ(code_of(refused), "voucher.lines");
  EXPECT_EQ(refused.error().field(), "linked");
  EXPECT_EQ(opened.books.harness.content(), before);
}

// --- limits
// -------------------------------------------------------------------------------------------------------------------------------

TEST(PostVouchers, AsManyAsMayBeInOneCommandAndNoMore) {
  Opened opened;
  std::vector<VoucherToPost> vouchers(kMostVouchersAtOnce, transfer(opened.receivable, opened.tea, 1));
  const auto reply = opened.post(vouchers);
  ASSERT_EQ(reply.size(), kMostVouchersAtOnce);
  const auto last = must(reply.back());
  EXPECT_EQ(last, voucher_at(must(reply.front()), 8189));
  EXPECT_EQ(must(find_voucher(*opened.books.harness.reader(), last)).lines.at(1).after,
            (PostedLine::After{8190, 8190}));
  EXPECT_EQ(opened.balance(opened.tea), 8190);
  const auto before = opened.books.harness.content();
  vouchers.push_back(vouchers.front());
  EXPECT_EQ(code_of(opened.books.harness.run(PostVouchers{vouchers})), "voucher.too_many");
  EXPECT_EQ(opened.books.harness.content(), before);
  // The next batch follows it, though the clock stands still; the one after that is of the next millisecond.
  const auto next = must(opened.post({transfer(opened.receivable, opened.tea, 1)})[0]);
  EXPECT_EQ(next, voucher_at(last, 1));
  EXPECT_EQ(opened.books.problems(), Codes{});
}

TEST(PostVouchers, NoTurnoverGrowsBeyondWhatCanBeCounted) {
  // In one voucher, one after another, in a chain, in one batch, over a restart: never an overflow.
  Opened o;
  VoucherToPost most;
  for (int i = 0; i < 32; ++i) {
    most.lines.push_back({o.receivable, kDebit, kMostLineMinor});
    most.lines.push_back({o.tea, kCredit, kMostLineMinor});
  }
  const auto fit = static_cast<std::size_t>(kMostTurnoverMinor / (32 * kMostLineMinor));
  std::vector<VoucherToPost> vouchers(fit + 5, most);
  const auto before = o.post(vouchers);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(code_of(before[i]), i < fit ? "ok" : "account.turnover_too_large");
  for (auto& each : vouchers) each.linked = true;
  vouchers.back().linked = false;
  EXPECT_EQ(code_of(o.post(vouchers).front()), "account.turnover_too_large");
  o.books.harness.reopen();
  EXPECT_EQ(o.codes({most}), Codes{"account.turnover_too_large"});
  EXPECT_EQ(o.codes({transfer(o.receivable, o.transit, kLargeLineMinor)}), Codes{"ok"}) << "small ones go on";
  EXPECT_EQ(o.balance(o.tea), static_cast<std::int64_t>(fit) * 32 * kMostLineMinor);
  EXPECT_EQ(o.books.problems(), Codes{});
}

TEST(PostVouchers, AnInternalTurnoverIsCountedToo) {
  Opened o;
  VoucherToPost most;
  for (int i = 0; i < 32; ++i) {
    most.lines.push_back({o.receivable, kDebit, kMostLineMinor});
    most.lines.push_back({o.transit, kCredit, kMostLineMinor});
  }
  std::vector<VoucherToPost> chain(8000, most);
  for (auto& each : chain) each.linked = true;
  chain.back().linked = false;
  std::set<std::string> codes;
  for (const auto& code : o.codes(chain)) codes.insert(code);
  EXPECT_EQ(codes, (std::set<std::string>{"voucher.linked_refused", "account.turnover_too_large"}));
  EXPECT_EQ(o.balance(o.transit), 0);
  EXPECT_EQ(o.books.problems(), Codes{});
}

TEST(PostVouchers, SeveralFullCommandsInOneBatch) {
  Opened opened;
  const PostVouchers full{std::vector<VoucherToPost>(kMostVouchersAtOnce, transfer(opened.receivable, opened.tea, 1))};
  std::vector<VoucherId> ids;
  for (const auto& reply : opened.books.harness.run_together<PostVouchers>({full, full})) {
    for (const auto& id : must(reply)) ids.push_back(must(id));
  }
  EXPECT_EQ(std::set<VoucherId>(ids.begin(), ids.end()).size(), 2 * kMostVouchersAtOnce);
  EXPECT_EQ(opened.books.harness.all(kBlocks).at(0).vouchers, 16380);
  EXPECT_EQ(must(find_voucher(*opened.books.harness.reader(), ids.back())).lines.at(1).after,
            (PostedLine::After{16380, 16380}));
  EXPECT_EQ(opened.books.problems(), Codes{});
}

// --- as a model says
// ----------------------------------------------------------------------------------------------------------------------

RC_GTEST_PROP(PostVouchers, DoesWhatAPlainLedgerDoes, ()) {
  Opened opened;
  const std::vector<AccountId> accounts{opened.receivable, opened.tea, opened.rice};
  std::map<std::int64_t, std::int64_t> model;  // credit less debit
  const auto customers = std::set<std::int64_t>{opened.tea.value, opened.rice.value};
  const auto commands = *rc::gen::inRange(1, 5);
  for (int command = 0; command < commands; ++command) {
    std::vector<VoucherToPost> vouchers;
    const auto count = *rc::gen::inRange<std::size_t>(1, 8);
    for (std::size_t i = 0; i < count; ++i) {
      vouchers.push_back(transfer(*rc::gen::elementOf(accounts), *rc::gen::elementOf(accounts),
                                  *rc::gen::inRange<std::int64_t>(1, 100), *rc::gen::arbitrary<bool>()));
    }
    vouchers.back().linked = false;
    const auto reply = opened.post(vouchers);
    for (std::size_t begin = 0; begin < count;) {
      auto end = begin;
      while (vouchers[end].linked) ++end;
      ++end;
      auto tried = model;
      bool good = true;
      for (auto i = begin; i < end && good; ++i) {
        const auto& lines = vouchers[i].lines;
        tried[lines[0].account.value] -= lines[0].amount_minor;
        tried[lines[1].account.value] += lines[1].amount_minor;
        for (const auto& [id, balance] : tried) good = good && (balance >= 0 || !customers.contains(id));
      }
      for (auto i = begin; i < end; ++i) RC_ASSERT(reply[i].ok() == good);
      if (good) model = tried;
      begin = end;
    }
    if (*rc::gen::inRange(0, 4) == 0) opened.books.harness.reopen();
  }
  for (const auto id : accounts) {
    const auto row = opened.books.harness.get(kBalances, id);
    RC_ASSERT(row.credit_minor - row.debit_minor == model[id.value]);
  }
  RC_ASSERT(opened.books.problems() == Codes{});
}

}  // namespace
}  // namespace feiqian::ledger
