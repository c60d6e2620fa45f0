// Payments through the engine, on SQLite or, with FEIQIAN_BENCH_STORE, in an empty PostgreSQL database: create (with
// attempt and outbox rows) and pay (vouchers, entries, event, outbox), each durable before its answer, with a fixed
// number in flight. Beside it what the disk and SQLite alone do on the same machine.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "channels/registry.h"
#include "engine/engine.h"
#include "ledger/books.h"
#include "ledger/post_vouchers.h"
#include "ledger/seal.h"
#include "parties/merchants.h"
#include "payments/create_payment.h"
#include "payments/record_outcome.h"
#include "server/migrations.h"
#include "store/postgres_store.h"
#include "store/sqlite_store.h"

namespace {

using namespace feiqian;  // NOLINT(google-build-using-namespace)

std::string bench_directory() {
  const char* given = std::getenv("FEIQIAN_BENCH_DIR");
  std::string directory = given != nullptr ? given : "build/bench-data";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  return directory;
}

/// An empty store: every table of the database that FEIQIAN_BENCH_STORE names is dropped.
std::unique_ptr<store::Store> bench_store() {
  const char* url = std::getenv("FEIQIAN_BENCH_STORE");
  if (url == nullptr)
    return store::SqliteStore::open(bench_directory() + "/bench.db", server::migrations(), 256).value();
  auto connection = store::PostgresConnection::open(url).value();
  connection.execute("DROP SCHEMA public CASCADE").value();
  connection.execute("CREATE SCHEMA public").value();
  connection.execute("CHECKPOINT").value();
  return store::PostgresStore::open(url, server::postgres_migrations()).value();
}

/// Further workers of the engine in a shared store, as FEIQIAN_BENCH_WORKERS says.
class MoreWorkers {
 public:
  explicit MoreWorkers(engine::Engine& engine) {
    const char* url = std::getenv("FEIQIAN_BENCH_STORE");
    const char* count = std::getenv("FEIQIAN_BENCH_WORKERS");
    for (int i = 1; url != nullptr && i < (count == nullptr ? 1 : std::atoi(count)); ++i) {
      auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
      worker.store = store::PostgresStore::open(url, server::postgres_migrations()).value();
      engine.add_worker(*worker.store, {&worker.seal});
    }
  }

 private:
  struct Worker {
    ledger::LedgerSeal seal;
    std::unique_ptr<store::Store> store;
  };
  std::vector<std::unique_ptr<Worker>> workers_;
};

/// A platform without listeners: one merchant, one channel, prices.
class Bench {
 public:
  Bench() : store_(bench_store()), engine_(*store_, clock_, {&seal_}, {}) {
    engine_.start(nullptr).value();
    merchant_ = engine_.run(parties::CreateMerchant{"Bench", "http://127.0.0.1:9/"}).value();
    parties::ContractRow terms;
    terms.merchant = merchant_;
    terms.methods = "alipay";
    terms.most_minor = 10000000;
    terms.effective_from = Date{20250101};
    const auto contract = engine_.run(parties::CreateContract{terms}).value();
    const auto channel = engine_.run(channels::RegisterChannel{"alipay", true}).value();
    for (const auto& [list, ppm] : {std::pair{contract.value, 6000}, std::pair{channel.value, 2000}}) {
      pricing::FeeRuleRow rule;
      rule.price_list = list;
      rule.rate_ppm = ppm;
      rule.effective_from = Date{20250101};
      engine_.run(pricing::CreateFeeRule{rule}).value();
    }
  }
  ~Bench() {
    engine_.stop();
    const auto reader = store_->open_reader().value();
    const auto verified = ledger::verify(*reader).value();
    if (!verified.problems.empty()) std::abort();
  }

  /// `count` payments, at most `in_flight` at once.
  void pay(std::int64_t count, std::int64_t in_flight) {
    started_ = 0;
    finished_ = 0;
    count_ = count;
    for (std::int64_t i = 0; i < std::min(count, in_flight); ++i) next();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return finished_ == count; });
  }

 private:
  /// In no order, as the numbers of many merchants are.
  static std::string order_no(std::int64_t serial) {
    auto mixed = static_cast<std::uint64_t>(serial) * 0x9e3779b97f4a7c15ULL;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ULL;
    return fmt::format("{:016x}", mixed ^ (mixed >> 32));
  }
  void next() {
    if (started_.fetch_add(1) >= count_) return;
    payments::CreatePayment create;
    create.merchant = merchant_;
    create.merchant_order_no = order_no(++serial_);
    create.amount = {12800, money::kCny};
    create.subject = "龙井茶 250 克";
    create.mode = payments::Mode::Qr;
    create.method = "alipay";
    engine_.submit(std::move(create), [this](const Result<payments::PaymentView>& made) {
      payments::RecordOutcome paid;
      paid.attempt = made.value().attempt->id;
      paid.outcome.state = channels::TradeState::Paid;
      paid.outcome.paid = money::Money{12800, money::kCny};
      paid.outcome.trade_no = "2026112222001400000000000001";
      paid.source = payments::OutcomeSource::Notification;
      engine_.submit(std::move(paid), [this](const Result<payments::PaymentView>& done) {
        if (!done || done->payment.state != payments::PaymentState::Paid) std::abort();
        next();
        const std::lock_guard lock(mutex_);
        if (++finished_ == count_) done_.notify_one();
      });
    });
  }

  SystemClock clock_;
  ledger::LedgerSeal seal_;
  std::unique_ptr<store::Store> store_;
  engine::Engine engine_;
  MoreWorkers workers_{engine_};
  parties::MerchantId merchant_;
  std::atomic<std::int64_t> started_{0};
  std::atomic<std::int64_t> serial_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::int64_t finished_ = 0;  // guarded by mutex_
  std::int64_t count_ = 0;
};

void create_and_pay(benchmark::State& state) {
  Bench bench;
  const auto in_flight = state.range(0);
  const auto count = state.range(1);
  for (auto _ : state) bench.pay(count, in_flight);
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(create_and_pay)
    ->ArgNames({"in_flight", "payments"})
    ->Args({1, 2000})
    ->Args({64, 40000})
    ->Args({1024, 100000})
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The same beside FEIQIAN_BENCH_GROWN payments that are there already (hours on a slow disk); left out without it.
void create_and_pay_grown(benchmark::State& state) {
  const char* grown = std::getenv("FEIQIAN_BENCH_GROWN");
  if (grown == nullptr) {
    state.SkipWithError("FEIQIAN_BENCH_GROWN is not set");
    return;
  }
  Bench bench;
  const auto time = [&](const char* name, std::int64_t count, std::int64_t in_flight) {
    const auto start = std::chrono::steady_clock::now();
    bench.pay(count, in_flight);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    state.counters[name] = static_cast<double>(count) / took.count();
  };
  for (auto _ : state) {
    time("empty_64", 40000, 64);
    time("empty_1024", 100000, 1024);
    time("growing", std::atoll(grown), 4096);
    time("grown_64", 40000, 64);
    time("grown_1024", 100000, 1024);
  }
}
BENCHMARK(create_and_pay_grown)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

/// Two-line vouchers between customer accounts (2101), in bulk commands of `bulk` vouchers, `in_flight` commands at
/// once.
class TransferBench {
 public:
  explicit TransferBench(std::int64_t accounts) : store_(bench_store()), engine_(*store_, clock_, {&seal_}, {}) {
    engine_.start(nullptr).value();
    const auto bank = engine_.run(ledger::OpenAccount{{1101, 0, money::kCny}}).value();
    ledger::PostVouchers opening;
    for (std::int64_t i = 0; i < accounts; ++i) {
      accounts_.push_back(engine_.run(ledger::OpenAccount{{2101, (i + 1) << 13, money::kCny}}).value());
      opening.vouchers.push_back(
          {0,
           {{bank, ledger::Side::Debit, 1000000000}, {accounts_.back(), ledger::Side::Credit, 1000000000}},
           "",
           false});
      if (opening.vouchers.size() == ledger::kMostVouchersAtOnce || i + 1 == accounts) {
        engine_.run(std::exchange(opening, {})).value();
      }
    }
  }
  ~TransferBench() {
    engine_.stop();
    const auto verified = ledger::verify(*store_->open_reader().value()).value();
    for (const auto& problem : verified.problems) std::fprintf(stderr, "%s\n", problem.c_str());
    if (!verified.problems.empty()) std::abort();
  }

  void transfer(std::int64_t commands, std::int64_t in_flight, std::int64_t bulk, bool hot) {
    left_ = commands;
    finished_ = 0;
    for (std::int64_t i = 0; i < std::min(commands, in_flight); ++i) next(bulk, hot);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return finished_ == commands; });
  }

 private:
  ledger::AccountId any() {
    random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return accounts_[(random_ >> 33) % accounts_.size()];
  }
  void next(std::int64_t bulk, bool hot) {
    if (left_.fetch_sub(1) <= 0) return;
    ledger::PostVouchers command;
    command.vouchers.resize(static_cast<std::size_t>(bulk));
    {
      const std::lock_guard lock(mutex_);
      for (auto& voucher : command.vouchers) {
        const auto from = any();
        auto to = hot ? accounts_.front() : any();
        if (to == from) to = from == accounts_.back() ? accounts_.front() : accounts_.back();
        voucher.subject = static_cast<std::int64_t>(random_ >> 20);
        voucher.lines = {{from, ledger::Side::Debit, 100}, {to, ledger::Side::Credit, 100}};
      }
    }
    engine_.submit(std::move(command), [this, bulk, hot](const Result<ledger::PostVouchers::Reply>& reply) {
      if (!reply) std::abort();
      next(bulk, hot);
      const std::lock_guard lock(mutex_);
      ++finished_;
      done_.notify_one();
    });
  }

  SystemClock clock_;
  ledger::LedgerSeal seal_;
  std::unique_ptr<store::Store> store_;
  engine::Engine engine_;
  MoreWorkers workers_{engine_};
  std::vector<ledger::AccountId> accounts_;
  std::uint64_t random_ = 1;  // guarded by mutex_
  std::atomic<std::int64_t> left_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::int64_t finished_ = 0;  // guarded by mutex_
};

void transfers(benchmark::State& state) {
  TransferBench bench(10000);
  const auto commands = state.range(0);
  const auto in_flight = state.range(1);
  const auto bulk = state.range(2);
  for (auto _ : state) bench.transfer(commands, in_flight, bulk, state.range(3) != 0);
  state.SetItemsProcessed(state.iterations() * commands * bulk);
}
BENCHMARK(transfers)
    ->ArgNames({"commands", "in_flight", "bulk", "hot"})
    ->Args({3000, 1, 1, 0})
    ->Args({60000, 64, 1, 0})
    ->Args({200000, 8190, 1, 0})
    ->Args({100, 1, 8190, 0})
    ->Args({100, 2, 8190, 0})
    ->Args({100, 2, 8190, 1})
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The floor of one durable commit.
void disk_fdatasync(benchmark::State& state) {
  const auto path = bench_directory() + "/sync";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  for (auto _ : state) {
    if (::write(file, page.data(), page.size()) != 4096 || ::fdatasync(file) != 0) std::abort();
  }
  ::close(file);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(disk_fdatasync)->Iterations(2000)->UseRealTime();

/// The ceiling: the same number of bare rows a payment writes (12 inserts), one transaction a batch, no engine.
void sqlite_bare_rows(benchmark::State& state) {
  auto connection =
      store::Connection::open(bench_directory() + "/bare.db", store::Connection::Mode::ReadWrite, 256).value();
  connection
      .execute(
          "PRAGMA wal_autocheckpoint=20000; CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c TEXT, d "
          "TEXT) STRICT;")
      .value();
  auto insert = connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)").value();
  const auto batch = state.range(0);
  std::int64_t id = 0;
  const std::string text(80, 't');
  for (auto _ : state) {
    connection.execute("BEGIN").value();
    for (std::int64_t row = 0; row < batch * 12; ++row) {
      insert.bind(1, ++id);
      insert.bind(2, row);
      insert.bind(3, row);
      insert.bind_text(4, text);
      insert.bind_text(5, text);
      insert.run().value();
    }
    connection.execute("COMMIT").value();
  }
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(sqlite_bare_rows)->ArgName("batch")->Arg(1)->Arg(64)->Arg(1024)->UseRealTime();

}  // namespace
