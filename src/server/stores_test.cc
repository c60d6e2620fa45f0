// Both stores behind one seam: what the engine may rely on, on SQLite and, when FEIQIAN_TEST_POSTGRES names a server,
// on PostgreSQL; and what several workers on one database must not do to each other.
#include "server/stores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "engine/take_over.h"
#include "engine/testing/harness.h"
#include "payments/tables.h"
#include "server/migrations.h"
#include "store/postgres_migrate.h"
#include "store/postgres_schema.h"
#include "store/postgres_store.h"

namespace feiqian::server {
namespace {

using engine::Chain;
using engine::IdempotencyRow;
using engine::kIdempotency;
using engine::kIdempotencyByKey;
using engine::kTasks;
using engine::TaskId;
using engine::TaskRow;
using engine::testing::code_of;
using engine::testing::Do;
using engine::testing::kStart;
using engine::testing::must;

const char* test_server() {
  return std::getenv("FEIQIAN_TEST_POSTGRES");
}

/// An empty database of its own, dropped at the end.
class TestDatabase {
 public:
  TestDatabase() : server_(test_server()) {
    static int count = 0;
    name_ = "unit_" + std::to_string(getpid()) + "_" + std::to_string(++count);
    must(must(store::PostgresConnection::open(server_)).execute("CREATE DATABASE " + name_));
  }
  ~TestDatabase() {
    if (auto connection = store::PostgresConnection::open(server_))
      static_cast<void>(connection->execute("DROP DATABASE " + name_ + " WITH (FORCE)").ok());
  }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  std::string url() const { return server_.substr(0, server_.rfind('/')) + "/" + name_; }

 private:
  std::string server_;
  std::string name_;
};

enum class Kind { Sqlite, Postgres };

class AnyStore : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::Postgres) {
      if (test_server() == nullptr) GTEST_SKIP() << "FEIQIAN_TEST_POSTGRES is not set";
      database_.emplace();
    }
    settings_.data_directory = directory_.path();
    if (database_) settings_.store_url = database_->url();
    settings_.cache_mib = 4;
    store_ = must(open_store(settings_));
  }

  template <class Row>
  static store::TableWrites inserting(const store::Table<Row>& table, const std::vector<Row>& rows) {
    store::TableWrites writes{&table.info(), {}, {}, {}, {}, {}};
    for (const auto& row : rows) writes.inserts.push_back(&row);
    return writes;
  }
  Result<void> flush(const store::TableWrites& writes) { return store_->flush(std::span(&writes, 1)); }
  template <class Row>
  std::vector<Row> by_id(const store::Table<Row>& table, std::vector<std::int64_t> ids) {
    std::vector<Row> rows;
    const store::RowRequest request{&table.info(), std::move(ids), -1, {}, [&](const store::RowSource& source) {
                                      table.info().read(&rows.emplace_back(), source);
                                    }};
    must(store_->load(std::span(&request, 1)));
    store_->abandon();
    return rows;
  }
  template <class Index>
  std::vector<std::int64_t> ids_by_key(const Index& index, std::vector<store::IndexKey> keys) {
    std::vector<std::int64_t> ids;
    const store::RowRequest request{
        &index.table(), {}, index.position(), std::move(keys), [&](const store::RowSource& source) {
          ids.push_back(source.integer(0));
        }};
    must(store_->load(std::span(&request, 1)));
    store_->abandon();
    return ids;
  }

  engine::testing::TempDirectory directory_;
  std::optional<TestDatabase> database_;
  Settings settings_;
  std::unique_ptr<store::Store> store_;
};

/// An id of that shard.
constexpr std::int64_t id_in(int shard, std::int64_t n) {
  return (n << 23) | (std::int64_t{shard} << 13);
}

payments::PaymentRow payment(std::int64_t id, std::string order_no) {
  payments::PaymentRow row;
  row.id = {id};
  row.merchant = {id_in(shard_of(id), 1)};
  row.merchant_order_no = std::move(order_no);
  row.amount_minor = -5;
  row.currency = money::kCny;
  row.subject = "龙井茶 ' \" \\ {}";
  return row;
}

TEST_P(AnyStore, RowsComeBackAsTheyWereWritten) {
  auto full = payment(id_in(7, 3), "A");
  full.amount_minor = INT64_MAX;
  full.refunded_minor = INT64_MIN;
  full.store = parties::StoreId{9};
  full.paid_at = Timestamp{-1};
  must(flush(inserting(payments::kPayments, {full, payment(id_in(0, 4), "B")})));
  const IdempotencyRow record{{id_in(7, 5)}, id_in(7, 1), "", {std::string("\0\xff{,", 4)}, -1, "", kStart};
  must(flush(inserting(kIdempotency, {record})));

  const auto rows = by_id(payments::kPayments, {id_in(0, 4), id_in(7, 3), id_in(7, 99)});
  ASSERT_EQ(rows.size(), 2U);
  const auto& back = rows[0].id.value == full.id.value ? rows[0] : rows[1];
  EXPECT_EQ(back.amount_minor, INT64_MAX);
  EXPECT_EQ(back.refunded_minor, INT64_MIN);
  EXPECT_EQ(back.subject, full.subject);
  EXPECT_EQ(back.store, full.store);
  EXPECT_EQ(back.paid_at, full.paid_at);
  EXPECT_EQ(back.closed_at, std::nullopt);
  EXPECT_EQ(back.currency, money::kCny);
  const auto records = by_id(kIdempotency, {record.id.value});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].request_hash, record.request_hash);
  EXPECT_EQ(records[0].body, "");
}

TEST_P(AnyStore, KeysLeadToTheirRowsInOrderOfId) {
  must(flush(inserting(payments::kPayments,
                       {payment(id_in(5, 3), "C"), payment(id_in(5, 2), "B"), payment(id_in(6, 1), "C")})));
  const parties::MerchantId five{id_in(5, 1)}, six{id_in(6, 1)};
  const auto& by_no = payments::kPaymentByOrderNo;
  EXPECT_EQ(ids_by_key(by_no, {by_no.key(five, "C")}), std::vector{id_in(5, 3)});
  EXPECT_EQ(ids_by_key(by_no, {by_no.key(five, "X"), by_no.key(six, "C"), by_no.key(six, "B")}),
            std::vector{id_in(6, 1)});
  const auto& by_merchant = payments::kPaymentsByMerchant;
  EXPECT_EQ(ids_by_key(by_merchant, {by_merchant.key(five)}), (std::vector{id_in(5, 2), id_in(5, 3)}));
}

TEST_P(AnyStore, WritesChangeDeleteAndGrow) {
  std::vector<TaskRow> tasks;
  for (int i = 1; i <= 4; ++i) tasks.push_back({{id_in(i, i)}, "kind", 0, 100, 0, kStart, 0, kStart});
  must(flush(inserting(kTasks, tasks)));
  tasks[1].lane = 7;
  tasks[1].kind = "other";
  store::TableWrites writes{&kTasks.info(), {}, {&tasks[1]}, {tasks[0].id.value}, {}, {}};
  constexpr int kLane = 3, kTries = 6;
  writes.deltas = {{tasks[3].id.value, kLane, 5},
                   {tasks[2].id.value, kLane, -1},
                   {tasks[3].id.value, kTries, 2},
                   {tasks[3].id.value, kLane, 1}};
  must(flush(writes));
  EXPECT_TRUE(by_id(kTasks, {tasks[0].id.value}).empty());
  EXPECT_EQ(by_id(kTasks, {tasks[1].id.value}).at(0).kind, "other");
  EXPECT_EQ(by_id(kTasks, {tasks[1].id.value}).at(0).lane, 7);
  EXPECT_EQ(by_id(kTasks, {tasks[2].id.value}).at(0).lane, 99);
  EXPECT_EQ(by_id(kTasks, {tasks[3].id.value}).at(0).lane, 106);
  EXPECT_EQ(by_id(kTasks, {tasks[3].id.value}).at(0).tries, 2);
}

TEST_P(AnyStore, AFlushThatFailsLeavesNothing) {
  must(flush(inserting(payments::kPayments, {payment(id_in(5, 1), "A")})));
  const std::vector<TaskRow> tasks{{{1}, "kind", 0, 0, 0, kStart, 0, kStart}};
  const std::vector<payments::PaymentRow> twice{payment(id_in(5, 2), "A")};
  const store::TableWrites writes[] = {inserting(kTasks, tasks), inserting(payments::kPayments, twice)};
  const auto flushed = store_->flush(writes);
  ASSERT_FALSE(flushed.ok());
  EXPECT_EQ(flushed.error().consequence(), Consequence::RetrySafe);
  EXPECT_EQ(flushed.error().code(), GetParam() == Kind::Postgres ? "store.conflict" : "store.unavailable");
  EXPECT_TRUE(by_id(kTasks, {1}).empty());
  must(flush(inserting(kTasks, tasks)));
}

TEST_P(AnyStore, AReaderSelects) {
  std::vector<payments::PaymentRow> rows;
  for (int i = 1; i <= 6; ++i) rows.push_back(payment(id_in(i % 2, i), "N" + std::to_string(i)));
  must(flush(inserting(payments::kPayments, rows)));
  const auto reader = must(store_->open_reader());
  const auto numbers = [&](const store::Query<payments::PaymentRow>& query) {
    std::string text;
    for (const auto& row : must(query.run(*reader))) text += row.merchant_order_no.substr(1);
    return text;
  };
  using Operator = store::Selection::Condition::Operator;
  const store::Query all(payments::kPayments);
  EXPECT_EQ(numbers(all), "654321");
  EXPECT_EQ(numbers(store::Query(all).oldest_first().limit(2)), "12");
  EXPECT_EQ(numbers(store::Query(all).in_shard(1)), "531");
  const parties::MerchantId odd{id_in(1, 1)};
  EXPECT_EQ(numbers(store::Query(all).equal<&payments::PaymentRow::merchant>(odd)), "531");
  EXPECT_EQ(numbers(store::Query(all).equal<&payments::PaymentRow::merchant>(odd).where<&payments::PaymentRow::id>(
                Operator::Less, rows[4].id)),
            "31");
  EXPECT_EQ(numbers(store::Query(all).equal<&payments::PaymentRow::merchant_order_no>("N4")), "4");
  EXPECT_EQ(numbers(store::Query(all).limit(INT64_MAX)), "654321");
  must(reader->begin_snapshot());
  EXPECT_EQ(numbers(all), "654321");
  must(flush(inserting(payments::kPayments, {payment(id_in(0, 9), "N9")})));
  EXPECT_EQ(numbers(all), "654321");
  reader->end_snapshot();
  EXPECT_EQ(numbers(all), "9654321");
}

TEST_P(AnyStore, AWriteToARowThatIsNotThereIsRefused) {
  if (GetParam() == Kind::Sqlite) GTEST_SKIP() << "nobody else can have taken it away";
  const std::vector<TaskRow> tasks{{{1}, "kind", 0, 0, 0, kStart, 0, kStart},
                                   {{2}, "kind", 0, 0, 0, kStart, 0, kStart}};
  must(flush(inserting(kTasks, {tasks[0]})));
  constexpr int kLane = 3;
  store::TableWrites update{&kTasks.info(), {}, {&tasks[0], &tasks[1]}, {}, {}, {}};
  store::TableWrites erase{&kTasks.info(), {}, {}, {1, 2}, {}, {}};
  store::TableWrites grow{&kTasks.info(), {}, {}, {}, {{1, kLane, 5}, {2, kLane, 5}}, {}};
  for (const auto& writes : {update, erase, grow}) EXPECT_EQ(code_of(flush(writes)), "store.conflict");
  EXPECT_EQ(by_id(kTasks, {1}).at(0).lane, 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, AnyStore, ::testing::Values(Kind::Sqlite, Kind::Postgres),
                         [](const auto& kind) { return kind.param == Kind::Sqlite ? "Sqlite" : "Postgres"; });

// --- several workers on one database

class Shared : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test_server() == nullptr) GTEST_SKIP() << "FEIQIAN_TEST_POSTGRES is not set";
    database_.emplace();
  }
  std::unique_ptr<store::Store> open() {
    return must(store::PostgresStore::open(database_->url(), postgres_migrations()));
  }

  /// A worker without a thread.
  struct Worker {
    std::unique_ptr<store::Store> store;
    engine::BatchProcessor processor;
    bool going = true;

    Worker(std::unique_ptr<store::Store> s, const Clock& clock, const std::string& node)
        : store(std::move(s)), processor(*store, clock, {}, node) {
      must(processor.recover());
    }
    template <class R>
    Result<R> run(Do<R> command) {
      std::optional<Result<R>> reply;
      std::vector<std::unique_ptr<engine::Submission>> batch;
      batch.push_back(std::make_unique<engine::SubmissionOf<Do<R>>>(std::move(command),
                                                                    [&](Result<R> r) { reply.emplace(std::move(r)); }));
      going = processor.process(batch, [](const engine::TaskChanges&) {});
      return std::move(*reply);
    }
  };
  std::unique_ptr<Worker> worker(const std::string& node) { return std::make_unique<Worker>(open(), clock_, node); }

  static constexpr std::int64_t kScope = id_in(3, 1);
  /// Counts up one row that every worker changes.
  static Do<std::int32_t> count() {
    return {[](engine::Load& load) { load.first(kIdempotencyByKey, kScope, std::string("counter")); },
            [](engine::Decision& decision) -> Result<std::int32_t> {
              if (const auto* row = decision.first(kIdempotencyByKey, kScope, std::string("counter")))
                return ++decision.change(kIdempotency, row->id).status;
              const auto id = decision.new_id<StrongId<engine::IdempotencyTag>>(shard_of(kScope));
              decision.insert(kIdempotency, IdempotencyRow{id, kScope, "counter", {}, 1, "", kStart});
              return 1;
            }};
  }
  static Do<std::int64_t> new_task() {
    return {{}, [](engine::Decision& decision) -> Result<std::int64_t> {
              return decision.enqueue("kind", 7, 0, decision.context.now).value;
            }};
  }

  std::optional<TestDatabase> database_;
  ManualClock clock_{kStart};
};

TEST_F(Shared, WorkersThatChangeOneRowTakeTurns) {
  constexpr int kWorkers = 4, kEach = 100;
  std::vector<std::future<std::set<std::int32_t>>> threads;
  for (int i = 0; i < kWorkers; ++i) {
    threads.push_back(std::async(std::launch::async, [this, i] {
      const auto mine = worker("node " + std::to_string(i));
      std::set<std::int32_t> counts;
      for (int k = 0; k < kEach; ++k) counts.insert(must(mine->run(count())));
      return counts;
    }));
  }
  std::set<std::int32_t> all;
  for (auto& thread : threads) all.merge(thread.get());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kWorkers * kEach)) << "no number twice";
  EXPECT_EQ(*all.rbegin(), kWorkers * kEach);
}

TEST_F(Shared, IdsFollowTheOrderOfCommitsWhateverTheClocksSay) {
  ManualClock ahead(kStart.plus_s(3600));
  const auto behind_worker = worker("behind");
  const auto ahead_worker = std::make_unique<Worker>(open(), ahead, "ahead");
  const Do<std::int64_t> count_and_name{count().loading, [](engine::Decision& decision) -> Result<std::int64_t> {
                                          TRY(count().deciding(decision));
                                          return decision.new_id<TaskId>().value;
                                        }};
  std::int64_t last = 0;
  for (int i = 0; i < 6; ++i) {
    const auto id = must((i % 2 == 0 ? ahead_worker : behind_worker)->run(count_and_name));
    EXPECT_GT(id, last);
    last = id;
  }
}

TEST_F(Shared, EachNodeHasItsChainAndKeepsIt) {
  const auto first = worker("first");
  const auto second = worker("second");
  EXPECT_EQ(first->processor.chain_number(), 0);
  EXPECT_EQ(second->processor.chain_number(), 1);
  const auto id = must(second->run(new_task()));
  const auto again = std::make_unique<Worker>(open(), clock_, "second");
  EXPECT_EQ(again->processor.chain_number(), 1);
  EXPECT_GT(must(again->run(new_task())), id);
}

TEST_F(Shared, AWorkerWhoseChainWasTakenCannotCommit) {
  const auto zombie = worker("node");
  must(zombie->run(count()));
  const auto heir = worker("node");
  must(heir->run(count()));
  EXPECT_EQ(code_of(zombie->run(count())), "engine.lease_lost");
  EXPECT_EQ(code_of(zombie->run(new_task())), "ok") << "it has taken the chain again";
  EXPECT_EQ(code_of(heir->run(count())), "engine.lease_lost");
}

TEST_F(Shared, ACommitThatArrivesAfterItsChainWasTakenIsRefused) {
  // The interrupted transaction of a worker, still on its way when the same worker asks what became of it.
  auto late = open();
  Chain before(*late, clock_, "node");
  must(before.take());
  std::vector<store::TableWrites> writes;
  engine::BatchRow batch;
  batch.id = {id_in(0, 1)};
  batch.number = 1;
  before.write(writes, batch, false);
  auto asking = open();
  Chain after(*asking, clock_, "node");
  must(after.take());
  EXPECT_EQ(code_of(late->flush(writes)), "store.conflict");
  EXPECT_EQ(after.head_number(), 0);
}

TEST_F(Shared, ADatabaseThatLostCommitsIsNoticed) {
  const auto node = worker("node");
  must(node->run(count()));
  must(node->run(count()));
  auto connection = must(store::PostgresConnection::open(database_->url()));
  must(connection.execute("UPDATE worker SET head_number = head_number - 1"));
  EXPECT_EQ(code_of(node->run(count())), "engine.lease_lost");
}

TEST_F(Shared, ALostConnectionIsOpenedAgainAndTheBatchDoneAgain) {
  const auto node = worker("node");
  must(node->run(count()));
  const auto reader = must(node->store->open_reader());
  EXPECT_EQ(must(store::Query(kIdempotency).run(*reader)).size(), 1U);
  auto connection = must(store::PostgresConnection::open(database_->url()));
  must(connection.execute(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid()"));
  EXPECT_EQ(must(node->run(count())), 2);
  EXPECT_EQ(must(store::Query(kIdempotency).run(*reader)).size(), 1U);
}

TEST_F(Shared, ChangedReferenceDataIsReadAgain) {
  const auto one = worker("one");
  const auto two = worker("two");
  const parties::MerchantId id{id_in(3, 1)};
  const auto status = [&](Worker& on) {
    return must(on.run(Do<std::int32_t>{[&](engine::Load& load) { load.get(parties::kMerchants, id); },
                                        [&](engine::Decision& decision) -> Result<std::int32_t> {
                                          const auto* row = decision.get(parties::kMerchants, id);
                                          return row == nullptr ? 0 : static_cast<std::int32_t>(row->status);
                                        }}));
  };
  EXPECT_EQ(status(*two), 0) << "remembered as absent";
  must(one->run(Do<std::int32_t>{{}, [&](engine::Decision& decision) -> Result<std::int32_t> {
                                   decision.insert(
                                       parties::kMerchants,
                                       parties::MerchantRow{id, "M", parties::MerchantStatus::Active, "", {}, kStart});
                                   return 0;
                                 }}));
  EXPECT_EQ(status(*two), static_cast<std::int32_t>(parties::MerchantStatus::Active));
  const auto set = [&](Worker& on, parties::MerchantStatus to) {
    must(on.run(Do<std::int32_t>{[&](engine::Load& load) { load.get(parties::kMerchants, id); },
                                 [&](engine::Decision& decision) -> Result<std::int32_t> {
                                   decision.change(parties::kMerchants, id).status = to;
                                   return 0;
                                 }}));
  };
  set(*one, parties::MerchantStatus::Suspended);
  EXPECT_EQ(status(*two), static_cast<std::int32_t>(parties::MerchantStatus::Suspended));
  set(*two, parties::MerchantStatus::Active);
  EXPECT_EQ(status(*one), static_cast<std::int32_t>(parties::MerchantStatus::Active));
}

TEST_F(Shared, TasksOfADeadNodeAreTakenOverAndItsChainIsFree) {
  const auto dead = worker("dead");
  const TaskId task{must(dead->run(new_task()))};
  const auto alive = worker("alive");
  const auto reader = must(alive->store->open_reader());
  const auto row = [&] {
    return must(store::Query(engine::kWorkers).equal<&engine::WorkerRow::id>(engine::worker_of_chain(0)).first(*reader))
        .value();
  };
  const auto take_over = [&](std::vector<TaskId> tasks) {
    const engine::TakeOver command{0, row().epoch, std::move(tasks)};
    return must(alive->run(Do<std::int64_t>{[&](engine::Load& load) { command.load(load); },
                                            [&](engine::Decision& decision) { return command.decide(decision); }}));
  };
  EXPECT_EQ(take_over({task}), 0) << "its lease holds";
  clock_.set(clock_.now().plus_s(60));
  EXPECT_EQ(take_over({task}), 1);
  const auto taken = must(store::Query(kTasks).equal<&TaskRow::id>(task).first(*reader)).value();
  EXPECT_EQ(taken.chain, alive->processor.chain_number());
  EXPECT_EQ(taken.tries, 1);
  EXPECT_EQ(take_over({}), 0);
  EXPECT_EQ(row().lease_until, Timestamp());
  const auto heir = worker("new");
  EXPECT_EQ(heir->processor.chain_number(), 0);
  must(dead->run(count()));
  EXPECT_EQ(dead->processor.chain_number(), 2) << "not dead after all, but shut out of what was its chain";
}

TEST_F(Shared, TwoWaysOfMeetingEndInAConflictNotInALoss) {
  const auto make = [&](std::int64_t id) {
    const std::vector<TaskRow> rows{{{id}, "kind", 0, 0, 0, kStart, 0, kStart}};
    store::TableWrites writes{&kTasks.info(), {&rows[0]}, {}, {}, {}, {}};
    must(open()->flush(std::span(&writes, 1)));
  };
  make(1);
  make(2);
  auto a = open();
  auto b = open();
  const auto lock = [](store::Store& store, std::int64_t id) {
    const store::RowRequest request{&kTasks.info(), {id}, -1, {}, [](const store::RowSource&) {}};
    return store.load(std::span(&request, 1));
  };
  must(lock(*a, 1));
  must(lock(*b, 2));
  auto waiting = std::async(std::launch::async, [&] { return lock(*a, 2); });
  const auto second = lock(*b, 1);
  const auto first = waiting.get();
  EXPECT_NE(first.ok(), second.ok());
  EXPECT_EQ((first.ok() ? second : first).error().code(), "store.conflict");
}

TEST_F(Shared, NodesThatStartTogetherMigrateOnce) {
  std::vector<std::future<std::string>> starts;
  for (int i = 0; i < 4; ++i) {
    starts.push_back(std::async(std::launch::async, [this] {
      return code_of(store::PostgresStore::open(database_->url(), postgres_migrations()));
    }));
  }
  for (auto& start : starts) EXPECT_EQ(start.get(), "ok");
}

TEST_F(Shared, ADatabaseThatDiffersOrIsNewerIsRefused) {
  open();
  auto connection = must(store::PostgresConnection::open(database_->url()));
  must(connection.execute("INSERT INTO feiqian_schema VALUES (9, 'later', 9)"));
  EXPECT_EQ(code_of(store::PostgresStore::open(database_->url(), postgres_migrations())), "store.version");
  must(connection.execute("DELETE FROM feiqian_schema WHERE number = 9"));
  must(connection.execute("ALTER TABLE task ADD COLUMN surprise bigint"));
  EXPECT_EQ(code_of(store::PostgresStore::open(database_->url(), postgres_migrations())), "store.version");
}

/// What a later version knows besides: a column more, then its default less.
std::vector<store::Migration> later_migrations() {
  const auto released = postgres_migrations();
  std::vector<store::Migration> all(released.begin(), released.end());
  const int last = all.back().number;
  all.push_back(
      {last + 1, "more", "ALTER TABLE task ADD COLUMN more bigint NOT NULL DEFAULT 0", store::Phase::Expand, last});
  all.push_back(
      {last + 2, "less", "ALTER TABLE task ALTER COLUMN more DROP DEFAULT", store::Phase::Contract, last + 1});
  return all;
}

class Upgrade : public Shared {
 protected:
  Result<std::unique_ptr<store::PostgresStore>> start(std::span<const store::Migration> migrations,
                                                      const std::string& node) {
    return store::PostgresStore::open(database_->url(), migrations, node);
  }
  Result<std::vector<int>> contract(std::span<const store::Migration> migrations) {
    return store::contract_postgres_tables(*connection(), migrations);
  }
  Result<void> execute(const std::string& sql) { return connection()->execute(sql); }
  std::unique_ptr<store::PostgresConnection> connection() {
    return std::make_unique<store::PostgresConnection>(must(store::PostgresConnection::open(database_->url())));
  }

  std::vector<store::Migration> later_ = later_migrations();
  int last_ = later_[later_.size() - 3].number;
};

TEST_F(Upgrade, AnOldNodeGoesOnBesideANewOneAndStartsAgain) {
  const auto old_node = worker("old");
  must(old_node->run(new_task()));
  const auto newer = must(start(later_, "new"));
  must(old_node->run(new_task()));
  const auto again = must(start(postgres_migrations(), "old too"));
  const auto state = must(store::read_schema_state(*connection()));
  EXPECT_EQ(state.applied.back(), last_ + 1) << "the contraction waits";
  EXPECT_EQ(state.oldest_program, last_);
}

TEST_F(Upgrade, NothingIsTakenAwayWhileAnOlderNodeIsAtWork) {
  auto old_node = must(start(postgres_migrations(), "old"));
  const auto newer = must(start(later_, "new"));
  const auto refused = contract(later_);
  EXPECT_EQ(code_of(refused), "store.older_nodes");
  EXPECT_NE(refused.error().detail().find("old knows schema " + std::to_string(last_)), std::string::npos)
      << refused.error().detail();
  old_node.reset();
  EXPECT_EQ(must(contract(later_)), std::vector<int>{last_ + 2});
  EXPECT_EQ(must(contract(later_)), std::vector<int>{});
  const auto late = start(postgres_migrations(), "old");
  EXPECT_EQ(code_of(late), "store.version");
  EXPECT_NE(late.error().detail().find("know " + std::to_string(last_ + 1) + " or later"), std::string::npos)
      << late.error().detail();
}

TEST_F(Upgrade, ANodeThatWasKilledCountsAsLongAsItsLeaseHolds) {
  must(start(postgres_migrations(), "new"));
  must(execute("INSERT INTO feiqian_node VALUES ('killed', " + std::to_string(last_) + ", 0)"));
  const auto lease = [&](const std::string& until) {
    must(execute("DELETE FROM worker"));
    must(execute("INSERT INTO worker VALUES (0, 1, 'killed#1', 1, " + until + ", 0, '', 0)"));
  };
  must(start(later_, "new"));
  lease("(extract(epoch FROM now()) * 1000000)::bigint + 5000000");
  EXPECT_EQ(code_of(contract(later_)), "store.older_nodes");
  lease("(extract(epoch FROM now()) * 1000000)::bigint - 1");
  EXPECT_EQ(code_of(contract(later_)), "ok");
}

TEST_F(Upgrade, AMigrationThatANodeAtWorkCannotBearIsNotApplied) {
  const auto old_node = must(start(postgres_migrations(), "old"));
  later_[later_.size() - 2].oldest_program = 0;
  EXPECT_EQ(code_of(start(later_, "new")), "store.older_nodes");
  EXPECT_EQ(must(store::read_schema_state(*connection())).applied.back(), last_);
}

TEST_F(Upgrade, AReleaseAfterOneThatWasNotContractedIsRefused) {
  must(start(postgres_migrations(), "old"));
  later_.push_back(
      {last_ + 3, "further", "ALTER TABLE task ADD COLUMN further bigint", store::Phase::Expand, last_ + 2});
  const auto refused = start(later_, "new");
  EXPECT_EQ(code_of(refused), "store.version");
  EXPECT_NE(refused.error().detail().find("feiqian migrate --contract"), std::string::npos) << refused.error().detail();
  EXPECT_EQ(must(store::read_schema_state(*connection())).applied.back(), last_) << "all or none";
}

TEST_F(Upgrade, AColumnOfANewerVersionThatRowsNeedIsRefused) {
  must(start(postgres_migrations(), "old"));
  later_[later_.size() - 2].sql = "ALTER TABLE task ADD COLUMN more bigint NOT NULL";
  EXPECT_EQ(code_of(start(later_, "new")), "store.version") << "the program of this test does not describe it either";
  EXPECT_EQ(must(store::read_schema_state(*connection())).applied.back(), last_ + 1);
  EXPECT_EQ(code_of(start(postgres_migrations(), "old")), "store.version");
}

TEST_F(Shared, MigrationsMakeExactlyTheDescribedTables) {
  const auto described = store::postgres_schema();
  const store::Migration all[] = {{1, "all", described}};
  const TestDatabase other;
  open();
  must(store::PostgresStore::open(other.url(), all));
  const auto content = [](const std::string& url) {
    auto connection = must(store::PostgresConnection::open(url));
    store::PostgresStatement statement{
        "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable FROM "
        "information_schema.columns WHERE table_schema = 'public' UNION ALL SELECT indexdef FROM pg_indexes WHERE "
        "schemaname = 'public' ORDER BY 1"};
    const auto result = must(connection.query(statement, {}));
    std::vector<std::string> lines;
    for (int row = 0; row < result.rows(); ++row) lines.emplace_back(result.bytes(row, 0));
    return lines;
  };
  EXPECT_GT(content(other.url()).size(), 100U);
  EXPECT_EQ(content(database_->url()), content(other.url()));
}

TEST(PostgresUrl, IsShownWithoutItsPassword) {
  EXPECT_EQ(store::without_password("postgresql://u:secret@h:1,h2:2/db?x=y"), "postgresql://u@h:1,h2:2/db?x=y");
  EXPECT_EQ(store::without_password("postgresql://u@h/db"), "postgresql://u@h/db");
  EXPECT_EQ(store::without_password("postgresql://u@h/db?password=secret&x=y"), "postgresql://u@h/db?&x=y");
}

}  // namespace
}  // namespace feiqian::server
