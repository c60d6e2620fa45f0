#include "engine/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "crypto/digest.h"
#include "engine/set_parameter.h"
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

Do<TaskId> enqueue(std::string kind, std::int64_t due_in_s = 0, std::int64_t lane = 0) {
  return {{}, [=](Decision& decision) -> Result<TaskId> {
            return decision.enqueue(kind, 7, lane, decision.context.now.plus_s(due_in_s));
          }};
}

// --- as if one by one
// -----------------------------------------------------------------------------------------------------------------------

TEST(Batch, CommandsSeeWhatEarlierOnesOfTheBatchWrote) {
  Harness harness;
  std::vector<std::int32_t> counts;
  for (const auto& reply : harness.run_together(std::vector<Count>(10, Count{"S-1"}))) counts.push_back(must(reply));
  EXPECT_EQ(counts, (std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(harness.all(kIdempotency).size(), 1U);
  EXPECT_EQ(harness.store().flushes, 1);
}

TEST(Batch, ARefusedCommandLeavesNoTrace) {
  Harness harness;
  must(harness.run(Count{"S-1"}));
  const auto before = harness.content();
  EXPECT_EQ(code_of(harness.run(Count{"S-1", true})), "test.refused");
  EXPECT_EQ(code_of(harness.run(Count{"S-2", true})), "test.refused");
  EXPECT_EQ(harness.content(), before) << "not even a batch";
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 2);
  EXPECT_EQ(must(harness.run(Count{"S-2"})), 1);
}

TEST(Batch, ARefusedCommandLeavesNoTraceForLaterOnesOfItsBatch) {
  Harness harness;
  const auto replies =
      harness.run_together<Count>({{"S-1", true}, {"S-1"}, {"S-1", true}, {"S-1"}, {"S-2", true}, {"S-2"}});
  EXPECT_EQ(code_of(replies[0]), "test.refused");
  EXPECT_EQ(must(replies[1]), 1);
  EXPECT_EQ(code_of(replies[2]), "test.refused");
  EXPECT_EQ(must(replies[3]), 2);
  EXPECT_EQ(must(replies[5]), 1);
  EXPECT_EQ(harness.all(kTasks).size(), 3U);
  EXPECT_EQ(harness.tasks().size(), 3U);
}

RC_GTEST_PROP(Batch, GivesTheResultsOfOneByOneHoweverItIsCut, ()) {
  Harness one_by_one;
  Harness in_batches;
  const auto size = *rc::gen::inRange<std::size_t>(1, 30);
  std::vector<Count> commands;
  for (std::size_t i = 0; i < size; ++i)
    commands.push_back({"S-" + std::to_string(*rc::gen::inRange(0, 4)), *rc::gen::inRange(0, 3) == 0});
  std::vector<std::string> singly;
  for (const auto& command : commands) {
    const auto reply = one_by_one.run(command);
    singly.push_back(reply ? std::to_string(reply.value()) : code_of(reply));
  }
  std::vector<std::string> together;
  for (std::size_t at = 0; at < size;) {
    const auto count = *rc::gen::inRange<std::size_t>(1, size - at + 1);
    for (const auto& reply :
         in_batches.run_together(std::vector<Count>(commands.begin() + static_cast<std::ptrdiff_t>(at),
                                                    commands.begin() + static_cast<std::ptrdiff_t>(at + count)))) {
      together.push_back(reply ? std::to_string(reply.value()) : code_of(reply));
    }
    at += count;
    if (*rc::gen::inRange(0, 3) == 0) in_batches.reopen();  // memory is only a cache
  }
  RC_ASSERT(singly == together);
  const auto records = [](Harness& harness) {
    std::map<std::string, std::int32_t> found;
    for (const auto& row : harness.all(kIdempotency)) found[row.idempotency_key] = row.status;
    return found;
  };
  RC_ASSERT(records(one_by_one) == records(in_batches));
  RC_ASSERT(one_by_one.all(kTasks).size() == in_batches.all(kTasks).size());
}

TEST(Batch, ACommandMayLeadToRowsThatOnlyAnEarlierOneOfItsBatchNamed) {
  // The second command's load follows from what the first writes: a row that the first round of loads could not know.
  Harness harness;
  const auto task = must(harness.run(enqueue("kind", 5)));
  harness.reopen();
  const Do<std::int32_t> name_it{
      [](Load& load) { load.first(kIdempotencyByKey, std::int64_t{1}, std::string("pointer")); },
      [&](Decision& decision) -> Result<std::int32_t> {
        auto row = record(decision.new_id<StrongId<IdempotencyTag>>(), 1, "pointer");
        row.body = std::to_string(task.value);
        decision.insert(kIdempotency, row);
        return 0;
      }};
  const Do<std::int32_t> follow{
      [](Load& load) {
        if (const auto* row = load.first(kIdempotencyByKey, std::int64_t{1}, std::string("pointer"))) {
          load.get(kTasks, TaskId{std::stoll(row->body)});
        }
      },
      [](Decision& decision) -> Result<std::int32_t> {
        const auto* row = decision.first(kIdempotencyByKey, std::int64_t{1}, std::string("pointer"));
        decision.finish_task(TaskId{std::stoll(row->body)});
        return 1;
      }};
  for (const auto& reply : harness.run_together<Do<std::int32_t>>({name_it, follow})) must(reply);
  EXPECT_TRUE(harness.all(kTasks).empty());
}

TEST(Batch, AnswersOnlyAfterTheCommit) {
  Harness harness;
  int seen = -1;
  std::vector<std::unique_ptr<Submission>> batch;
  batch.push_back(Harness::submission(
      Count{"S-1"}, [&](const Result<std::int32_t>&) { seen = static_cast<int>(harness.all(kIdempotency).size()); }));
  harness.process(batch);
  EXPECT_EQ(seen, 1);
}

TEST(Batch, TellsTheTasksAfterTheCommitAndBeforeTheAnswers) {
  Harness harness;
  const auto id = must(harness.run(enqueue("kind", 3)));
  EXPECT_EQ(harness.tasks().at(id.value).due_at, kStart.plus_s(3));
  const auto with_task = [&](std::function<void(Decision&)> change) {
    must(harness.run(Do<int>{[id](Load& load) { load.get(kTasks, id); },
                             [change](Decision& decision) -> Result<int> {
                               change(decision);
                               return 0;
                             }}));
  };
  with_task([id](Decision& decision) { decision.reschedule_task(id, kStart.plus_s(9)); });
  EXPECT_EQ(harness.tasks().at(id.value).due_at, kStart.plus_s(9));
  EXPECT_EQ(harness.tasks().at(id.value).tries, 1);
  with_task([id](Decision& decision) { decision.finish_task(id); });
  EXPECT_TRUE(harness.tasks().empty());
  with_task([id](Decision& decision) { decision.finish_task(id); });  // gone already: left alone
}

TEST(Batch, ATaskMadeAndFinishedInOneBatchWasNeverThere) {
  Harness harness;
  must(harness.run(Do<int>{[](Load& load) { load.first(kIdempotencyByKey, std::int64_t{2}, std::string("other")); },
                           [](Decision& decision) -> Result<int> {
                             decision.finish_task(decision.enqueue("kind", 1, 0, kStart));
                             decision.insert(kIdempotency,
                                             record(decision.new_id<StrongId<IdempotencyTag>>(), 2, "other"));
                             return 0;
                           }}));
  EXPECT_TRUE(harness.all(kTasks).empty());
  EXPECT_TRUE(harness.tasks().empty());
}

// --- the chain of batches
// --------------------------------------------------------------------------------------------------------------------

std::string big_endian(std::int64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

TEST(Batch, EachRowFollowsTheHashBeforeIt) {
  Harness harness;
  for (int i = 0; i < 3; ++i) must(harness.run(Count{"S-" + std::to_string(i)}));
  harness.reopen();
  must(harness.run_together<Count>({{"S-1"}, {"S-2"}})[1]);
  const auto batches = harness.all(kBatches);
  ASSERT_EQ(batches.size(), 4U);
  std::string head;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    EXPECT_EQ(batches[i].number, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(batches[i].previous_hash.bytes, head);
    EXPECT_EQ(batches[i].hash.bytes, crypto::sha256(head + big_endian(batches[i].number)));
    EXPECT_EQ(batches[i].commands, i == 3 ? 2 : 1);
    head = batches[i].hash.bytes;
  }
}

TEST(Batch, ThatWritesNothingIsNotKept) {
  Harness harness;
  EXPECT_EQ(must(harness.run(Do<int>{{}, [](Decision&) -> Result<int> { return 5; }})), 5);
  EXPECT_TRUE(harness.all(kBatches).empty());
  EXPECT_EQ(harness.store().flushes, 0);
}

class Stubborn final : public BatchSeal {
 public:
  bool refuse = false;  // NOLINT(readability-identifier-naming)
  Result<void> recover(store::Reader&, WorkingSet&, int) override { return {}; }
  void load(Load& load) const override { load.first(kIdempotencyByKey, std::int64_t{9}, std::string("seal")); }
  Result<Contribution> seal(Decision& decision) override {
    if (refuse) return Error(errors::kInvariantBroken, "stubborn");
    if (decision.first(kIdempotencyByKey, std::int64_t{9}, std::string("seal")) == nullptr) {
      decision.insert(kIdempotency, record(decision.new_id<StrongId<IdempotencyTag>>(), 9, "seal"));
    }
    return Contribution{"digest", 3};
  }
};

TEST(Batch, ASealContributesToTheHashAndMayWriteRows) {
  Stubborn seal;
  Harness harness({&seal});
  must(harness.run(Count{"S-1"}));
  must(harness.run(Count{"S-1"}));
  const auto batches = harness.all(kBatches);
  EXPECT_EQ(batches.at(0).hash.bytes, crypto::sha256(big_endian(1) + "digest"));
  EXPECT_EQ(batches.at(0).vouchers, 3);
  EXPECT_EQ(harness.all(kIdempotency).size(), 2U);
}

TEST(Batch, ASealThatRefusesStopsTheEngineAndNothingHappened) {
  Stubborn seal;
  Harness harness({&seal});
  must(harness.run(Count{"S-1"}));
  const auto before = harness.content();
  seal.refuse = true;
  for (const auto& reply : harness.run_together<Count>({{"S-1"}, {"S-2"}}))
    EXPECT_EQ(code_of(reply), "engine.invariant_broken");
  EXPECT_FALSE(harness.going());
  EXPECT_EQ(harness.content(), before);
  EXPECT_EQ(harness.tasks().size(), 1U);
}

// --- when the store fails
// ---------------------------------------------------------------------------------------------------------------------

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

// --- recovery
// ---------------------------------------------------------------------------------------------------------------------------------

TEST(Recovery, BringsBackEveryTask) {
  Harness harness;
  for (int i = 0; i < 5; ++i) must(harness.run(enqueue("kind" + std::to_string(i), i)));
  const auto before = harness.tasks();
  harness.reopen();
  ASSERT_EQ(harness.tasks().size(), 5U);
  for (const auto& [id, row] : before) {
    EXPECT_EQ(harness.tasks().at(id).kind, row.kind);
    EXPECT_EQ(harness.tasks().at(id).due_at, row.due_at);
  }
}

TEST(Recovery, IdsNeverGoBackEvenWhenTheClockDoes) {
  Harness harness;
  std::int64_t last = 0;
  for (const std::int64_t step_ms : {0LL, 1LL, -1LL, -3600000LL, 0LL, 7200000LL, -86400000LL}) {
    harness.clock.advance_ms(step_ms);
    const auto id = must(harness.run(enqueue("kind"))).value;
    EXPECT_GT(id, last);
    last = id;
    harness.clock.advance_ms(-5000);
    harness.reopen();
  }
}

// --- parameters
// -------------------------------------------------------------------------------------------------------------------------------

TEST(Parameters, HoldFromTheirDateOn) {
  const Parameters parameters({{{1}, "payments.default_expiry", {20260201}, 100, {}},
                               {{2}, "payments.default_expiry", {20260101}, 200, {}},
                               {{3}, "tax.vat", {20260301}, 30000, {}}});
  struct Case {
    const char* name;
    int day;
    std::int64_t value;
  };
  for (const auto& c : {Case{"payments.default_expiry", 20251231, 900}, Case{"payments.default_expiry", 20260101, 200},
                        Case{"payments.default_expiry", 20260131, 200}, Case{"payments.default_expiry", 20260201, 100},
                        Case{"payments.default_expiry", 20300101, 100}, Case{"tax.vat", 20260228, 60000},
                        Case{"tax.vat", 20260301, 30000}, Case{"refunds.most_parts", 20260301, 50}}) {
    EXPECT_EQ(parameters.value(c.name, Date{c.day}), c.value) << c.name << " " << c.day;
  }
}

TEST(ParametersDeathTest, AnUnknownNameIsAFault) {
  EXPECT_DEATH(static_cast<void>(Parameters().value("no.such", Date{20260101})), "check.failed");
}

TEST(Parameters, DefaultsAreWithinTheirBoundsAndNamedOnce) {
  std::set<std::string_view> names;
  for (const auto& definition : parameter_catalogue()) {
    EXPECT_GE(definition.fallback, definition.least) << definition.name;
    EXPECT_LE(definition.fallback, definition.most) << definition.name;
    EXPECT_TRUE(names.insert(definition.name).second) << definition.name;
  }
}

TEST(SetParameter, IsSeenByTheNextBatchAndSurvivesARestart) {
  Harness harness;
  const auto value = [&] {
    return must(harness.run(Do<std::int64_t>{{}, [](Decision& decision) -> Result<std::int64_t> {
                                               return decision.context.parameter("refunds.most_parts");
                                             }}));
  };
  EXPECT_EQ(value(), 50);
  must(harness.run(SetParameter{"refunds.most_parts", 7, Date{20261122}}));
  must(harness.run(SetParameter{"refunds.most_parts", 9, Date{20261123}}));
  EXPECT_EQ(value(), 7);
  harness.reopen();
  EXPECT_EQ(value(), 7);
  harness.clock.advance_ms(14LL * 3600 * 1000);
  EXPECT_EQ(value(), 9);
  // The latest value given for a day counts.
  must(harness.run(SetParameter{"refunds.most_parts", 11, Date{20261123}}));
  EXPECT_EQ(value(), 11);
  harness.reopen();
  EXPECT_EQ(value(), 11) << "and still does after a restart";
}

TEST(SetParameter, EveryRefusal) {
  Harness harness;
  for (const auto& command :
       {SetParameter{"no.such", 1, Date{20261122}}, SetParameter{"refunds.most_parts", 0, Date{20261122}},
        SetParameter{"refunds.most_parts", 1001, Date{20261122}}}) {
    const auto reply = harness.run(command);
    EXPECT_EQ(code_of(reply), "value.invalid");
    EXPECT_EQ(reply.error().field(), command.name);
  }
  EXPECT_TRUE(harness.all(kParameters).empty());
}

}  // namespace
}  // namespace feiqian::engine
