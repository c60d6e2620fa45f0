#include "engine/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <thread>
#include <utility>

#include "engine/surely.h"
#include "engine/task_runner.h"
#include "engine/testing/harness.h"
#include "foundation/metrics.h"

namespace feiqian::engine {
namespace {

using testing::code_of;
using testing::Do;
using testing::kStart;
using testing::must;

Do<TaskId> enqueue(std::string kind = "kind") {
  return {{}, [=](Decision& decision) -> Result<TaskId> { return decision.enqueue(kind, 7, 0, decision.context.now); }};
}

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    const auto schema = store::sqlite_schema();
    const store::Migration migrations[] = {{1, "all", schema}};
    store_ = must(store::SqliteStore::open(directory_.file("a.db"), migrations, 4));
  }
  std::unique_ptr<Engine> started(Engine::Options options = {}, Engine::TaskListener listener = {}) {
    auto engine = std::make_unique<Engine>(*store_, clock_, seals_, options);
    must(engine->start(std::move(listener)));
    return engine;
  }
  /// The engine's thread waits in an answer until the returned promise is kept: what is submitted meanwhile queues.
  static std::shared_ptr<std::promise<void>> hold(Engine& engine) {
    auto go_on = std::make_shared<std::promise<void>>();
    auto held = std::make_shared<std::promise<void>>();
    engine.submit(enqueue(), [go_on, held](const Result<TaskId>&) {
      held->set_value();
      go_on->get_future().wait();
    });
    held->get_future().wait();
    return go_on;
  }

  testing::TempDirectory directory_;
  std::unique_ptr<store::SqliteStore> store_;
  ManualClock clock_{kStart};
  std::vector<BatchSeal*> seals_;
};

TEST_F(EngineTest, AnswersFromEveryThread) {
  const auto engine = started();
  std::vector<std::future<std::int64_t>> threads;
  for (int i = 0; i < 8; ++i) {
    threads.push_back(std::async(std::launch::async, [&] {
      std::int64_t last = 0;
      for (int k = 0; k < 50; ++k) {
        const auto id = must(engine->run(enqueue())).value;
        EXPECT_GT(id, last);
        last = id;
      }
      return last;
    }));
  }
  for (auto& thread : threads) EXPECT_GT(thread.get(), 0);
  EXPECT_EQ(must(store::Query(kTasks).limit(1000).run(*must(store_->open_reader()))).size(), 400U);
}

TEST_F(EngineTest, AFullQueueSaysSoAtOnceAndTheRestIsServed) {
  const auto engine = started({3, 8192});
  const auto go_on = hold(*engine);
  std::vector<std::future<Result<TaskId>>> waiting;
  for (int i = 0; i < 5; ++i) {
    auto promise = std::make_shared<std::promise<Result<TaskId>>>();
    waiting.push_back(promise->get_future());
    engine->submit(enqueue(), [promise](Result<TaskId> reply) { promise->set_value(std::move(reply)); });
  }
  EXPECT_EQ(engine->queue_depth(), 3U);
  for (std::size_t i = 3; i < 5; ++i) {
    const auto refused = waiting[i].get();
    EXPECT_EQ(code_of(refused), "engine.overloaded");
    EXPECT_EQ(refused.error().consequence(), Consequence::RetrySafe);
  }
  go_on->set_value();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(code_of(waiting[i].get()), "ok");
}

TEST_F(EngineTest, ABurstOfAHundredTimesTheQueueIsRefusedAtOnceButForWhatFits) {
  constexpr int kFits = 100, kBurst = 100 * kFits, kThreads = 4;
  Engine::Options options;
  options.queue_limit = kFits;
  const auto engine = started(options);
  const auto go_on = hold(*engine);
  std::atomic<int> refused_at_once{0}, done{0}, others{0};
  std::vector<std::future<void>> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.push_back(std::async(std::launch::async, [&] {
      for (int i = 0; i < kBurst / kThreads; ++i) {
        engine->submit(enqueue(), [&](const Result<TaskId>& reply) {
          const auto code = code_of(reply);
          ++(code == "ok" ? done : code == "engine.overloaded" ? refused_at_once : others);
        });
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(refused_at_once, kBurst - kFits) << "answered while the engine could not decide anything";
  EXPECT_EQ(engine->queue_depth(), static_cast<std::size_t>(kFits));
  go_on->set_value();
  while (engine->queue_depth() != 0) std::this_thread::yield();
  EXPECT_EQ(code_of(engine->run(enqueue())), "ok") << "and it takes commands again";
  engine->stop();
  EXPECT_EQ(done, kFits);
  EXPECT_EQ(others, 0);
}

TEST_F(EngineTest, WhatQueuedMeanwhileIsOneBatchUpToItsLimit) {
  auto engine = started({100, 4});
  const auto go_on = hold(*engine);
  for (int i = 0; i < 10; ++i) engine->submit(enqueue(), [](const Result<TaskId>&) {});
  go_on->set_value();
  engine->stop();
  std::vector<std::int32_t> sizes;
  for (const auto& batch : must(store::Query(kBatches).oldest_first().run(*must(store_->open_reader()))))
    sizes.push_back(batch.commands);
  EXPECT_EQ(sizes, (std::vector<std::int32_t>{1, 4, 4, 2}));
}

TEST_F(EngineTest, StopDecidesWhatIsQueuedAndRefusesTheRest) {
  const auto engine = started();
  const auto go_on = hold(*engine);
  int answered = 0;
  for (int i = 0; i < 5; ++i)
    engine->submit(enqueue(), [&](const Result<TaskId>& reply) { answered += reply.ok() ? 1 : 100; });
  go_on->set_value();
  engine->stop();
  EXPECT_EQ(answered, 5);
  EXPECT_EQ(code_of(engine->run(enqueue())), "engine.stopped");
  EXPECT_FALSE(engine->healthy());
  engine->stop();
}

TEST_F(EngineTest, BeforeTheStartNothingIsTaken) {
  Engine engine(*store_, clock_, {}, {});
  EXPECT_EQ(code_of(engine.run(enqueue())), "engine.stopped");
}

TEST_F(EngineTest, TheListenerGetsTheStoredTasksFirst) {
  {
    const auto engine = started();
    must(engine->run(enqueue("a")));
    must(engine->run(enqueue("b")));
  }
  std::vector<std::string> kinds;
  auto engine = started({}, [&](const TaskChanges& changes) {
    for (const auto& row : changes.upserts) kinds.push_back(row.kind);
  });
  must(engine->run(enqueue("c")));
  engine->stop();
  EXPECT_EQ(kinds, (std::vector<std::string>{"a", "b", "c"}));
}

class Refusing final : public BatchSeal {
  Result<void> recover(store::Reader&, WorkingSet&, int) override { return {}; }
  void load(Load&) const override {}
  Result<Contribution> seal(Decision&) override { return Error(errors::kInvariantBroken, "told to"); }
};

TEST_F(EngineTest, ABrokenInvariantStopsIt) {
  Refusing seal;
  seals_ = {&seal};
  const auto engine = started();
  EXPECT_EQ(code_of(engine->run(enqueue())), "engine.invariant_broken");
  // The worker stops taking commands right after that answer; until it has, a command gets the same refusal.
  while (engine->healthy()) EXPECT_NE(code_of(engine->run(enqueue())), "ok");
  EXPECT_EQ(code_of(engine->run(enqueue())), "engine.stopped");
}

TEST_F(EngineTest, WhatMustNotBeLostIsSubmittedAgainWhenTheQueueWasFull) {
  const auto engine = started({1, 8192});
  const auto go_on = hold(*engine);
  std::promise<void> served;
  engine->submit(enqueue(), [&](const Result<TaskId>&) { served.set_value(); });
  std::vector<std::function<void()>> timers;
  const Timer timer = [&](std::int64_t, std::function<void()> work) { timers.push_back(std::move(work)); };
  std::promise<std::string> done;
  submit_surely(*engine, timer, enqueue("surely"),
                [&](const Result<TaskId>& reply) { done.set_value(code_of(reply)); });
  ASSERT_EQ(timers.size(), 1U) << "overloaded: later again";
  go_on->set_value();
  served.get_future().wait();
  timers[0]();
  EXPECT_EQ(done.get_future().get(), "ok");
  engine->stop();
  std::promise<std::string> stopped;
  submit_surely(*engine, timer, enqueue("surely"),
                [&](const Result<TaskId>& reply) { stopped.set_value(code_of(reply)); });
  EXPECT_EQ(stopped.get_future().get(), "engine.stopped") << "not for ever";
  EXPECT_EQ(timers.size(), 1U);
}

// --- the runner of tasks
// ------------------------------------------------------------------------------------------------------------------------

/// A runner whose timer the test turns.
class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest()
      : runner_(clock_, [this](std::int64_t ms, std::function<void()> work) {
          timers_.emplace_back(clock_.now().plus_ms(ms).us, std::move(work));
        }) {}

  void handle(const std::string& kind, int at_once = 10, int per_lane = 10) {
    runner_.handle(kind, at_once, per_lane, [this](const TaskRow& task, std::function<void()> done) {
      begun_.push_back(task.kind + std::to_string(task.id.value));
      running_[task.id.value] = std::move(done);
    });
  }
  static TaskRow task(std::int64_t id, std::int64_t due_s = 0, std::string kind = "a", std::int64_t lane = 0) {
    return {TaskId{id}, std::move(kind), 1, lane, 0, kStart.plus_s(due_s), 0, kStart};
  }
  void add(std::vector<TaskRow> tasks) {
    runner_.apply({std::move(tasks), {}});
    turn();
  }
  void remove(std::int64_t id) {
    runner_.apply({{}, {TaskId{id}}});
    turn();
  }
  /// Runs every timer that is due, and those they set.
  void turn() {
    for (std::size_t i = 0; i < timers_.size();) {
      if (timers_[i].first > clock_.now().us) {
        ++i;
        continue;
      }
      const auto work = std::move(timers_[i].second);
      timers_.erase(timers_.begin() + static_cast<std::ptrdiff_t>(i));
      work();
      i = 0;
    }
  }
  void forward(std::int64_t s) {
    clock_.advance_ms(s * 1000);
    turn();
  }
  void finish(std::int64_t id) {
    const auto done = std::move(running_.at(id));
    running_.erase(id);
    done();
    turn();
  }
  std::vector<std::string> begun() { return std::exchange(begun_, {}); }

  using Names = std::vector<std::string>;
  ManualClock clock_{kStart};
  std::vector<std::pair<std::int64_t, std::function<void()>>> timers_;
  std::vector<std::string> begun_;
  std::map<std::int64_t, std::function<void()>> running_;
  TaskRunner runner_;
};

TEST_F(RunnerTest, TasksGatherUntilItBegins) {
  handle("a");
  add({task(1)});
  EXPECT_EQ(begun(), Names{});
  runner_.begin();
  turn();
  EXPECT_EQ(begun(), Names{"a1"});
}

TEST_F(RunnerTest, RunsEachWhenItIsDueInOrder) {
  handle("a");
  runner_.begin();
  add({task(3, 5), task(1, 10), task(2, 0), task(4, 5)});
  EXPECT_EQ(begun(), Names{"a2"});
  forward(4);
  EXPECT_EQ(begun(), Names{});
  forward(1);
  EXPECT_EQ(begun(), (Names{"a3", "a4"}));
  forward(60);
  EXPECT_EQ(begun(), Names{"a1"});
}

TEST_F(RunnerTest, AnEarlierTaskIsNotKeptWaitingByALaterTimer) {
  handle("a");
  runner_.begin();
  add({task(1, 100)});
  add({task(2, 3)});
  forward(3);
  EXPECT_EQ(begun(), Names{"a2"});
}

TEST_F(RunnerTest, OnlySoManyAtOnceAndInOneLane) {
  handle("a", 3, 2);
  runner_.begin();
  add({task(1, 0, "a", 7), task(2, 0, "a", 7), task(3, 0, "a", 7), task(4, 0, "a", 8), task(5, 0, "a", 8)});
  EXPECT_EQ(begun(), (Names{"a1", "a2", "a4"})) << "the third of lane 7 waits, lane 8 does not";
  remove(1);
  EXPECT_EQ(begun(), Names{}) << "still running";
  finish(1);
  EXPECT_EQ(begun(), Names{"a3"});
  remove(4);
  finish(4);
  EXPECT_EQ(begun(), Names{"a5"});
}

TEST_F(RunnerTest, ATaskThatWaitedIsPerformedAsItIsStoredNow) {
  std::map<std::int64_t, std::optional<TaskRow>> stored{
      {1, task(1, 5)}, {2, std::nullopt}, {3, task(3, 20)}, {4, task(4, 5)}, {5, task(5, 5)}};
  stored[4]->chain = 1;  // another node's now
  int lookups = 0;
  bool readable = true;
  runner_.confirm_with([&](TaskId id, const TaskRunner::Found& found) {
    ++lookups;
    if (readable) {
      found(stored.at(id.value));
    } else {
      found(Error(errors::kOverloaded));
    }
  });
  handle("a");
  runner_.begin();
  add({task(9)});
  EXPECT_EQ(begun(), Names{"a9"});
  EXPECT_EQ(lookups, 0) << "just committed here";
  add({task(1, 5), task(2, 5), task(3, 5), task(4, 5)});
  forward(5);
  EXPECT_EQ(begun(), Names{"a1"}) << "gone, put off, taken: not performed";
  forward(15);
  EXPECT_EQ(begun(), Names{"a3"});
  readable = false;
  add({task(5, 25)});
  forward(5);
  EXPECT_EQ(begun(), Names{}) << "not known: later";
  readable = true;
  forward(5);
  EXPECT_EQ(begun(), Names{"a5"});
  EXPECT_EQ(runner_.backlog(), 4U) << "9, 1, 3, 5";
}

TEST_F(RunnerTest, WorkDoesNotGrowWithWhatWaitsInAFullLane) {
  constexpr int kWaiting = 20000, kDone = 500;
  handle("a", 10, 2);
  runner_.begin();
  std::vector<TaskRow> tasks;
  for (int i = 1; i <= kWaiting; ++i) tasks.push_back(task(i, 0, "a", 7));
  tasks.push_back(task(kWaiting + 1, 0, "a", 8));
  add(std::move(tasks));
  EXPECT_EQ(begun(), (Names{"a1", "a2", "a20001"})) << "the other lane does not wait behind the full one";
  const auto before = runner_.looks();
  for (int i = 1; i <= kDone; ++i) {
    remove(i);
    finish(i);
  }
  EXPECT_EQ(begun().size(), static_cast<std::size_t>(kDone));
  EXPECT_LE(runner_.looks() - before, 3 * kDone);
  EXPECT_EQ(runner_.backlog(), static_cast<std::size_t>(kWaiting - kDone + 1));
}

TEST_F(RunnerTest, ATaskThatChangesItsKindAndLaneWhileItRunsLeavesThoseItRanIn) {
  handle("a", 1, 1);
  handle("b", 1, 1);
  runner_.begin();
  add({task(1, 0, "a", 7), task(2, 0, "a", 7)});
  EXPECT_EQ(begun(), Names{"a1"});
  add({task(1, 0, "b", 8)});
  EXPECT_EQ(begun(), Names{}) << "it still runs as it began";
  finish(1);
  EXPECT_EQ(begun(), (Names{"a2", "b1"}));
  finish(1);
  finish(2);
  forward(5);
  EXPECT_EQ(begun(), (Names{"a2", "b1"})) << "both have room again";
}

TEST_F(RunnerTest, MeasuresWhatThereIsByKindAndHowLongTheOldestIsOverdue) {
  handle("measured", 1, 1);
  runner_.begin();
  add({task(1, 0, "measured"), task(2, 5, "measured", 8), task(3, 60, "measured")});
  forward(12);
  runner_.measure();
  const auto measured = metrics::exposition();
  for (const std::string_view sample :
       {"feiqian_tasks{kind=\"measured\"} 3", "feiqian_tasks_running{kind=\"measured\"} 1",
        "feiqian_task_oldest_due_seconds{kind=\"measured\"} 7"}) {
    EXPECT_NE(measured.find(sample), std::string::npos) << sample;
  }
}

TEST_F(RunnerTest, KindsDoNotHinderEachOther) {
  handle("a", 1, 1);
  handle("b", 1, 1);
  runner_.begin();
  add({task(1, 0, "a"), task(2, 0, "a"), task(3, 0, "b")});
  EXPECT_EQ(begun(), (Names{"a1", "b3"}));
}

TEST_F(RunnerTest, ATaskWhoseOutcomeWasNotRecordedRunsAgainAfterAPause) {
  handle("a");
  runner_.begin();
  add({task(1)});
  EXPECT_EQ(begun(), Names{"a1"});
  finish(1);
  EXPECT_EQ(begun(), Names{});
  forward(4);
  EXPECT_EQ(begun(), Names{});
  forward(1);
  EXPECT_EQ(begun(), Names{"a1"});
}

TEST_F(RunnerTest, ATaskThatWasPutOffMeanwhileRunsWhenItIsDueThen) {
  handle("a");
  runner_.begin();
  add({task(1)});
  add({task(1, 30)});
  EXPECT_EQ(begun(), Names{"a1"}) << "never two at once";
  finish(1);
  forward(29);
  EXPECT_EQ(begun(), Names{});
  forward(1);
  EXPECT_EQ(begun(), Names{"a1"});
}

TEST_F(RunnerTest, ATaskErasedWhileItRanIsForgotten) {
  handle("a");
  runner_.begin();
  add({task(1)});
  remove(1);
  EXPECT_EQ(runner_.backlog(), 1U) << "its executor is still at work";
  finish(1);
  EXPECT_EQ(runner_.backlog(), 0U);
  forward(60);
  EXPECT_EQ(begun(), Names{"a1"});
}

TEST_F(RunnerTest, ATaskErasedBeforeItIsDueNeverRuns) {
  handle("a");
  runner_.begin();
  add({task(1, 5)});
  remove(1);
  remove(99);
  forward(60);
  EXPECT_EQ(begun(), Names{});
  EXPECT_EQ(runner_.backlog(), 0U);
}

TEST_F(RunnerTest, ATaskThatIsMovedIsDueAtItsNewTimeOnly) {
  handle("a");
  runner_.begin();
  add({task(1, 5)});
  add({task(1, 20)});
  forward(5);
  EXPECT_EQ(begun(), Names{});
  add({task(1, 6)});
  forward(1);
  EXPECT_EQ(begun(), Names{"a1"});
}

TEST_F(RunnerTest, DoneCountsOnce) {
  handle("a", 1, 1);
  runner_.begin();
  add({task(1), task(2), task(3)});
  const auto done = running_.at(1);
  remove(1);
  done();
  done();
  turn();
  EXPECT_EQ(begun(), (Names{"a1", "a2"}));
}

TEST_F(RunnerTest, AKindThatNobodyHandlesIsLeftAlone) {
  handle("a");
  runner_.begin();
  add({task(1, 0, "unknown"), task(2)});
  EXPECT_EQ(begun(), Names{"a2"});
}

TEST_F(RunnerTest, AfterStopNothingBegins) {
  handle("a");
  runner_.begin();
  runner_.stop();
  add({task(1)});
  forward(60);
  EXPECT_EQ(begun(), Names{});
}

}  // namespace
}  // namespace feiqian::engine
