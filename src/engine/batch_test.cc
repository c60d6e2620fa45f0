// Batches as if their commands ran one by one; their chain. When the store fails: store_failure_test.cc.
#include "engine/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <set>

#include "crypto/digest.h"
#include "engine/testing/harness.h"
#include "foundation/metrics.h"

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

TEST(Batch, ASlowCommandAndItsBatchAreLoggedByNameAndTimesOnly) {
  Harness harness;
  harness.processor().set_watch(3, 20);
  const auto enqueue_after = [&](std::chrono::milliseconds wait) {
    return must(harness.run(Do<std::int64_t>{{}, [wait](Decision& decision) -> Result<std::int64_t> {
                                               const auto end = std::chrono::steady_clock::now() + wait;
                                               while (std::chrono::steady_clock::now() < end) continue;
                                               return decision.enqueue("secret-kind", 7, 0, kStart).value;
                                             }}));
  };
  ::testing::internal::CaptureStderr();
  enqueue_after(std::chrono::milliseconds(60));
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log,
              ::testing::HasSubstr(R"("event":"engine.command_slow","command":"feiqian::engine::testing::Do<long>")"));
  EXPECT_THAT(log,
              ::testing::HasSubstr(R"("event":"engine.batch_slow","worker":3,"commands":1,"load_ms":0,"decide_ms":)"));
  EXPECT_THAT(log, ::testing::Not(::testing::HasSubstr("secret-kind")));
  EXPECT_THAT(metrics::exposition(), ::testing::HasSubstr("feiqian_engine_slow_total{worker=\"3\"} 2"));
  harness.processor().set_watch(3, 0);
  ::testing::internal::CaptureStderr();
  enqueue_after(std::chrono::milliseconds(60));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
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

std::string big_endian(std::int64_t value, int bytes_wide = 8) {
  std::string bytes;
  for (int shift = 8 * (bytes_wide - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}
/// As tables.h says it.
std::string documented_hash(const BatchRow& batch) {
  const auto& before = batch.previous_hash.bytes;
  return crypto::sha256(big_endian(static_cast<std::int64_t>(before.size()), 4) + before + big_endian(batch.chain) +
                        big_endian(batch.number) + big_endian(batch.committed_at.us) + big_endian(batch.commands) +
                        big_endian(batch.vouchers) + crypto::sha256(batch.root.bytes) +
                        crypto::sha256(batch.evidence.bytes));
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
    EXPECT_EQ(batches[i].hash.bytes, documented_hash(batches[i]));
    EXPECT_EQ(batches[i].root.bytes, "") << "no seal";
    EXPECT_EQ(batches[i].chain, 0);
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
  int recovered = 0;    // NOLINT(readability-identifier-naming)
  Result<void> recover(store::Reader&, WorkingSet&, int chain) override {
    EXPECT_EQ(chain, 0);
    ++recovered;
    return {};
  }
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
  EXPECT_EQ(batches.at(0).root.bytes, "digest");
  EXPECT_EQ(batches.at(0).vouchers, 3);
  for (const auto& batch : batches) EXPECT_EQ(batch.hash.bytes, documented_hash(batch));
  EXPECT_EQ(harness.all(kIdempotency).size(), 2U);
}

TEST(Batch, EveryColumnOfItsRecordIsInItsHash) {
  BatchRow batch{{1}, 0, 5, kStart, 2, 3, {"root"}, {"evidence"}, {"before"}, {}};
  std::set<std::string> hashes{batch_hash(batch)};
  const auto with = [&](const std::function<void(BatchRow&)>& change) {
    auto other = batch;
    change(other);
    EXPECT_TRUE(hashes.insert(batch_hash(other)).second);
  };
  with([](BatchRow& row) { row.chain = 1; });
  with([](BatchRow& row) { ++row.number; });
  with([](BatchRow& row) { ++row.committed_at.us; });
  with([](BatchRow& row) { ++row.commands; });
  with([](BatchRow& row) { ++row.vouchers; });
  with([](BatchRow& row) { row.root.bytes += "x"; });
  with([](BatchRow& row) { row.evidence.bytes += "x"; });
  with([](BatchRow& row) { row.previous_hash.bytes += "x"; });
  with([](BatchRow& row) { std::swap(row.root, row.evidence); });
}

TEST(Batch, ASealRecoversBeforeTheFirstBatchAndWhenTheHeadIsReadAnew) {
  Stubborn seal;
  Harness harness({&seal});
  EXPECT_EQ(seal.recovered, 1);
  must(harness.run(Count{"S-1"}));
  EXPECT_EQ(seal.recovered, 1);
  harness.reopen();
  EXPECT_EQ(seal.recovered, 2);
  harness.store().fault = FaultyStore::Fault::CommitDoneButUnknown;
  harness.store().reopen_fails = true;
  EXPECT_EQ(code_of(harness.run(Count{"S-1"})), "store.commit_unknown");
  harness.store().fault = FaultyStore::Fault::None;
  harness.store().reopen_fails = false;
  EXPECT_EQ(must(harness.run(Count{"S-1"})), 3);
  EXPECT_EQ(seal.recovered, 3);
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
    EXPECT_EQ(harness.tasks().at(id).tries, row.tries + 1) << "it may have been performed before";
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

}  // namespace
}  // namespace feiqian::engine
