// Freezing, limits, closing; holds and their captures. An account of a merchant with 1,000 on it.
#include "ledger/accounts.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "ledger/holds.h"
#include "ledger/post_vouchers.h"
#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::Books;
using testing::code_of;
using testing::must;
using Strings = std::vector<std::string>;

struct Opened {
  Opened() { must(pay_in(1000)); }
  Books books;
  AccountId receivable = open({1121, 2 << 20, money::kCny});
  AccountId tea = open({2202, 10 << 20, money::kCny});
  AccountId rice = open({2202, 11 << 20, money::kCny});

  AccountId open(const AccountKey& key) { return must(run(OpenAccount{key})); }
  template <class Command>
  Result<typename Command::Reply> run(Command command) {
    return books.harness.run(std::move(command));
  }
  Result<VoucherId> transfer(AccountId debit, AccountId credit, std::int64_t amount) {
    return must(run(PostVouchers{{{7, {{debit, Side::Debit, amount}, {credit, Side::Credit, amount}}, "", false}}}))
        .at(0);
  }
  Result<VoucherId> pay_in(std::int64_t amount) { return transfer(receivable, tea, amount); }
  Result<VoucherId> pay_out(std::int64_t amount) { return transfer(tea, receivable, amount); }
  std::string out(std::int64_t amount) { return code_of(pay_out(amount)); }
  Result<HoldRow> hold(std::int64_t amount) { return run(PlaceHold{tea, amount, 42, std::nullopt}); }
  std::int64_t balance(AccountId id) {
    return balance_of(*find_in_chart(books.harness.get(kAccounts, id).code), books.harness.get(kBalances, id));
  }
  std::int64_t held() { return books.harness.get(kBalances, tea).held_minor; }
};

// --- freezing, limits, closing
// ------------------------------------------------------------------------------------------------------------

TEST(FreezeAccount, NothingLeavesAFrozenAccountAndMoneyStillArrives) {
  Opened o;
  must(o.run(FreezeAccount{o.tea, true, 0}));
  EXPECT_EQ(o.out(1), "account.frozen");
  EXPECT_EQ(code_of(o.hold(1)), "account.frozen");
  EXPECT_EQ(code_of(o.pay_in(5)), "ok");
  o.books.harness.reopen();
  EXPECT_EQ(o.out(1), "account.frozen") << "after a restart too";
  must(o.run(FreezeAccount{o.tea, false, 0}));
  EXPECT_EQ(o.out(1005), "ok");
  EXPECT_EQ(o.books.problems(), Strings{});
}

TEST(FreezeAccount, APartOfTheBalance) {
  Opened o;
  EXPECT_EQ(must(o.run(FreezeAccount{o.tea, false, 600})).frozen_minor, 600);
  EXPECT_EQ(o.out(401), "balance.insufficient");
  EXPECT_EQ(o.out(400), "ok");
  must(o.run(FreezeAccount{o.tea, false, 5000}));
  EXPECT_EQ(code_of(o.pay_in(1000)), "ok");
  EXPECT_EQ(o.out(1), "balance.insufficient") << "what arrives is frozen too";
}

TEST(FreezeAccount, HeldAndFrozenMoneyAddUp) {
  Opened o;
  must(o.hold(300));
  must(o.run(FreezeAccount{o.tea, false, 600}));
  EXPECT_EQ(o.out(101), "balance.insufficient");
  EXPECT_EQ(code_of(o.hold(101)), "balance.insufficient");
  EXPECT_EQ(o.out(100), "ok");
}

TEST(LimitAccount, NothingArrivesAboveTheLimit) {
  Opened o;
  must(o.run(LimitAccount{o.tea, 1200}));
  EXPECT_EQ(code_of(o.pay_in(201)), "balance.limit");
  EXPECT_EQ(code_of(o.pay_in(200)), "ok");
  must(o.run(LimitAccount{o.tea, 100}));
  EXPECT_EQ(o.balance(o.tea), 1200) << "what is there stays";
  EXPECT_EQ(o.out(1), "ok");
  EXPECT_EQ(code_of(o.pay_in(1)), "balance.limit");
  must(o.run(LimitAccount{o.tea, 0}));
  EXPECT_EQ(code_of(o.pay_in(100000)), "ok");
}

TEST(CloseAccount, OnlyWhenItIsEmptyAndForGood) {
  Opened o;
  EXPECT_EQ(code_of(o.run(CloseAccount{o.tea})), "account.not_empty");
  must(o.pay_out(1000));
  EXPECT_EQ(must(o.run(CloseAccount{o.tea})).state, AccountState::Closed);
  EXPECT_EQ(code_of(o.run(CloseAccount{o.tea})), "ok") << "once more is the same";
  EXPECT_EQ(code_of(o.pay_in(1)), "account.closed");
  EXPECT_EQ(o.out(1), "account.closed");
  EXPECT_EQ(code_of(o.hold(1)), "account.closed");
  EXPECT_EQ(code_of(o.run(FreezeAccount{o.tea, false, 0})), "account.closed") << "not opened by unfreezing";
  EXPECT_EQ(code_of(o.run(LimitAccount{o.tea, 0})), "account.closed");
  EXPECT_EQ(o.books.problems(), Strings{});
}

TEST(AccountCommands, EveryRefusal) {
  Opened o;
  const auto before = o.books.harness.content();
  EXPECT_EQ(code_of(o.run(FreezeAccount{{4711}, true, 0})), "account.not_found");
  EXPECT_EQ(code_of(o.run(FreezeAccount{o.receivable, true, 0})), "account.not_customer");
  EXPECT_EQ(code_of(o.run(FreezeAccount{o.tea, false, -1})), "value.invalid");
  EXPECT_EQ(code_of(o.run(LimitAccount{{4711}, 1})), "account.not_found");
  EXPECT_EQ(code_of(o.run(LimitAccount{o.receivable, 1})), "account.not_customer");
  EXPECT_EQ(code_of(o.run(LimitAccount{o.tea, -1})), "value.invalid");
  EXPECT_EQ(code_of(o.run(CloseAccount{{4711}})), "account.not_found");
  EXPECT_EQ(code_of(o.run(CloseAccount{o.receivable})), "account.not_customer");
  EXPECT_EQ(code_of(o.run(PlaceHold{{4711}, 1, 0, std::nullopt})), "account.not_found");
  EXPECT_EQ(code_of(o.run(PlaceHold{o.receivable, 1, 0, std::nullopt})), "account.not_customer");
  EXPECT_EQ(code_of(o.hold(0)), "voucher.lines");
  EXPECT_EQ(code_of(o.hold(1001)), "balance.insufficient");
  EXPECT_EQ(code_of(o.run(CaptureHold{{4711}, o.rice, 1, false})), "hold.not_found");
  EXPECT_EQ(code_of(o.run(ReleaseHold{{4711}, false})), "hold.not_found");
  EXPECT_EQ(o.books.harness.content(), before);
}

// --- holds
// --------------------------------------------------------------------------------------------------------------------------------

TEST(Hold, KeepsMoneyThatCannotBeSpent) {
  Opened o;
  const auto hold = must(o.hold(300));
  EXPECT_EQ(hold.state, HoldState::Open);
  EXPECT_EQ(hold.subject, 42);
  EXPECT_EQ(o.balance(o.tea), 1000) << "it stays on the account";
  EXPECT_EQ(o.held(), 300);
  EXPECT_EQ(o.out(701), "balance.insufficient");
  EXPECT_EQ(code_of(o.hold(701)), "balance.insufficient");
  EXPECT_EQ(o.out(700), "ok");
  EXPECT_TRUE(o.books.harness.tasks().empty()) << "it does not expire";
  EXPECT_EQ(o.books.problems(), Strings{});
}

TEST(Hold, IsCapturedInPartsUntilNothingIsLeft) {
  Opened o;
  const auto id = must(o.hold(300)).id;
  EXPECT_EQ(must(o.run(CaptureHold{id, o.rice, 100, false})).captured_minor, 100);
  EXPECT_EQ(o.held(), 200);
  EXPECT_EQ(code_of(o.run(CaptureHold{id, o.rice, 201, false})), "hold.exceeded");
  const auto done = must(o.run(CaptureHold{id, o.rice, 200, false}));
  EXPECT_EQ(done.state, HoldState::Captured);
  EXPECT_TRUE(done.ended_at);
  EXPECT_EQ(o.held(), 0);
  EXPECT_EQ(o.balance(o.tea), 700);
  EXPECT_EQ(o.balance(o.rice), 300);
  EXPECT_EQ(code_of(o.run(CaptureHold{id, o.rice, 1, false})), "hold.ended");
  const auto vouchers = o.books.vouchers();
  EXPECT_EQ(vouchers.back().event, "L02");
  EXPECT_EQ(vouchers.back().subject, id.value);
  EXPECT_EQ(o.books.problems(), Strings{});
}

TEST(Hold, TheLastCaptureLetsGoOfTheRest) {
  Opened o;
  const auto id = must(o.hold(300)).id;
  EXPECT_EQ(must(o.run(CaptureHold{id, o.rice, 100, true})).state, HoldState::Captured);
  EXPECT_EQ(o.held(), 0);
  EXPECT_EQ(o.balance(o.tea), 900);
  EXPECT_EQ(o.out(900), "ok");
}

TEST(Hold, ReleasedOrExpiredOnce) {
  for (const bool expired : {false, true}) {
    Opened o;
    const auto hold = must(o.run(PlaceHold{o.tea, 300, 42, 60}));
    EXPECT_EQ(hold.expires_at, engine::testing::kStart.plus_s(60));
    ASSERT_EQ(o.books.harness.tasks().size(), 1U);
    EXPECT_EQ(o.books.harness.tasks().begin()->second.kind, "hold.expire");
    EXPECT_EQ(o.books.harness.tasks().begin()->second.due_at, *hold.expires_at);
    const auto released = must(o.run(ReleaseHold{hold.id, expired}));
    EXPECT_EQ(released.state, expired ? HoldState::Expired : HoldState::Released);
    EXPECT_EQ(o.held(), 0);
    EXPECT_TRUE(o.books.harness.tasks().empty());
    EXPECT_EQ(must(o.run(ReleaseHold{hold.id, !expired})).state, released.state) << "the first end stays";
    EXPECT_EQ(o.held(), 0);
    EXPECT_EQ(code_of(o.run(CaptureHold{hold.id, o.rice, 1, false})), "hold.ended");
    EXPECT_EQ(o.out(1000), "ok");
    EXPECT_EQ(o.books.problems(), Strings{});
  }
}

TEST(Hold, LastsASecondToAYear) {
  Opened o;
  for (const std::int64_t seconds : {std::int64_t{0}, std::int64_t{-1}, kLongestHoldS + 1, INT64_MAX}) {
    const auto refused = o.run(PlaceHold{o.tea, 1, 0, seconds});
    EXPECT_EQ(code_of(refused), "value.invalid");
    EXPECT_EQ(refused.error().field(), "expires_in_s");
  }
  EXPECT_EQ(code_of(o.run(PlaceHold{o.tea, 1, 0, kLongestHoldS})), "ok");
}

TEST(Hold, IsNotCapturedIntoOneOfAPair) {
  Opened o;
  const auto id = must(o.hold(300)).id;
  const auto fees = o.open({2501, 0, money::kCny});
  EXPECT_EQ(code_of(o.run(CaptureHold{id, fees, 100, false})), "voucher.mirror");
  EXPECT_TRUE(o.books.harness.going());
  EXPECT_EQ(o.held(), 300);
}

TEST(Hold, ACaptureThatIsRefusedLeavesItHeld) {
  Opened o;
  const auto id = must(o.hold(300)).id;
  must(o.run(LimitAccount{o.rice, 50}));
  const auto before = o.books.harness.content();
  EXPECT_EQ(code_of(o.run(CaptureHold{id, o.rice, 100, true})), "balance.limit");
  EXPECT_EQ(code_of(o.run(CaptureHold{id, {4711}, 100, false})), "account.not_found");
  EXPECT_EQ(code_of(o.run(CaptureHold{id, o.rice, 0, false})), "voucher.lines");
  const auto income = o.open({6001, 0, money::kCny});
  EXPECT_EQ(code_of(o.run(CaptureHold{id, income, 100, false})), "voucher.unbalanced");
  EXPECT_EQ(o.held(), 300);
  EXPECT_EQ(code_of(o.run(CaptureHold{id, o.rice, 50, false})), "ok");
}

TEST(Hold, TamperedWithIsNamed) {
  for (const auto& [sql, problem] :
       {std::pair{"UPDATE balance SET held_minor=0 WHERE held_minor=300", "0 held"},
        std::pair{"UPDATE hold SET amount_minor=200", "300 held"}, std::pair{"UPDATE hold SET state=3", "300 held"}}) {
    Opened o;
    must(o.hold(300));
    o.books.harness.tamper(sql);
    bool named = false;
    for (const auto& each : o.books.problems())
      named = named || (each.find(problem) != std::string::npos && each.find(o.tea.text()) != std::string::npos);
    EXPECT_TRUE(named) << sql;
  }
}

RC_GTEST_PROP(Hold, WhatIsHeldIsTheSumOfOpenHolds, ()) {
  Opened o;
  std::vector<HoldId> holds;
  const auto steps = *rc::gen::inRange(1, 15);
  for (int step = 0; step < steps; ++step) {
    const auto amount = *rc::gen::inRange<std::int64_t>(1, 600);
    const auto before = o.balance(o.tea) - o.held();
    switch (*rc::gen::inRange(0, holds.empty() ? 3 : 6)) {
      case 0:
        must(o.pay_in(amount));
        break;
      case 1:
        RC_ASSERT((o.out(amount) == "ok") == (amount <= before));
        break;
      case 2: {
        const auto hold = o.hold(amount);
        RC_ASSERT(hold.ok() == (amount <= before));
        if (hold) holds.push_back(hold->id);
        break;
      }
      case 3: {
        const auto row = o.books.harness.get(kHolds, *rc::gen::elementOf(holds));
        const auto captured = o.run(CaptureHold{row.id, o.rice, amount, *rc::gen::arbitrary<bool>()});
        RC_ASSERT(captured.ok() == (amount <= row.held_minor()));
        break;
      }
      case 4:
        must(o.run(ReleaseHold{*rc::gen::elementOf(holds), false}));
        break;
      default:
        o.books.harness.reopen();
    }
    std::int64_t held = 0;
    for (const auto& row : o.books.harness.all(kHolds)) held += row.held_minor();
    RC_ASSERT(o.held() == held);
    RC_ASSERT(held <= o.balance(o.tea));
  }
  RC_ASSERT(o.books.problems() == Strings{});
}

}  // namespace
}  // namespace feiqian::ledger
