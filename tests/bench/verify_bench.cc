// A ledger of any size, and how long it takes to verify it.
//
//   verify_bench write FILE VOUCHERS ACCOUNTS BULK    two-line vouchers between customer accounts, BULK a batch
//   verify_bench verify FILE [PROGRESS]               time, vouchers a second, the process's peak memory
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <string>

#include "engine/engine.h"
#include "engine/heads.h"
#include "ledger/books.h"
#include "ledger/post_vouchers.h"
#include "ledger/seal.h"
#include "store/sqlite_store.h"

namespace {

using namespace feiqian;  // NOLINT(google-build-using-namespace)

using Steady = std::chrono::steady_clock;
double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

class Writer {
 public:
  Writer(const std::string& path, std::int64_t accounts) {
    const std::string schema = store::sqlite_schema();
    const store::Migration migrations[] = {{1, "all", schema}};
    store_ = store::SqliteStore::open(path, migrations, 256).value();
    engine_ = std::make_unique<engine::Engine>(*store_, clock_, std::vector<engine::BatchSeal*>{&seal_},
                                               engine::Engine::Options{});
    engine_->start(nullptr).value();
    open_accounts(accounts);
    const auto bank = engine_->run(ledger::OpenAccount{{1101, 0, money::kCny}}).value();
    ledger::PostVouchers opening;
    for (const auto account : accounts_) {
      constexpr std::int64_t kEnough = 1000000000;
      opening.vouchers.push_back(
          {0, {{bank, ledger::Side::Debit, kEnough}, {account, ledger::Side::Credit, kEnough}}, "", false});
      if (opening.vouchers.size() == ledger::kMostVouchersAtOnce || account == accounts_.back())
        engine_->run(std::exchange(opening, {})).value();
    }
  }
  ~Writer() { engine_->stop(); }

  void write(std::int64_t vouchers, std::int64_t bulk) {
    for (; vouchers > 0; vouchers -= bulk) {
      ledger::PostVouchers command;
      command.vouchers.resize(static_cast<std::size_t>(std::min(bulk, vouchers)));
      for (auto& voucher : command.vouchers) {
        const auto from = any();
        auto to = any();
        if (to == from) to = from == accounts_.back() ? accounts_.front() : accounts_.back();
        voucher.subject = static_cast<std::int64_t>(random_ >> 20);
        voucher.lines = {{from, ledger::Side::Debit, 100}, {to, ledger::Side::Credit, 100}};
      }
      engine_->run(std::move(command)).value();
    }
    const auto key = engine::HeadSigningKey::of(crypto::Signer::generate(crypto::Algorithm::Ed25519)).value();
    const auto start = Steady::now();
    auto heads = engine::heads_to_sign(*store_->open_reader().value(), key, clock_.now()).value();
    engine_->run(engine::RecordHeads{std::move(heads)}).value();
    std::printf("head signed in %.2f s\n", seconds_since(start));
  }

 private:
  /// Many in a batch.
  void open_accounts(std::int64_t count) {
    accounts_.resize(static_cast<std::size_t>(count));
    constexpr std::size_t kAtOnce = 4096;
    for (std::size_t begun = 0; begun < accounts_.size(); begun += kAtOnce) {
      const auto end = std::min(begun + kAtOnce, accounts_.size());
      std::latch opened(static_cast<std::ptrdiff_t>(end - begun));
      for (auto i = begun; i < end; ++i) {
        engine_->submit(ledger::OpenAccount{{2101, static_cast<std::int64_t>(i + 1) << 13, money::kCny}},
                        [&, i](const Result<ledger::AccountId>& account) {
                          accounts_[i] = account.value();
                          opened.count_down();
                        });
      }
      opened.wait();
    }
  }
  ledger::AccountId any() {
    random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return accounts_[(random_ >> 33) % accounts_.size()];
  }

  SystemClock clock_;
  ledger::LedgerSeal seal_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<ledger::AccountId> accounts_;
  std::uint64_t random_ = 1;
};

int verify(const std::string& path, const std::string& progress) {
  const auto reader = store::open_sqlite_reader(path).value();
  ledger::VerifyOptions options;
  options.progress_file = progress;
  const auto start = Steady::now();
  const auto verified = ledger::verify(*reader, options).value();
  const auto taken = seconds_since(start);
  for (const auto& problem : verified.problems) std::printf("problem: %s\n", problem.c_str());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
  std::printf(
      "%lld vouchers in %lld batches, %lld accounts, %lld testimonies: %.2f s, %.0f vouchers/s, %.0f s of CPU, "
      "%ld MiB at most\n",
      static_cast<long long>(verified.vouchers), static_cast<long long>(verified.batches),
      static_cast<long long>(verified.accounts), static_cast<long long>(verified.testimonies), taken,
      static_cast<double>(verified.vouchers) / taken, cpu, usage.ru_maxrss / 1024);
  return verified.problems.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count > 2 ? arguments[1] : "";
  if (what == "verify") return verify(arguments[2], count > 3 ? arguments[3] : "");
  if (what != "write" || count != 6) {
    std::fputs("verify_bench write FILE VOUCHERS ACCOUNTS BULK\nverify_bench verify FILE [PROGRESS]\n", stderr);
    return 2;
  }
  const auto vouchers = std::atoll(arguments[3]);
  Writer writer(arguments[2], std::atoll(arguments[4]));
  const auto start = Steady::now();
  writer.write(vouchers, std::atoll(arguments[5]));
  std::printf("%lld vouchers written in %.1f s\n", vouchers, seconds_since(start));
  return 0;
}
