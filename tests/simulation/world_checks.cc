// The checks of a World.
#include <fmt/format.h>

#include "foundation/check.h"
#include "ledger/books.h"
#include "simulation/world.h"
#include "store/sqlite.h"

namespace feiqian::simulation {
namespace {

constexpr std::int64_t kCommitsBetweenVerifications = 150;

std::int64_t balance_of(const ledger::TrialBalance& trial, int code) {
  for (const auto& row : trial.rows) {
    if (row.code == code) return row.balance_minor;
  }
  return 0;
}

/// The chain of batches ends earlier than it did.
bool lost_newest_commits(const Replica& replica, store::Reader& reader) {
  const auto head = store::Query(engine::kBatches).first(reader);
  const auto committed = replica.all(engine::kBatches);
  return head && !committed.empty() && (!head.value() || head.value()->number < committed.back().number);
}

template <class T>
T looked_up(Result<T> result) {
  if (!result) throw Violation("the database cannot be read: " + result.error().text());
  return std::move(result).value();
}

}  // namespace

store::Reader& World::checker() {
  if (!checker_) checker_ = looked_up(store::open_sqlite_reader(kDatabasePath));
  return *checker_;
}

void World::after_step() {
  if (!platform_) return;
  if (disk_.process_died()) {
    bury("died in the middle of a step");
    return;
  }
  if (platform_->refuses()) throw Violation("the engine stopped: an invariant of the books would break");
  const Disk::Calm calm(disk_);
  model_->check_step(replica_.take_changes());
  if (replica_.commits() == checked_commits_) return;
  const bool everything =
      replica_.commits() / kCommitsBetweenVerifications != checked_commits_ / kCommitsBetweenVerifications;
  checked_commits_ = replica_.commits();
  check_books(everything);
}

/// After a start: what was committed is there, whole, and nothing else.
void World::check_found_again() {
  const Disk::Calm calm(disk_);
  if (replica_.in_doubt())
    looked_up([&]() -> Result<int> {
      TRY(replica_.settle_by(checker()));
      return 0;
    }());
  const auto differences = looked_up(replica_.differences(checker()));
  if (!differences.empty()) throw Violation("after a start: " + fmt::format("{}", fmt::join(differences, "; ")));
  check_books(true);
}

void World::check_books(bool everything) {
  const Disk::Calm calm(disk_);
  const auto trial = looked_up(ledger::trial_balance(checker()));
  if (!trial.balanced) throw Violation("the books do not balance");
  if (!trial.mirrored) throw Violation("a pair of mirror accounts is not equal");
  if (!everything) return;
  const auto verified = looked_up(ledger::verify(checker()));
  if (!verified.problems.empty()) throw Violation("verify: " + verified.problems.front());
}

void World::check_expected(const ExpectedBooks& expected) {
  const Disk::Calm calm(disk_);
  const auto trial = looked_up(ledger::trial_balance(checker()));
  const auto demand = [](std::string_view what, std::int64_t is, std::int64_t should) {
    if (is != should) throw Violation(fmt::format("{} is {}, the model says {}", what, is, should));
  };
  std::int64_t pending = 0;
  for (const auto& [merchant, sum] : expected.pending_settlement) pending += sum;
  demand("2202", balance_of(trial, 2202), pending);
  demand("1121", balance_of(trial, 1121), expected.receivable);
  demand("2901", balance_of(trial, 2901), expected.surplus);
  demand("2331", balance_of(trial, 2331), 0);
  demand("6001 and 2221", balance_of(trial, 6001) + balance_of(trial, 2221), expected.fee_income_and_tax);
  demand("6401", balance_of(trial, 6401), expected.channel_cost);
  for (const auto& shop : shops_) {
    const auto accounts = ledger::find_accounts(checker(), "2202/" + shop->merchant().text());
    std::int64_t is = 0;
    if (accounts) {
      const auto statement = looked_up(ledger::statement(checker(), accounts->front()));
      if (!statement.lines.empty()) is = statement.lines.back().balance_minor;
    }
    const auto found = expected.pending_settlement.find(shop->merchant().value);
    demand("2202 of " + shop->merchant().text(), is, found == expected.pending_settlement.end() ? 0 : found->second);
  }
}

/// Every merchant knows how each of its payments and refunds ended.
void World::check_told() {
  const auto shop_of = [&](parties::MerchantId merchant) -> Shop& {
    for (auto& shop : shops_) {
      if (shop->merchant() == merchant) return *shop;
    }
    throw Violation("no such merchant: " + merchant.text());
  };
  const auto demand = [&](parties::MerchantId merchant, const std::string& subject, const std::string& type) {
    if (!shop_of(merchant).told_of(subject).contains(type))
      throw Violation(subject + ": its merchant was never told " + type, subject);
  };
  for (const auto& payment : replica_.all(payments::kPayments)) {
    demand(payment.merchant, payment.id.text(),
           payment.state == payments::PaymentState::Paid ? "payment.succeeded" : "payment.closed");
  }
  for (const auto& refund : replica_.all(payments::kRefunds)) {
    demand(refund.merchant, refund.id.text(),
           refund.state == payments::RefundState::Succeeded ? "refund.succeeded" : "refund.failed");
  }
  for (const auto& event : replica_.all(payments::kEvents)) {
    if (event.state != payments::EventState::Delivered)
      throw Violation(event.id.text() + " was not delivered at rest", event.id.text());
  }
}

/// Storage lied. Detected: the platform's own means name it. Harmless: everything is as it was committed.
Detection World::classify(Outcome& outcome) {
  const Disk::Calm calm(disk_);
  std::int64_t lies = 0;
  for (const auto& kind : lying_faults()) {
    const auto found = faults_.injected().find(kind);
    lies += found == faults_.injected().end() ? 0 : found->second;
  }
  if (lies == 0) return Detection::None;
  checker_.reset();
  platform_.reset();
  disk_.begin_life();
  const auto detected = [&](std::string by) {
    outcome.detected_by = std::move(by);
    return Detection::Detected;
  };
  if (outcome.violation.find("SQLite 11)") != std::string::npos ||
      outcome.violation.find("SQLite 26)") != std::string::npos) {
    return detected("SQLite: " + outcome.violation);
  }
  auto connection = store::Connection::open(kDatabasePath, store::Connection::Mode::ReadOnly, 8);
  if (!connection) return detected("SQLite: " + connection.error().text());
  auto check = connection->prepare("PRAGMA integrity_check(1)");
  if (!check) return detected("SQLite: " + check.error().text());
  const auto row = check->step();
  if (!row) return detected("SQLite: " + row.error().text());
  if (check->text(0) != "ok") return detected("integrity_check: " + std::string(check->text(0)));
  auto reader = store::open_sqlite_reader(kDatabasePath);
  if (!reader) return detected("SQLite: " + reader.error().text());
  const auto verified = ledger::verify(**reader);
  if (!verified) return detected("SQLite: " + verified.error().text());
  if (!verified->problems.empty()) return detected("verify: " + verified->problems.front());
  const auto differences = replica_.differences(**reader);
  if (!differences) return detected("SQLite: " + differences.error().text());
  if (differences->empty() && outcome.violation.empty()) return Detection::Harmless;
  if (lost_newest_commits(replica_, **reader)) {
    outcome.detected_by = "the newest commits are gone";
    return Detection::RolledBack;
  }
  outcome.detected_by = differences->empty() ? outcome.violation : differences->front();
  return Detection::Undetected;
}

}  // namespace feiqian::simulation
