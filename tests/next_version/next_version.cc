// The program's next version, for tests of upgrades (tests/scenario/test/upgrade.test.mjs): this one, with one more
// column in two tables, one migration that adds them and one that ends what only older programs need. It writes its
// column of `attempt` at once; `payment` is a table of money, so its column is nullable and stays null as long as older
// nodes bear witness to such rows.
#include "payments/tables.h"
#include "server/migrations.h"

namespace feiqian {
namespace {

constexpr std::int64_t kNote = 7;

using Write = void (*)(const void*, store::RowSink&);
Write write_attempt, write_payment;

/// A table described with one more column at its end. Tables are constants, and before main nobody has looked at them.
Write extend(const store::TableInfo& table, const store::ColumnInfo& column, Write write) {
  auto& changed = const_cast<store::TableInfo&>(table);
  changed.columns.push_back(column);
  return std::exchange(changed.write, write);
}

[[maybe_unused]] const bool kExtended = [] {
  write_attempt = extend(payments::kAttempts.info(), {"note", store::ColumnType::Integer, false},
                         [](const void* row, store::RowSink& sink) {
                           write_attempt(row, sink);
                           sink.integer(kNote);
                         });
  write_payment = extend(payments::kPayments.info(), {"note", store::ColumnType::Text, true},
                         [](const void* row, store::RowSink& sink) {
                           write_payment(row, sink);
                           sink.null();
                         });
  return true;
}();

}  // namespace

namespace server {

std::span<const store::Migration> postgres_migrations() {
  static const auto kAll = [] {
    const auto released = released_postgres_migrations();
    std::vector<store::Migration> all(released.begin(), released.end());
    const int last = all.back().number;
    all.push_back(
        {last + 1, "notes",
         "ALTER TABLE attempt ADD COLUMN note bigint NOT NULL DEFAULT 0; ALTER TABLE payment ADD COLUMN note text",
         store::Phase::Expand, last});
    all.push_back({last + 2, "notes are needed", "ALTER TABLE attempt ALTER COLUMN note DROP DEFAULT",
                   store::Phase::Contract, last + 1});
    return all;
  }();
  return kAll;
}

}  // namespace server
}  // namespace feiqian
