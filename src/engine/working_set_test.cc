#include "engine/working_set.h"

#include <gtest/gtest.h>

#include "engine/command.h"
#include "engine/testing/harness.h"

namespace feiqian::engine {
namespace {

using testing::code_of;
using testing::Do;
using testing::Harness;
using testing::kStart;
using testing::must;

constexpr ErrorKind kRefused{"test.refused", Consequence::Declined, "Refused."};

TaskId make(Harness& harness, std::int64_t lane) {
  return must(harness.run(
      Do<TaskId>{{}, [=](Decision& decision) -> Result<TaskId> { return decision.enqueue("kind", 1, lane, kStart); }}));
}

Do<int> with(TaskId id, std::function<void(Decision&)> change, bool refuse = false) {
  return {[id](Load& load) { load.get(kTasks, id); },
          [=](Decision& decision) -> Result<int> {
            change(decision);
            if (refuse) return Error(kRefused);
            return 0;
          }};
}
std::function<void(Decision&)> add(TaskId id, std::int64_t amount) {
  return [=](Decision& decision) { decision.add<&TaskRow::lane>(kTasks, id, amount); };
}
std::function<void(Decision&)> raise(TaskId id, std::int64_t amount) {
  return [=](Decision& decision) { decision.change(kTasks, id).lane += amount; };
}

TEST(Deltas, AddUpOverCommandsAndBatches) {
  Harness harness;
  const auto id = make(harness, 100);
  for (const auto& reply :
       harness.run_together<Do<int>>({with(id, add(id, 1)), with(id, add(id, 2)), with(id, add(id, -10))}))
    must(reply);
  EXPECT_EQ(harness.get(kTasks, id).lane, 93);
  must(harness.run(with(id, add(id, 7))));
  EXPECT_EQ(harness.get(kTasks, id).lane, 100);
}

TEST(Deltas, AreUndoneWithTheirCommand) {
  Harness harness;
  const auto id = make(harness, 100);
  const auto replies =
      harness.run_together<Do<int>>({with(id, add(id, 1)), with(id, add(id, 1000), true), with(id, add(id, 2))});
  EXPECT_EQ(code_of(replies[1]), "test.refused");
  EXPECT_EQ(harness.get(kTasks, id).lane, 103);
  // What is in memory is what is in the file.
  must(harness.run(with(id, [&](Decision& decision) { EXPECT_EQ(decision.get(kTasks, id)->lane, 103); })));
}

TEST(Deltas, AreSeenByLaterCommandsOfTheBatch) {
  Harness harness;
  const auto id = make(harness, 100);
  std::int64_t seen = 0;
  for (const auto& reply : harness.run_together<Do<int>>(
           {with(id, add(id, 5)), with(id, [&](Decision& decision) { seen = decision.get(kTasks, id)->lane; })})) {
    must(reply);
  }
  EXPECT_EQ(seen, 105);
}

TEST(Deltas, AndChangesOfOneRowAreWrittenOnce) {
  using Step = std::function<std::function<void(Decision&)>(TaskId, std::int64_t)>;
  const Step steps[] = {add, raise};
  // Every order of three deltas and changes, each alone refused or not.
  for (int order = 0; order < 8; ++order) {
    for (int refused = 0; refused < 8; ++refused) {
      Harness harness;
      const auto id = make(harness, 100);
      std::int64_t expected = 100;
      std::vector<Do<int>> commands;
      for (int i = 0; i < 3; ++i) {
        const std::int64_t amount = i == 0 ? 1 : i == 1 ? 10 : 1000;
        const bool refuse = ((refused >> i) & 1) != 0;
        commands.push_back(with(id, steps[(order >> i) & 1](id, amount), refuse));
        if (!refuse) expected += amount;
      }
      harness.run_together(commands);
      EXPECT_EQ(harness.get(kTasks, id).lane, expected) << order << " " << refused;
      std::int64_t seen = 0;
      must(harness.run(with(id, [&](Decision& decision) { seen = decision.get(kTasks, id)->lane; })));
      EXPECT_EQ(seen, expected) << order << " " << refused;
    }
  }
}

TEST(Deltas, OfARowMadeInTheSameBatch) {
  Harness harness;
  const auto id = must(harness.run(Do<TaskId>{{}, [](Decision& decision) -> Result<TaskId> {
                                                const auto made = decision.enqueue("kind", 1, 100, kStart);
                                                decision.add<&TaskRow::lane>(kTasks, made, 5);
                                                return made;
                                              }}));
  EXPECT_EQ(harness.get(kTasks, id).lane, 105);
}

TEST(Deltas, AreSeenInARowThatIsReadAfterThem) {
  for (const bool refused : {false, true}) {
    Harness harness;
    const auto id = make(harness, 100);
    harness.reopen();  // the row is not in memory
    Do<int> unread = with(id, add(id, 5), refused);
    unread.loading = {};
    std::int64_t seen = 0;
    const auto see = with(id, [&](Decision& decision) { seen = decision.get(kTasks, id)->lane; });
    harness.run_together<Do<int>>({unread, see, with(id, raise(id, 10))});
    EXPECT_EQ(seen, refused ? 100 : 105);
    EXPECT_EQ(harness.get(kTasks, id).lane, refused ? 110 : 115);
  }
}

// --- groups
// -------------------------------------------------------------------------------------------------------------------------------

constexpr std::int64_t kScope = 1;

std::vector<std::string> keys(Harness& harness) {
  std::vector<std::string> keys;
  for (const auto& row : harness.all(kIdempotency)) keys.push_back(row.idempotency_key);
  return keys;
}

Do<int> put(std::string key, bool refuse = false) {
  return {[key](Load& load) { load.first(kIdempotencyByKey, kScope, key); },
          [key, refuse](Decision& decision) -> Result<int> {
            if (decision.first(kIdempotencyByKey, kScope, key) != nullptr) return 2;
            decision.insert(
                kIdempotency,
                IdempotencyRow{decision.new_id<StrongId<IdempotencyTag>>(), kScope, key, {}, 0, "", kStart});
            if (decision.first(kIdempotencyByKey, kScope, key) == nullptr) return 3;
            if (refuse) return Error(kRefused);
            return 1;
          }};
}
Do<int> drop(std::string key, bool refuse = false) {
  return {[key](Load& load) { load.first(kIdempotencyByKey, kScope, key); },
          [key, refuse](Decision& decision) -> Result<int> {
            const auto* found = decision.first(kIdempotencyByKey, kScope, key);
            if (found == nullptr) return 2;
            decision.erase(kIdempotency, found->id);
            if (decision.first(kIdempotencyByKey, kScope, key) != nullptr) return 3;
            if (refuse) return Error(kRefused);
            return 1;
          }};
}

TEST(Groups, FollowInsertionErasureAndUndo) {
  struct Case {
    std::vector<Do<int>> commands;
    std::vector<std::string> replies;
    std::vector<std::string> left;
  };
  const auto words = [](const std::vector<Result<int>>& replies) {
    std::vector<std::string> said;
    for (const auto& reply : replies) said.push_back(reply ? std::to_string(reply.value()) : "refused");
    return said;
  };
  for (const bool in_file : {false, true}) {
    const std::vector<Case> cases{
        {{put("a")}, {in_file ? "2" : "1"}, {"a"}},
        {{put("a", true), put("a")}, {in_file ? "2" : "refused", in_file ? "2" : "1"}, {"a"}},
        {{put("a"), drop("a")}, {in_file ? "2" : "1", "1"}, {}},
        {{put("a"), drop("a"), put("a")}, {in_file ? "2" : "1", "1", "1"}, {"a"}},
        {{put("a"), drop("a", true), put("a")}, {in_file ? "2" : "1", "refused", "2"}, {"a"}},
        {{drop("a"), drop("a")}, {in_file ? "1" : "2", "2"}, {}},
        {{drop("a", true), drop("a")}, {in_file ? "refused" : "2", in_file ? "1" : "2"}, {}},
        {{put("b"), put("a"), drop("b")}, {"1", in_file ? "2" : "1", "1"}, {"a"}},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
      for (const bool cached : {false, true}) {
        Harness harness;
        if (in_file) must(harness.run(put("a")));
        if (!cached) harness.reopen();
        EXPECT_EQ(words(harness.run_together(cases[i].commands)), cases[i].replies) << i << in_file << cached;
        EXPECT_EQ(keys(harness), cases[i].left) << i << in_file << cached;
      }
    }
  }
}

TEST(Groups, RowsOfTheFileAndOfTheBatchAreOneGroup) {
  // The group is asked for after the batch has put a row of its own there.
  Harness harness;
  must(harness.run(put("pointer")));
  must(harness.run(put("a")));
  harness.reopen();
  int found = 0;
  const Do<int> late{[](Load& load) {
                       if (load.first(kIdempotencyByKey, kScope, std::string("trigger")) != nullptr)
                         load.first(kIdempotencyByKey, kScope, std::string("b"));
                     },
                     [&](Decision& decision) -> Result<int> {
                       found = decision.first(kIdempotencyByKey, kScope, std::string("b")) != nullptr ? 1 : 0;
                       return 0;
                     }};
  for (const auto& reply : harness.run_together<Do<int>>({put("b"), put("trigger"), late})) must(reply);
  EXPECT_EQ(found, 1);
}

/// Rows of one table, with the file beside them.
class RowsTest : public ::testing::Test {
 protected:
  RowsTest() {
    const auto schema = store::sqlite_schema();
    const store::Migration migrations[] = {{1, "all", schema}};
    store_ = must(store::SqliteStore::open(directory_.file("a.db"), migrations, 8));
  }
  static Result<void> load(Rows<IdempotencyRow>& rows, store::Store& store) {
    std::vector<store::RowRequest> requests;
    rows.ask(requests);
    return store.load(requests);
  }
  /// Ten rows, k1 … k10, committed.
  void fill(Rows<IdempotencyRow>& rows) {
    for (int i = 1; i <= 10; ++i) rows.want(0, kIdempotencyByKey.key(kScope, "k" + std::to_string(i)));
    must(load(rows, *store_));
    for (int i = 1; i <= 10; ++i)
      rows.insert({StrongId<IdempotencyTag>{i}, kScope, "k" + std::to_string(i), {}, 0, "", kStart});
    rows.keep_command();
    std::vector<store::TableWrites> writes;
    rows.collect(writes);
    must(store_->flush(writes));
    rows.committed();
  }
  static bool is_here(Rows<IdempotencyRow>& rows, std::int64_t id) {
    bool known = false;
    return rows.find(id, known) != nullptr;
  }
  static store::TableInfo like_idempotency(store::Residency residency) {
    auto info = kIdempotency.info();
    info.residency = residency;
    return info;
  }

  testing::TempDirectory directory_;
  std::unique_ptr<store::SqliteStore> store_;
};

TEST_F(RowsTest, AreForgottenWhenThereAreTooManyAndComeBackFromTheFile) {
  Rows<IdempotencyRow> rows(kIdempotency.info());
  fill(rows);
  bool known = false;
  rows.trim(true, 10);
  EXPECT_NE(rows.find(3, known), nullptr);
  rows.trim(true, 9);
  EXPECT_EQ(rows.find(3, known), nullptr);
  EXPECT_FALSE(known) << "not known to be absent";
  rows.want(3);
  must(load(rows, *store_));
  ASSERT_NE(rows.find(3, known), nullptr);
  EXPECT_EQ(rows.find(3, known)->row.idempotency_key, "k3");
  rows.want(99);
  must(load(rows, *store_));
  EXPECT_EQ(rows.find(99, known), nullptr);
  EXPECT_TRUE(known) << "known to be absent";
}

TEST_F(RowsTest, StayBetweenBatchesAsTheirResidencySays) {
  using enum store::Residency;
  struct Case {
    const char* name;
    store::Residency residency;
    bool exclusive;
    std::size_t most;
    bool stays;
  };
  for (const auto& c :
       {Case{"passing, alone", Passing, true, 10, true}, Case{"passing, too many", Passing, true, 9, false},
        Case{"passing, others write", Passing, false, 10, false}, Case{"resident, alone", Resident, true, 1, true},
        Case{"resident, others write", Resident, false, 1, true}, Case{"steady, alone", Steady, true, 10, true},
        Case{"steady, too many", Steady, true, 9, false}, Case{"steady, others write", Steady, false, 10, true},
        Case{"steady, others write and too many", Steady, false, 9, false}}) {
    const auto info = like_idempotency(c.residency);
    Rows<IdempotencyRow> rows(info);
    fill(rows);
    ASSERT_TRUE(is_here(rows, 3)) << c.name;
    rows.trim(c.exclusive, c.most);
    EXPECT_EQ(is_here(rows, 3), c.stays) << c.name;
    EXPECT_EQ(rows.group(0, kIdempotencyByKey.key(kScope, "k3")) != nullptr, c.stays) << c.name;
    must(store_->load({}));
    const store::TableWrites clean{&info, {}, {}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {}, {}};
    must(store_->flush({&clean, 1}));
  }
}

TEST_F(RowsTest, ThatAreOnlyWrittenAreDroppedWithTheCommit) {
  const auto info = like_idempotency(store::Residency::Written);
  Rows<IdempotencyRow> rows(info);
  fill(rows);
  EXPECT_FALSE(is_here(rows, 3));
}

TEST_F(RowsTest, AreAskedForOnceInARoundHoweverOften) {
  Rows<IdempotencyRow> rows(kIdempotency.info());
  for (int i = 0; i < 3; ++i) {
    rows.want(7);
    rows.want(0, kIdempotencyByKey.key(kScope, "a"));
    rows.want(0, kIdempotencyByKey.key(kScope, "b"));
  }
  std::vector<store::RowRequest> requests;
  rows.ask(requests);
  ASSERT_EQ(requests.size(), 2U) << "by ids and by keys";
  EXPECT_EQ(requests[0].ids, std::vector<std::int64_t>{7});
  EXPECT_EQ(requests[0].index, -1);
  EXPECT_EQ(requests[1].index, 0);
  EXPECT_EQ(requests[1].keys.size(), 2U);
  must(store_->load(requests));
  requests.clear();
  rows.want(7);
  rows.want(0, kIdempotencyByKey.key(kScope, "b"));
  rows.ask(requests);
  EXPECT_TRUE(requests.empty()) << "known already";
  store_->abandon();
}

// --- parts
// --------------------------------------------------------------------------------------------------------------------------------

/// Counts what it is told.
class Counting final : public RowsBase {
 public:
  int written = 0, kept = 0, undone = 0, commits = 0, forgotten = 0,
      trims = 0;  // NOLINT(readability-identifier-naming)
  void write() {
    touch();
    ++written;
  }
  void ask(std::vector<store::RowRequest>&) override {}
  void keep_command() override { ++kept; }
  void undo_command() override { ++undone; }
  void collect(std::vector<store::TableWrites>&) override {}
  void testify(Evidence&) override {}
  void committed() override { ++commits; }
  void forget() override { ++forgotten; }
  void trim(bool, std::size_t) override { ++trims; }
};
class Another final : public RowsBase {
 public:
  void ask(std::vector<store::RowRequest>&) override {}
  void keep_command() override {}
  void undo_command() override {}
  void collect(std::vector<store::TableWrites>&) override {}
  void testify(Evidence&) override {}
  void committed() override {}
  void forget() override {}
  void trim(bool, std::size_t) override {}
};

TEST(Parts, LiveAsLongAsTheRowsAndHearOfCommandsThatWroteToThem) {
  Harness harness;
  Counting* part = nullptr;
  const auto run = [&](bool write, bool refuse) {
    return Do<int>{{}, [&part, write, refuse](Decision& decision) -> Result<int> {
                     part = &decision.part<Counting>();
                     EXPECT_NE(static_cast<void*>(part), static_cast<void*>(&decision.part<Another>()));
                     EXPECT_EQ(part, &decision.part<Counting>());
                     if (write) part->write();
                     if (write) part->write();
                     decision.enqueue("kind", 1, 0, kStart);
                     if (refuse) return Error(kRefused);
                     return 0;
                   }};
  };
  harness.run_together<Do<int>>({run(true, false), run(false, false), run(true, true), run(false, true)});
  ASSERT_NE(part, nullptr);
  EXPECT_EQ(part->written, 4);
  EXPECT_EQ(part->kept, 1);
  EXPECT_EQ(part->undone, 1) << "a command that did not write to it has nothing to undo";
  EXPECT_EQ(part->commits, 1);
  EXPECT_EQ(part->trims, 1);
  const int forgotten = part->forgotten;
  harness.store().fault = testing::FaultyStore::Fault::FlushRefused;
  EXPECT_EQ(code_of(harness.run(run(true, false))), "store.unavailable");
  EXPECT_EQ(part->commits, 1);
  EXPECT_GT(part->forgotten, forgotten);
}

TEST(RowsDeathTest, AUniqueKeyMustBeAskedForAndFree) {
  Rows<IdempotencyRow> rows(kIdempotency.info());
  EXPECT_DEATH(rows.insert({StrongId<IdempotencyTag>{1}, kScope, "a", {}, 0, "", kStart}), "check.failed");
}

}  // namespace
}  // namespace feiqian::engine
