// What the ledger does by itself: holds that expire, days that are kept. An engine that is stepped, a clock that is
// turned.
#include "ledger/expiry.h"

#include <gtest/gtest.h>

#include "ledger/day_totals.h"
#include "ledger/holds.h"
#include "ledger/post_vouchers.h"
#include "ledger/testing/books.h"

namespace feiqian::ledger {
namespace {

using testing::must;

class LedgerTasks : public ::testing::Test {
 protected:
  LedgerTasks() { begin(); }

  void begin() {
    const auto schema = store::sqlite_schema();
    const store::Migration migrations[] = {{1, "all", schema}};
    store_ = must(store::SqliteStore::open(directory_.file("a.db"), migrations, 4));
    const engine::Timer timer = [this](std::int64_t ms, std::function<void()> work) {
      timers_.emplace(clock_.now().plus_ms(ms).us, std::move(work));
    };
    engine_ = std::make_unique<engine::Engine>(*store_, clock_, std::vector<engine::BatchSeal*>{&seal_},
                                               engine::Engine::Options{});
    runner_ = std::make_unique<engine::TaskRunner>(clock_, timer);
    reads_ = must(engine::ReadPool::start(*store_, 0));
    install_hold_expiry(*runner_, *engine_, timer);
    install_day_end(*runner_, *engine_, *reads_, clock_, timer);
    must(engine_->start_stepped([this](const engine::TaskChanges& changes) { runner_->apply(changes); }));
    runner_->begin();
    settle();
  }
  void end() {
    runner_->stop();
    engine_->stop();
    timers_.clear();
    runner_.reset();
    engine_.reset();
    reads_.reset();
    store_.reset();
  }

  /// Everything that is due now.
  void settle() {
    for (bool did = true; did;) {
      did = engine_->step();
      did = reads_->step() || did;
      if (timers_.empty() || timers_.begin()->first > clock_.now().us) continue;
      auto work = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      work();
      did = true;
    }
  }
  void pass(std::int64_t ms) {
    clock_.advance_ms(ms);
    settle();
  }
  template <class Command>
  Result<typename Command::Reply> run(Command command) {
    std::optional<Result<typename Command::Reply>> reply;
    engine_->submit(std::move(command), [&](auto answer) { reply.emplace(std::move(answer)); });
    settle();
    return std::move(reply).value();
  }
  void pay_in(std::int64_t amount) {
    VoucherToPost voucher{7, {{bank_, Side::Debit, amount}, {tea_, Side::Credit, amount}}, "", false};
    must(must(run(PostVouchers{{voucher}})).at(0));
  }
  void open_accounts() {
    bank_ = must(run(OpenAccount{{1101, 0, money::kCny}}));
    tea_ = must(run(OpenAccount{{2202, 10 << 20, money::kCny}}));
    pay_in(1000);
  }
  HoldRow row(HoldId id) {
    return must(store::Query(kHolds).equal<&HoldRow::id>(id).first(*must(store_->open_reader()))).value();
  }
  std::int64_t held() {
    return must(store::Query(kBalances).equal<&BalanceRow::id>(tea_).first(*must(store_->open_reader())))
        .value()
        .held_minor;
  }
  /// In the order in which they were kept.
  std::vector<Date> kept_days() {
    std::vector<Date> days;
    for (const auto& row :
         must(store::Query(kDayTotals).oldest_first().limit(INT64_MAX).run(*must(store_->open_reader())))) {
      if (days.empty() || days.back() != row.day) days.push_back(row.day);
    }
    return days;
  }
  std::size_t tasks() { return must(store::Query(engine::kTasks).run(*must(store_->open_reader()))).size(); }

  engine::testing::TempDirectory directory_;
  ManualClock clock_{engine::testing::kStart};
  LedgerSeal seal_;
  std::multimap<std::int64_t, std::function<void()>> timers_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::ReadPool> reads_;
  std::unique_ptr<engine::TaskRunner> runner_;
  AccountId bank_, tea_;
};

TEST_F(LedgerTasks, LetsGoWhenTheTimeHasComeAndNotBefore) {
  open_accounts();
  const auto hold = must(run(PlaceHold{tea_, 300, 42, 60}));
  const auto longer = must(run(PlaceHold{tea_, 200, 43, 600}));
  pass(59'999);
  EXPECT_EQ(row(hold.id).state, HoldState::Open);
  EXPECT_EQ(held(), 500);
  pass(1);
  EXPECT_EQ(row(hold.id).state, HoldState::Expired);
  EXPECT_EQ(row(hold.id).ended_at, clock_.now());
  EXPECT_EQ(held(), 200) << "the other one goes on";
  EXPECT_EQ(tasks(), 1U);
  pass(540'000);
  EXPECT_EQ(row(longer.id).state, HoldState::Expired);
  EXPECT_EQ(tasks(), 0U);
  EXPECT_EQ(must(verify(*must(store_->open_reader()))).problems, std::vector<std::string>{});
}

TEST_F(LedgerTasks, OfAPartlyCapturedHoldFreesTheRest) {
  open_accounts();
  const auto rice = must(run(OpenAccount{{2202, 11 << 20, money::kCny}}));
  const auto hold = must(run(PlaceHold{tea_, 300, 42, 60}));
  must(run(CaptureHold{hold.id, rice, 100, false}));
  pass(60'000);
  EXPECT_EQ(row(hold.id).state, HoldState::Expired);
  EXPECT_EQ(row(hold.id).captured_minor, 100);
  EXPECT_EQ(held(), 0);
}

TEST_F(LedgerTasks, WhatEndedBeforeStaysAsItIs) {
  open_accounts();
  const auto hold = must(run(PlaceHold{tea_, 300, 42, 60}));
  must(run(ReleaseHold{hold.id, false}));
  pass(120'000);
  EXPECT_EQ(row(hold.id).state, HoldState::Released);
}

TEST_F(LedgerTasks, AfterARestartWhatCameDueMeanwhileExpires) {
  open_accounts();
  const auto hold = must(run(PlaceHold{tea_, 300, 42, 60}));
  end();
  clock_.advance_ms(3'600'000);
  begin();
  EXPECT_EQ(row(hold.id).state, HoldState::Expired);
  EXPECT_EQ(held(), 0);
}

TEST_F(LedgerTasks, ADayIsKeptAfterItsEndAndTheNextOneAfterThat) {
  open_accounts();
  EXPECT_TRUE(must(run(AwaitDayEnd{})));
  EXPECT_FALSE(must(run(AwaitDayEnd{}))) << "one task";
  const auto today = china_date(clock_.now());
  const auto due = end_of(today).plus_s(kDayEndMarginS);
  pass(ms_between(clock_.now(), due) - 1);
  EXPECT_EQ(kept_days(), std::vector<Date>{});
  pay_in(7);  // of the next day already
  pass(1);
  EXPECT_EQ(kept_days(), std::vector<Date>{today});
  const auto totals = must(totals_before(*must(store_->open_reader()), end_of(today)));
  EXPECT_EQ(totals.at({1101, money::kCny}), (Turnover{1000, 0}));
  EXPECT_EQ(totals.at({2202, money::kCny}), (Turnover{0, 1000}));
  const auto tomorrow = china_date(clock_.now());
  pass(86'400'000 - 1);
  EXPECT_EQ(kept_days(), std::vector<Date>{today});
  pass(1);
  EXPECT_EQ(kept_days(), (std::vector<Date>{today, tomorrow}));
  EXPECT_EQ(must(verify(*must(store_->open_reader()))).problems, std::vector<std::string>{});
}

TEST_F(LedgerTasks, AfterDaysWithoutServiceTheLastOneIsKept) {
  open_accounts();
  must(run(AwaitDayEnd{}));
  end();
  clock_.advance_ms(5LL * 86'400'000);
  begin();
  const auto yesterday = day_before(china_date(clock_.now()));
  EXPECT_EQ(kept_days(), std::vector<Date>{yesterday});
  EXPECT_EQ(must(totals_before(*must(store_->open_reader()), clock_.now())).at({2202, money::kCny}),
            (Turnover{0, 1000}));
  pass(86'400'000);
  EXPECT_EQ(kept_days(), (std::vector<Date>{yesterday, china_date(end_of(yesterday))}));
  EXPECT_EQ(must(verify(*must(store_->open_reader()))).problems, std::vector<std::string>{});
}

}  // namespace
}  // namespace feiqian::ledger
