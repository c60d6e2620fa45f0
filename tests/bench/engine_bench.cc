// Payments through the engine on SQLite: create (with attempt and outbox rows) and pay (vouchers, entries, event,
// outbox), each durable before its answer, with a fixed number in flight. Beside it what the disk and SQLite alone do
// on the same machine.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "channels/registry.h"
#include "engine/engine.h"
#include "ledger/books.h"
#include "parties/merchants.h"
#include "payments/create_payment.h"
#include "payments/record_outcome.h"
#include "server/migrations.h"
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

/// A platform without listeners: one merchant, one channel, prices.
class Bench {
 public:
  Bench()
      : store_(store::SqliteStore::open(bench_directory() + "/bench.db", server::migrations(), 256).value()),
        engine_(*store_, clock_, {&seal_}, {}) {
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
  void next() {
    if (started_.fetch_add(1) >= count_) return;
    payments::CreatePayment create;
    create.merchant = merchant_;
    create.merchant_order_no = "B" + std::to_string(++serial_);
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
  std::unique_ptr<store::SqliteStore> store_;
  engine::Engine engine_;
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
