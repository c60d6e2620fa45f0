// Reading the books on both stores (PostgreSQL when FEIQIAN_TEST_POSTGRES names a server, with two workers): past
// moments, totals of days, positions, search and export, each against a plain list of what was posted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "engine/testing/harness.h"
#include "ledger/archive.h"
#include "ledger/export.h"
#include "ledger/history.h"
#include "ledger/post_vouchers.h"
#include "ledger/seal.h"
#include "ledger/search.h"
#include "ledger/sql_file.h"
#include "server/stores.h"
#include "store/postgres_store.h"
#include "store/sqlite.h"

namespace feiqian::server {
namespace {

using engine::testing::code_of;
using engine::testing::kStart;
using engine::testing::must;
using ledger::AccountId;
using ledger::Side;
using ::testing::HasSubstr;
using Ids = std::vector<std::int64_t>;

enum class Kind { Sqlite, Postgres };

const char* test_server() {
  return std::getenv("FEIQIAN_TEST_POSTGRES");
}

struct Posted {
  ledger::VoucherId id;
  Timestamp at;
  ledger::VoucherToPost voucher;
};

class LedgerReading : public ::testing::TestWithParam<Kind> {
 protected:
  struct Worker {
    explicit Worker(std::unique_ptr<store::Store> s, const Clock& clock, const std::string& node)
        : store(std::move(s)), processor(*store, clock, {&seal}, node) {
      must(processor.recover());
    }
    // Pages are made early, so that some entries are in pages and some are not.
    ledger::LedgerSeal seal{{4, 25}};
    std::unique_ptr<store::Store> store;
    engine::BatchProcessor processor;
  };

  void SetUp() override {
    if (GetParam() == Kind::Postgres) {
      if (test_server() == nullptr) GTEST_SKIP() << "FEIQIAN_TEST_POSTGRES is not set";
      name_ = "reading_" + std::to_string(getpid());
      must(must(store::PostgresConnection::open(test_server())).execute("CREATE DATABASE " + name_));
      const std::string server = test_server();
      settings_.store_url = server.substr(0, server.rfind('/')) + "/" + name_;
    }
    settings_.data_directory = directory_.path();
    settings_.cache_mib = 4;
    for (int i = 0; i < (name_.empty() ? 1 : 2); ++i)
      workers_.push_back(std::make_unique<Worker>(must(open_store(settings_)), clock_, "node" + std::to_string(i)));
    reader_ = must(workers_[0]->store->open_reader());
    for (const auto& [code, owner, currency] : {std::tuple{1101, 0, "CNY"},
                                                {1103, 0, "CNY"},
                                                {1103, 0, "USD"},
                                                {3301, 0, "CNY"},
                                                {3301, 0, "USD"},
                                                {2202, 10 << 20, "CNY"},
                                                {2202, 11 << 20, "CNY"},
                                                {2202, 10 << 20, "USD"}}) {
      const ledger::AccountKey key{code, owner, must(money::Currency::parse(currency))};
      accounts_.push_back(must(run(ledger::OpenAccount{key})));
    }
  }
  void TearDown() override {
    reader_.reset();
    workers_.clear();
    if (!name_.empty())
      static_cast<void>(must(store::PostgresConnection::open(test_server()))
                            .execute("DROP DATABASE " + name_ + " WITH (FORCE)")
                            .ok());
  }

  template <class Command>
  Result<typename Command::Reply> run(Command command) {
    using Reply = Result<typename Command::Reply>;
    std::optional<Reply> reply;
    std::vector<std::unique_ptr<engine::Submission>> batch;
    batch.push_back(std::make_unique<engine::SubmissionOf<Command>>(std::move(command),
                                                                    [&](Reply r) { reply.emplace(std::move(r)); }));
    auto& worker = *workers_[chance_() % workers_.size()];
    worker.processor.process(batch, [](const engine::TaskChanges&) {});
    return std::move(*reply);
  }
  std::int64_t any(std::int64_t most) {
    return static_cast<std::int64_t>(chance_() % static_cast<std::uint64_t>(most));
  }

  /// One voucher, or an exchange of yuan for dollars in one.
  ledger::VoucherToPost any_voucher() {
    const auto amount = 1 + any(500);
    ledger::VoucherToPost voucher;
    voucher.subject = any(6);
    voucher.memo =
        std::array<const char*, 4>{"", "期初 opening", "\"quoted\", and more", "fee"}[static_cast<std::size_t>(any(4))];
    const auto& a = accounts_;
    switch (any(4)) {
      case 0:
        voucher.lines = {{a[0], Side::Debit, amount}, {a[5], Side::Credit, amount}};
        break;
      case 1:
        voucher.lines = {{a[5], Side::Debit, 1}, {a[6], Side::Credit, 1}};
        break;
      case 2:
        voucher.lines = {{a[0], Side::Debit, 2 * amount}, {a[6], Side::Credit, amount}, {a[6], Side::Credit, amount}};
        break;
      default:
        voucher.lines = {{a[3], Side::Debit, 7 * amount},
                         {a[1], Side::Credit, 7 * amount},
                         {a[2], Side::Debit, amount},
                         {a[4], Side::Credit, amount}};
    }
    return voucher;
  }

  /// Days of posting; some days are kept as they end.
  void live(int steps) {
    must(run(ledger::AwaitDayEnd{}));
    for (int step = 0; step < steps; ++step) {
      clock_.advance_ms(1 + any(5 * 3600 * 1000));
      std::vector<ledger::VoucherToPost> vouchers;
      for (auto i = any(4); i >= 0; --i) vouchers.push_back(any_voucher());
      const auto reply = must(run(ledger::PostVouchers{vouchers}));
      for (std::size_t i = 0; i < vouchers.size(); ++i) {
        if (reply[i]) posted_.push_back({*reply[i], clock_.now(), vouchers[i]});
      }
      if (any(6) == 0) {
        const auto day = ledger::day_before(china_date(clock_.now()));
        must(run(ledger::KeepDayTotals{day, must(ledger::totals_of_day(*reader_, day))}));
      }
    }
  }

  void live_over_new_year() {
    live(60);
    clock_.advance_ms(ms_between(clock_.now(), must(from_rfc3339("2027-01-02T00:00:00+08:00"))));
    live(60);
  }
  void use_archives(const std::string& directory) {
    reader_ = std::make_unique<ledger::ArchivedReader>(must(workers_[0]->store->open_reader()), directory);
  }
  void archive_2026(const std::string& directory) {
    const auto archive =
        must(run(ledger::RecordArchive{must(ledger::write_archive(*reader_, 2026, clock_.now(), directory))}));
    must(run(ledger::DropArchived{archive.id, must(ledger::archived_in_store(*reader_, archive, INT64_MAX))}));
  }
  /// All that is read from vouchers: every line, and balances of past moments.
  std::string everything() {
    std::string text;
    must(ledger::export_lines(*reader_, {}, ledger::ExportFormat::Csv, [&](std::string_view part) {
      text += part;
      return true;
    }));
    for (const auto* moment : {"2026-11-25T00:00:00Z", "2026-12-31T15:59:00Z", "2027-01-03T00:00:00Z"}) {
      const auto before = must(from_rfc3339(moment));
      for (const auto& sum : must(ledger::trial_balance_at(*reader_, before)).rows)
        text += std::to_string(sum.code) + " " + std::to_string(sum.balance_minor) + "\n";
      for (const auto id : accounts_)
        text += std::to_string(must(ledger::balance_at(*reader_, row(id), before))) + "\n";
    }
    for (const auto& voucher : search({}, 50)) text += must(ledger::find_voucher(*reader_, voucher.id)).memo + "\n";
    return text;
  }

  std::int64_t balance(AccountId account, Timestamp before) const {
    const bool debit_normal = account != accounts_[5] && account != accounts_[6] && account != accounts_[7];
    std::int64_t sum = 0;
    for (const auto& posted : posted_) {
      if (posted.at >= before) continue;
      for (const auto& line : posted.voucher.lines) {
        if (line.account != account) continue;
        sum += (line.side == Side::Debit) == debit_normal ? line.amount_minor : -line.amount_minor;
      }
    }
    return sum;
  }
  ledger::AccountRow row(AccountId id) {
    return must(store::Query(ledger::kAccounts).equal<&ledger::AccountRow::id>(id).first(*reader_)).value();
  }
  Timestamp any_moment() {
    const auto span = static_cast<std::uint64_t>(clock_.now().us - kStart.us) + 7'200'000'000;
    return {kStart.us - 3'600'000'000 + static_cast<std::int64_t>(chance_() % span)};
  }
  std::vector<std::string> problems() { return must(ledger::verify(*reader_)).problems; }

  /// All pages one after another.
  std::vector<ledger::VoucherView> search(const ledger::VoucherFilter& filter, std::size_t limit) {
    std::vector<ledger::VoucherView> found;
    std::string cursor;
    do {
      auto page = must(ledger::search_vouchers(*reader_, filter, cursor, limit));
      EXPECT_LE(page.vouchers.size(), limit);
      found.insert(found.end(), page.vouchers.begin(), page.vouchers.end());
      cursor = page.next;
    } while (!cursor.empty());
    return found;
  }
  template <class Takes>
  Ids expected(Takes takes) const {
    Ids ids;
    for (const auto& posted : posted_) {
      if (takes(posted)) ids.push_back(posted.id.value);
    }
    std::sort(ids.rbegin(), ids.rend());
    return ids;
  }
  Ids sorted_ids(const std::vector<ledger::VoucherView>& vouchers) const {
    Ids ids;
    for (const auto& voucher : vouchers) ids.push_back(voucher.id.value);
    std::sort(ids.rbegin(), ids.rend());
    return ids;
  }

  engine::testing::TempDirectory directory_;
  std::string name_;
  Settings settings_;
  ManualClock clock_{kStart};
  std::mt19937_64 chance_{20261122};
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<store::Reader> reader_;
  std::vector<AccountId> accounts_;
  std::vector<Posted> posted_;
};

TEST_P(LedgerReading, ABalanceOfAnyPastMoment) {
  live(120);
  ASSERT_GT(posted_.size(), 100U);
  for (int i = 0; i < 40; ++i) {
    const auto before = i == 0 ? posted_[50].at : i == 1 ? posted_[50].at.plus_ms(1) : any_moment();
    for (const auto id : accounts_)
      EXPECT_EQ(must(ledger::balance_at(*reader_, row(id), before)), balance(id, before)) << to_rfc3339(before);
  }
  EXPECT_EQ(problems(), std::vector<std::string>{});
}

TEST_P(LedgerReading, ATrialBalanceOfAnyPastMomentAndDay) {
  live(120);
  const auto kept = must(store::Query(ledger::kDayTotals).limit(INT64_MAX).run(*reader_));
  ASSERT_FALSE(kept.empty());
  for (int i = 0; i < 40; ++i) {
    const auto before = i % 2 == 0 ? any_moment() : ledger::end_of(china_date(any_moment()));
    const auto trial = must(ledger::trial_balance_at(*reader_, before));
    EXPECT_TRUE(trial.balanced);
    EXPECT_TRUE(trial.mirrored);
    std::map<std::pair<int, std::string>, std::int64_t> sums;
    for (const auto id : accounts_) {
      if (const auto sum = balance(id, before)) sums[{row(id).code, std::string(row(id).currency.code())}] += sum;
    }
    for (const auto& each : trial.rows) {
      const std::pair key{each.code, std::string(each.currency.code())};
      EXPECT_EQ(each.balance_minor, sums[key]) << each.code << " at " << to_rfc3339(before);
      sums.erase(key);
    }
    for (const auto& [key, sum] : sums) EXPECT_EQ(sum, 0) << key.first << " is missing at " << to_rfc3339(before);
  }
  const auto now = must(ledger::trial_balance(*reader_));
  const auto late = must(ledger::trial_balance_at(*reader_, ledger::kEndOfTime));
  for (const auto& each : late.rows) {
    const auto same = std::find_if(now.rows.begin(), now.rows.end(), [&](const auto& other) {
      return other.code == each.code && other.currency == each.currency;
    });
    ASSERT_NE(same, now.rows.end());
    EXPECT_EQ(same->debit_minor, each.debit_minor);
    EXPECT_EQ(same->credit_minor, each.credit_minor);
  }
  EXPECT_EQ(problems(), std::vector<std::string>{});
}

TEST_P(LedgerReading, ADayIsKeptOnceAndTheTaskGoesOn) {
  live(20);
  const auto day = ledger::day_before(china_date(clock_.now()));
  const auto totals = must(ledger::totals_of_day(*reader_, day));
  must(run(ledger::KeepDayTotals{day, totals}));
  const auto count = must(store::Query(ledger::kDayTotals).limit(INT64_MAX).run(*reader_)).size();
  EXPECT_FALSE(must(run(ledger::KeepDayTotals{day, totals})));
  EXPECT_FALSE(must(run(ledger::AwaitDayEnd{})));
  EXPECT_EQ(must(store::Query(ledger::kDayTotals).limit(INT64_MAX).run(*reader_)).size(), count);
  const auto task = must(store::Query(engine::kTasks).equal<&engine::TaskRow::id>(ledger::kTheDayEnd).first(*reader_));
  ASSERT_TRUE(task);
  EXPECT_EQ(task->due_at, ledger::end_of(china_date(clock_.now())).plus_s(ledger::kDayEndMarginS));
}

TEST_P(LedgerReading, AChangedDayTotalIsNamed) {
  live(60);
  const auto row = must(store::Query(ledger::kDayTotals).first(*reader_));
  ASSERT_TRUE(row);
  auto tampered = *row;
  tampered.credit_minor += 1;
  tampered.id.value += 1;
  tampered.day = ledger::day_before(ledger::day_before({20261101}));
  store::TableWrites writes{&ledger::kDayTotals.info(), {&tampered}, {}, {}, {}, {}};
  must(workers_[0]->store->flush(std::span(&writes, 1)));
  ASSERT_FALSE(problems().empty());
  EXPECT_THAT(problems().front(), HasSubstr("totals of 2026-10-30"));
}

TEST_P(LedgerReading, SubLedgersAgreeWithTheGeneralLedger) {
  live(60);
  for (const auto& sums : must(ledger::sub_ledgers(*reader_))) {
    EXPECT_TRUE(sums.agrees()) << sums.code;
    std::int64_t said = 0;
    for (const auto id : accounts_) {
      if (row(id).code == sums.code && row(id).currency == sums.currency) said += balance(id, ledger::kEndOfTime);
    }
    EXPECT_EQ(sums.general_minor, said) << sums.code;
    EXPECT_EQ(sums.owners_minor, sums.code == 2202 ? said : 0);
  }
  // A balance that somebody changed is named by its code.
  auto balance_row =
      must(store::Query(ledger::kBalances).equal<&ledger::BalanceRow::id>(accounts_[6]).first(*reader_)).value();
  balance_row.credit_minor += 5;
  store::TableWrites writes{&ledger::kBalances.info(), {}, {&balance_row}, {}, {}, {}};
  must(workers_[0]->store->flush(std::span(&writes, 1)));
  for (const auto& sums : must(ledger::sub_ledgers(*reader_)))
    EXPECT_EQ(sums.agrees(), sums.code != 2202 || sums.currency != money::kCny);
}

TEST_P(LedgerReading, PositionsOfCurrencies) {
  live(80);
  const auto middle = any_moment();
  for (const auto before : {middle, ledger::kEndOfTime}) {
    std::map<std::string, std::int64_t> positions;
    for (const auto& position : must(ledger::fx_positions(*reader_, before)))
      positions[std::string(position.currency.code())] = position.position_minor;
    EXPECT_EQ(positions["CNY"], -balance(accounts_[3], before));
    EXPECT_EQ(positions["USD"], -balance(accounts_[4], before));
    EXPECT_EQ(positions["USD"], balance(accounts_[2], before)) << "what was bought lies in the bank";
  }
}

TEST_P(LedgerReading, VouchersAreFoundByEverythingTheyHave) {
  live(60);
  using ledger::VoucherFilter;
  const auto all = [](const Posted&) { return true; };
  EXPECT_EQ(sorted_ids(search({}, 7)), expected(all));
  EXPECT_EQ(sorted_ids(search({}, 1000)), expected(all));
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    VoucherFilter filter;
    filter.account = accounts_[i];
    const auto on_account = [&](const Posted& posted) {
      return std::any_of(posted.voucher.lines.begin(), posted.voucher.lines.end(),
                         [&](const auto& line) { return line.account == accounts_[i]; });
    };
    EXPECT_EQ(sorted_ids(search(filter, 3)), expected(on_account)) << i;
  }
  VoucherFilter subject;
  subject.subject = 3;
  EXPECT_EQ(sorted_ids(search(subject, 5)), expected([](const Posted& p) { return p.voucher.subject == 3; }));
  VoucherFilter memo;
  memo.memo = "opening";
  EXPECT_EQ(sorted_ids(search(memo, 5)),
            expected([](const Posted& p) { return p.voucher.memo.find("opening") != std::string::npos; }));
  VoucherFilter amount;
  amount.least_minor = 100;
  amount.most_minor = 300;
  EXPECT_EQ(sorted_ids(search(amount, 5)), expected([](const Posted& p) {
              return std::any_of(p.voucher.lines.begin(), p.voucher.lines.end(),
                                 [](const auto& line) { return line.amount_minor >= 100 && line.amount_minor <= 300; });
            }));
  VoucherFilter days;
  days.from = ledger::end_of({20261123});
  days.to = ledger::end_of({20261126});
  days.account = accounts_[5];
  days.event = "L01";
  EXPECT_EQ(sorted_ids(search(days, 2)), expected([&](const Posted& p) {
              return p.at >= days.from && p.at < days.to &&
                     std::any_of(p.voucher.lines.begin(), p.voucher.lines.end(),
                                 [&](const auto& line) { return line.account == accounts_[5]; });
            }));
  days.event = "J01";
  EXPECT_TRUE(search(days, 2).empty());
  EXPECT_EQ(code_of(ledger::search_vouchers(*reader_, {}, "nonsense", 5)), "value.invalid");
}

TEST_P(LedgerReading, EntriesComeInPagesTheNewestFirst) {
  live(100);
  for (const auto id : accounts_) {
    for (const std::size_t limit : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      std::vector<ledger::Entry> found;
      std::string cursor;
      do {
        const auto page =
            must(ledger::search_entries(*reader_, row(id), Timestamp(), ledger::kEndOfTime, cursor, limit));
        EXPECT_LE(page.entries.size(), limit);
        found.insert(found.end(), page.entries.begin(), page.entries.end());
        cursor = page.next;
      } while (!cursor.empty());
      std::reverse(found.begin(), found.end());
      auto all = must(ledger::entries_of_account(*reader_, id));
      if (!all.empty() && all.front().number == 0)
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.voucher < b.voucher; });
      EXPECT_EQ(found, all) << row(id).code << " by " << limit;
    }
  }
}

TEST_P(LedgerReading, TheExportHasEveryLine) {
  live(30);
  for (const auto format : {ledger::ExportFormat::Csv, ledger::ExportFormat::JsonLines}) {
    std::string text;
    const auto write = [&](std::string_view portion) {
      text += portion;
      return true;
    };
    const auto lines = must(ledger::export_lines(*reader_, {}, format, write));
    std::size_t said = 0;
    for (const auto& posted : posted_) {
      said += posted.voucher.lines.size();
      EXPECT_THAT(text, HasSubstr(posted.id.text()));
    }
    EXPECT_EQ(lines, static_cast<std::int64_t>(said));
    const auto ends = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    EXPECT_EQ(ends, said + (format == ledger::ExportFormat::Csv ? 1 : 0));
    const bool csv = format == ledger::ExportFormat::Csv;
    EXPECT_THAT(text, HasSubstr(csv ? R"("""quoted"", and more")" : R"("\"quoted\", and more")"));
    const Date day = china_date(posted_[20].at);
    const auto of_day = must(ledger::export_lines(*reader_, {day, day}, format, write));
    std::int64_t expected_lines = 0;
    for (const auto& posted : posted_) {
      if (china_date(posted.at) == day) expected_lines += static_cast<std::int64_t>(posted.voucher.lines.size());
    }
    EXPECT_EQ(of_day, expected_lines);
  }
}

TEST_P(LedgerReading, TheSqlFileIsFilledBehind) {
  live(15);
  const auto path = directory_.file("books.db");
  EXPECT_EQ(must(ledger::fill_sql_file(*reader_, path)), static_cast<std::int64_t>(posted_.size()));
  const auto before = posted_.size();
  live(15);
  EXPECT_EQ(must(ledger::fill_sql_file(*reader_, path)), static_cast<std::int64_t>(posted_.size() - before));
  EXPECT_EQ(must(ledger::fill_sql_file(*reader_, path)), 0);
  const auto connection = must(store::Connection::open(path, store::Connection::Mode::ReadOnly));
  auto sums = must(connection.prepare(
      "SELECT account, sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) FROM voucher_line "
      "JOIN voucher ON voucher.id = voucher JOIN account ON account.id = account GROUP BY account"));
  std::size_t rows = 0;
  while (must(sums.step())) {
    ++rows;
    const auto id = must(AccountId::parse(sums.text(0)));
    EXPECT_EQ(std::abs(sums.integer(1)), std::abs(balance(id, ledger::kEndOfTime)));
  }
  EXPECT_GE(rows, 6U);
}

TEST_P(LedgerReading, AYearThatHasEndedIsArchived) {
  live_over_new_year();
  const auto before = everything();
  const auto files = directory_.file("archives");
  const auto write = [&](std::int32_t year) { return ledger::write_archive(*reader_, year, clock_.now(), files); };
  EXPECT_EQ(code_of(write(2027)), "archive.year_open");
  EXPECT_EQ(code_of(write(2025)), "archive.nothing");
  const auto archive = must(run(ledger::RecordArchive{must(write(2026))}));
  EXPECT_GT(archive.blocks, 20);
  const auto repeated = must(run(ledger::RecordArchive{must(write(2026))}));
  EXPECT_EQ(repeated.digest.bytes, archive.digest.bytes);
  EXPECT_EQ(repeated.written_at, archive.written_at);
  EXPECT_TRUE(ledger::check_archive(archive, files).ok());
  EXPECT_EQ(code_of(ledger::check_archive(archive, directory_.file("elsewhere"))), "voucher.archived");
  const auto raw = must(workers_[0]->store->open_reader());
  use_archives(files);
  EXPECT_EQ(everything(), before) << "recorded, and still in the store";

  std::int64_t dropped = 0;
  for (auto blocks = must(ledger::archived_in_store(*raw, archive, 7)); !blocks.empty();
       blocks = must(ledger::archived_in_store(*raw, archive, 7))) {
    dropped += must(run(ledger::DropArchived{archive.id, blocks}));
    EXPECT_EQ(must(run(ledger::DropArchived{archive.id, blocks})), 0);
  }
  EXPECT_EQ(dropped, archive.blocks);
  EXPECT_EQ(everything(), before);
  EXPECT_EQ(problems(), std::vector<std::string>{});
  const auto newest = must(store::Query(ledger::kBlocks).first(*raw)).value();
  EXPECT_EQ(must(run(ledger::DropArchived{archive.id, {newest.id}})), 0) << "a block of the year that goes on";
  live(20);
  EXPECT_EQ(problems(), std::vector<std::string>{});
}

TEST_P(LedgerReading, WithoutItsArchiveOnlyOldVouchersAreMissing) {
  live_over_new_year();
  archive_2026(directory_.file("archives"));
  use_archives(directory_.file("elsewhere"));
  const auto missing = ledger::find_voucher(*reader_, posted_.front().id);
  ASSERT_EQ(code_of(missing), "voucher.archived");
  EXPECT_THAT(missing.error().detail(), HasSubstr("vouchers-2026.archive"));
  EXPECT_EQ(code_of(ledger::verify(*reader_)), "voucher.archived");
  EXPECT_EQ(must(ledger::find_voucher(*reader_, posted_.back().id)).id, posted_.back().id);
  EXPECT_TRUE(must(ledger::trial_balance(*reader_)).balanced);
  for (const auto id : accounts_) {
    EXPECT_EQ(must(ledger::balance_at(*reader_, row(id), ledger::kEndOfTime)), balance(id, ledger::kEndOfTime));
  }
}

TEST_P(LedgerReading, AnAlteredArchiveIsNamed) {
  live_over_new_year();
  const auto files = directory_.file("archives");
  archive_2026(files);
  for (const char* alteration :
       {"UPDATE voucher_block SET bytes = CAST(substr(bytes, 1, 12) || x'01' || substr(bytes, 14) AS BLOB) "
        "WHERE id = (SELECT id FROM voucher_block ORDER BY id LIMIT 1 OFFSET 3)",
        "UPDATE voucher_block SET posted_at = posted_at + 86400000000 "
        "WHERE id = (SELECT id FROM voucher_block ORDER BY id LIMIT 1 OFFSET 5)",
        "DELETE FROM voucher_block WHERE id = (SELECT max(id) FROM voucher_block)"}) {
    const auto file = files + "/" + ledger::archive_name(2026);
    const auto kept = file + ".kept";
    std::filesystem::copy_file(file, kept, std::filesystem::copy_options::overwrite_existing);
    must(must(store::Connection::open(file, store::Connection::Mode::ReadWrite)).execute(alteration));
    use_archives(files);
    EXPECT_FALSE(problems().empty()) << alteration;
    if (!std::string_view(alteration).starts_with("UPDATE voucher_block SET posted_at")) {
      const auto recorded = must(store::Query(ledger::kArchives).first(*reader_)).value();
      EXPECT_EQ(code_of(ledger::check_archive(recorded, files)), "archive.differs") << alteration;
    }
    reader_.reset();
    std::filesystem::rename(kept, file);
  }
  use_archives(files);
  EXPECT_EQ(problems(), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(Stores, LedgerReading, ::testing::Values(Kind::Sqlite, Kind::Postgres),
                         [](const auto& kind) { return kind.param == Kind::Sqlite ? "Sqlite" : "Postgres"; });

}  // namespace
}  // namespace feiqian::server
