// Batches when the store fails, or another worker comes first.
#include "engine/batch.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "engine/testing/harness.h"

namespace feiqian::engine {
namespace {

using testing::code_of;
using testing::Do;
using testing::FaultyStore;
using testing::Harness;
using testing::kStart;
using testing::must;

constexpr ErrorKind kRefused{"test.refused", Consequence::Declined, "Refused."};

IdempotencyRow record(StrongId<IdempotencyTag> id, std::int64_t scope, std::string key, std::int32_t status = 0) {
  return {id, scope, std::move(key), {"hash"}, status, "", kStart};
}

/// Keeps one record a key; the reply says how often the key was asked for. With `refuse` it is refused after it wrote.
struct Count {
  using Reply = std::int32_t;
  std::string key;
  bool refuse = false;
  void load(Load& load) const { load.first(kIdempotencyByKey, std::int64_t{1}, key); }
  Result<Reply> decide(Decision& decision) const {
    std::int32_t count = 1;
    if (const auto* found = decision.first(kIdempotencyByKey, std::int64_t{1}, key)) {
      count = ++decision.change(kIdempotency, found->id).status;
    } else {
      decision.insert(kIdempotency, record(decision.new_id<StrongId<IdempotencyTag>>(), 1, key, 1));
    }
    decision.enqueue("kind", count, 0, decision.context.now);
    if (refuse) return Error(kRefused);
    return count;
  }
};

TEST(Batch, AFlushThatIsRefusedDidNotHappen) {
  Harness harness;
  must(harness.run(Count{"S-1"}));
  const auto before = harness.content();
  harness.store().fault = FaultyStore::Fault::FlushRefused;
  for (const auto& reply : harness.run_together<Count>({{"S-1"}, {"S-2"}}))
    EXPECT_EQ(code_of(reply), "store.unavailable");
  EXPECT_TRUE(harness.going());
  EXPECT_FALSE(harness.processor().store_healthy());
  EXPECT_EQ(harness.content(), before);
  EXPECT_EQ(harness.tasks().size(), 1U);
  harness.store().fault = FaultyStore::Fault::None;
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 2) << "nothing of the failed batch is remembered";
  EXPECT_TRUE(harness.processor().store_healthy());
  EXPECT_EQ(harness.all(kBatches).back().number, 2);
}

TEST(Batch, ARefusalByARuleIsAnsweredAsSuchOnlyWhenItsBatchCommits) {
  Harness harness;
  harness.store().fault = FaultyStore::Fault::FlushRefused;
  const auto replies = harness.run_together<Count>({{"S-1", true}, {"S-2"}});
  EXPECT_EQ(code_of(replies[0]), "store.unavailable");
  EXPECT_EQ(code_of(replies[1]), "store.unavailable");
}

TEST(Batch, ALoadThatFailsIsRetrySafe) {
  Harness harness;
  harness.store().fault = FaultyStore::Fault::LoadFails;
  const auto reply = harness.run(Count{"S-1"});
  EXPECT_EQ(code_of(reply), "store.unavailable");
  EXPECT_EQ(reply.error().consequence(), Consequence::RetrySafe);
  harness.store().fault = FaultyStore::Fault::None;
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 1);
}

TEST(Batch, AnInterruptedCommitIsWhatTheFileSays) {
  for (const auto fault : {FaultyStore::Fault::CommitLost, FaultyStore::Fault::CommitDoneButUnknown}) {
    Harness harness;
    must(harness.run(Count{"S-1"}));
    harness.store().fault = fault;
    const bool done = fault == FaultyStore::Fault::CommitDoneButUnknown;
    EXPECT_EQ(code_of(harness.run(Count{"S-1"})), done ? "ok" : "store.unavailable");
    harness.store().fault = FaultyStore::Fault::None;
    EXPECT_EQ(harness.tasks().size(), done ? 2U : 1U);
    EXPECT_EQ(must(harness.run(Count{"S-1"})), done ? 3 : 2);
    const auto batches = harness.all(kBatches);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      EXPECT_EQ(batches[i].number, static_cast<std::int64_t>(i) + 1);
      EXPECT_EQ(batches[i].previous_hash.bytes, i == 0 ? "" : batches[i - 1].hash.bytes);
    }
  }
}

TEST(Batch, AnInterruptedCommitThatCannotBeLookedUpIsUnknown) {
  Harness harness;
  must(harness.run(Count{"S-1"}));
  harness.store().fault = FaultyStore::Fault::CommitDoneButUnknown;
  harness.store().reopen_fails = true;
  const auto reply = harness.run(Count{"S-1"});
  EXPECT_EQ(code_of(reply), "store.commit_unknown");
  EXPECT_EQ(reply.error().consequence(), Consequence::OutcomeUnknown);
  harness.store().fault = FaultyStore::Fault::None;
  const auto loads = harness.store().loads;
  EXPECT_EQ(code_of(harness.run(Count{"S-1"})), "store.unavailable");
  harness.processor().probe([](const TaskChanges&) {});
  EXPECT_FALSE(harness.processor().store_healthy());
  EXPECT_EQ(harness.store().loads, loads) << "not touched until it was opened anew";
  harness.store().reopen_fails = false;
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 3);
  EXPECT_EQ(harness.tasks().size(), 3U);
  EXPECT_EQ(harness.all(kBatches).back().number, 3);
}

TEST(Batch, AProbeTellsWhetherTheStoreIsWellAgain) {
  Harness harness;
  const auto probe = [&] {
    harness.processor().probe([](const TaskChanges&) {});
    return harness.processor().store_healthy();
  };
  must(harness.run(Count{"S-1"}));
  harness.store().fault = FaultyStore::Fault::FlushRefused;
  EXPECT_EQ(code_of(harness.run(Count{"S-1"})), "store.unavailable");
  EXPECT_FALSE(probe());
  harness.store().fault = FaultyStore::Fault::None;
  EXPECT_TRUE(probe());
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 2);
  EXPECT_EQ(harness.all(kBatches).back().number, 3) << "the probe is a batch of the chain";
}

TEST(Batch, AStoreThatCannotBeReadAfterAFailureDoesNotBreakTheChain) {
  for (const auto fault :
       {FaultyStore::Fault::FlushRefused, FaultyStore::Fault::CommitLost, FaultyStore::Fault::CommitDoneButUnknown}) {
    Harness harness;
    must(harness.run(Count{"S-1"}));
    must(harness.run(Count{"S-1"}));
    harness.store().fault = fault;
    harness.store().readers_fail = true;
    harness.run(Count{"S-1"}).ok();
    harness.store().fault = FaultyStore::Fault::None;
    harness.run(Count{"S-2"}).ok();  // may be refused while the head of the chain is not known
    harness.store().readers_fail = false;
    harness.run(Count{"S-2"}).ok();
    must(harness.run(Count{"S-3"}));
    const auto batches = harness.all(kBatches);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      EXPECT_EQ(batches[i].number, static_cast<std::int64_t>(i) + 1) << static_cast<int>(fault);
      EXPECT_EQ(batches[i].previous_hash.bytes, i == 0 ? "" : batches[i - 1].hash.bytes);
    }
  }
}

TEST(Batch, AFullDiskIsRetrySafeAndHealsWhenThereIsRoom) {
  testing::TempDirectory directory;
  const auto schema = store::sqlite_schema();
  const store::Migration migrations[] = {{1, "all", schema}};
  auto store = must(store::SqliteStore::open(directory.file("a.db"), migrations, 8));
  ManualClock clock(kStart);
  BatchProcessor processor(*store, clock, {});
  must(processor.recover());
  const auto run = [&](std::string body) {
    std::string code;
    std::vector<std::unique_ptr<Submission>> batch;
    batch.push_back(Harness::submission(
        Do<int>{[](Load& load) { load.first(kIdempotencyByKey, std::int64_t{1}, std::string("big")); },
                [body](Decision& decision) -> Result<int> {
                  if (decision.first(kIdempotencyByKey, std::int64_t{1}, std::string("big")) != nullptr) return 2;
                  auto row = record(decision.new_id<StrongId<IdempotencyTag>>(), 1, "big");
                  row.body = body;
                  decision.insert(kIdempotency, row);
                  return 1;
                }},
        [&](const Result<int>& reply) { code = reply ? std::to_string(*reply) : code_of(reply); }));
    processor.process(batch, [](const TaskChanges&) {});
    return code;
  };
  // Files may not grow above a megabyte for a while: what a full disk does, without filling one.
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &usual), 0);
  rlimit small = usual;
  small.rlim_cur = 1 << 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto code = run(std::string(4 << 20, 'x'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &usual), 0);
  static_cast<void>(std::signal(SIGXFSZ, before));
  EXPECT_EQ(code, "store.unavailable");
  EXPECT_FALSE(processor.store_healthy());
  EXPECT_EQ(run("small"), "1") << "nothing of the failed batch is there";
  EXPECT_TRUE(processor.store_healthy());
}

TEST(Batch, AFileThatBecameReadOnlyIsRetrySafe) {
  Harness harness;
  must(harness.run(Count{"S-1"}));
  // Another connection holds the write lock: what a read-only or full disk does, without needing one.
  const auto other = must(store::Connection::open(harness.path(), store::Connection::Mode::ReadWrite));
  must(other.execute("PRAGMA locking_mode=NORMAL; BEGIN IMMEDIATE"));
  EXPECT_EQ(code_of(harness.run(Count{"S-1"})), "store.unavailable");
  must(other.execute("ROLLBACK"));
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 2);
}

// --- reading at once
// ----------------------------------------------------------------------------------------------------------------------

TEST(Batch, ALoadThatFailsInTheMiddleOfABatchUndoesAllOfIt) {
  for (const bool exclusive : {true, false}) {
    Harness harness({}, exclusive);
    must(harness.run(Count{"S-1"}));
    harness.reopen();
    const auto before = harness.content();
    // The first command decides, then the store stops giving rows; the second one needs a row that nobody named before.
    const Do<std::int32_t> break_it{[](Load& load) { Count{"S-1"}.load(load); },
                                    [&](Decision& decision) -> Result<std::int32_t> {
                                      harness.store().fault = FaultyStore::Fault::LoadFails;
                                      return Count{"S-1"}.decide(decision);
                                    }};
    const Do<std::int32_t> follow{[](Load& load) {
                                    const auto* row =
                                        load.first(kIdempotencyByKey, std::int64_t{1}, std::string("S-1"));
                                    if (row != nullptr && row->status > 1) Count{"S-2"}.load(load);
                                  },
                                  [](Decision& decision) { return Count{"S-2"}.decide(decision); }};
    for (const auto& reply : harness.run_together<Do<std::int32_t>>({break_it, follow})) {
      EXPECT_EQ(code_of(reply), "store.unavailable") << exclusive;
      EXPECT_EQ(reply.error().consequence(), Consequence::RetrySafe);
    }
    EXPECT_TRUE(harness.going());
    EXPECT_FALSE(harness.processor().store_healthy());
    harness.store().fault = FaultyStore::Fault::None;
    EXPECT_EQ(harness.content(), before) << exclusive;
    EXPECT_EQ(must(harness.run(Count{"S-1"})), 2) << "nothing of the failed batch is remembered";
    EXPECT_EQ(must(harness.run(Count{"S-2"})), 1) << "not known to be absent";
  }
}

TEST(Batch, ReadsAtOnceWhereNobodyElseWritesAndInRoundsOtherwise) {
  for (const bool exclusive : {true, false}) {
    Harness harness({}, exclusive);
    const auto before = harness.store().loads;
    harness.run_together<Count>({{"S-1"}, {"S-2"}, {"S-3"}, {"S-4"}});
    EXPECT_EQ(harness.store().loads - before, exclusive ? 4 : 1);
    EXPECT_EQ(harness.all(kIdempotency).size(), 4U);
  }
}

// --- another worker came first
// ------------------------------------------------------------------------------------------------------------

/// Runs one command and counts how often it was answered.
struct Answers {
  std::vector<std::string> codes;
  void run(Harness& harness, Count command) {
    std::vector<std::unique_ptr<Submission>> batch;
    batch.push_back(Harness::submission(std::move(command), [this](const Result<std::int32_t>& reply) {
      codes.push_back(reply ? std::to_string(*reply) : code_of(reply));
    }));
    harness.process(batch);
  }
};

TEST(Conflict, ABatchIsDoneAgainUntilItGoesThroughAndHappensOnce) {
  for (const bool at_load : {false, true}) {
    for (const int conflicts : {1, 2, 19, 20}) {
      Harness harness({}, false);
      must(harness.run(Count{"S-1"}));
      harness.reopen();  // nothing is in memory: there is something to load
      std::vector<int> pauses;
      harness.processor().set_pause([&](int again) { pauses.push_back(again); });
      (at_load ? harness.store().load_conflicts : harness.store().conflicts) = conflicts;
      Answers answers;
      answers.run(harness, {"S-1"});
      EXPECT_EQ(answers.codes, std::vector<std::string>{"2"}) << conflicts;
      ASSERT_EQ(pauses.size(), static_cast<std::size_t>(conflicts));
      for (int i = 0; i < conflicts; ++i) EXPECT_EQ(pauses[static_cast<std::size_t>(i)], i + 1);
      EXPECT_TRUE(harness.processor().store_healthy());
      EXPECT_EQ(harness.tasks().size(), 2U) << "once";
      const auto batches = harness.all(kBatches);
      ASSERT_EQ(batches.size(), 2U);
      EXPECT_EQ(batches[1].number, 2);
      EXPECT_EQ(batches[1].previous_hash.bytes, batches[0].hash.bytes);
    }
  }
}

TEST(Conflict, NotForEver) {
  for (const bool at_load : {false, true}) {
    Harness harness({}, false);
    must(harness.run(Count{"S-1"}));
    harness.reopen();
    const auto before = harness.content();
    int pauses = 0;
    harness.processor().set_pause([&](int) { ++pauses; });
    auto& conflicts = at_load ? harness.store().load_conflicts : harness.store().conflicts;
    conflicts = 1000;
    Answers answers;
    answers.run(harness, {"S-1"});
    EXPECT_EQ(answers.codes, std::vector<std::string>{"store.conflict"});
    EXPECT_EQ(pauses, 20);
    EXPECT_EQ(1000 - conflicts, 21);
    EXPECT_TRUE(harness.going());
    EXPECT_TRUE(harness.processor().store_healthy()) << "the store is well, there are only others";
    EXPECT_EQ(harness.content(), before);
    conflicts = 0;
    EXPECT_EQ(must(harness.run(Count{"S-1"})), 2);
  }
}

TEST(Conflict, TheNextTryDecidesOnWhatTheOtherWorkerWrote) {
  Harness harness({}, false);
  must(harness.run(Count{"S-1"}));
  harness.store().conflicts = 1;
  harness.processor().set_pause([&](int) { harness.tamper("UPDATE idempotency SET status=41"); });
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 42);
  EXPECT_EQ(harness.all(kIdempotency).at(0).status, 42);
}

TEST(Conflict, ARefusalByARuleIsDecidedAgainToo) {
  Harness harness({}, false);
  harness.store().conflicts = 3;
  const auto replies = harness.run_together<Count>({{"S-1", true}, {"S-1"}, {"S-1"}});
  EXPECT_EQ(code_of(replies[0]), "test.refused");
  EXPECT_EQ(must(replies[1]), 1);
  EXPECT_EQ(must(replies[2]), 2);
  EXPECT_EQ(harness.tasks().size(), 2U);
}

TEST(NotExclusive, WhatOthersMayHaveChangedIsReadAnewEachBatch) {
  for (const bool exclusive : {true, false}) {
    Harness harness({}, exclusive);
    must(harness.run(Count{"S-1"}));
    harness.tamper("UPDATE idempotency SET status=41");
    EXPECT_EQ(must(harness.run(Count{"S-1"})), exclusive ? 2 : 42);
  }
}

}  // namespace
}  // namespace feiqian::engine
