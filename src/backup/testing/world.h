// For tests: books that grow, a backup directory, and restoring from it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "backup/prune.h"
#include "backup/restore.h"
#include "backup/take.h"
#include "engine/testing/harness.h"
#include "ledger/posting.h"
#include "ledger/seal.h"

namespace feiqian::backup::testing {

using engine::testing::code_of;
using engine::testing::must;

inline constexpr ledger::Owners kOwners{1 << 20, 2 << 20, 3 << 20};

/// A payment of `amount` for the same merchant.
struct Pay {
  using Reply = ledger::VoucherId;
  std::int64_t amount;
  void load(engine::Load& load) const {
    ledger::load_accounts(load, ledger::vouchers::kPaySuccessChannel, kOwners, money::kCny);
  }
  Result<Reply> decide(engine::Decision& decision) const {
    return ledger::post(decision,
                        ledger::make(ledger::vouchers::kPaySuccessChannel, 1 << 20, kOwners, {{amount, money::kCny}}));
  }
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void put(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

class World {
 public:
  World() {
    put(data.file("feiqian.toml"), "[server]\n");
    pay(1000);
  }

  engine::testing::TempDirectory data;     // NOLINT(readability-identifier-naming)
  engine::testing::TempDirectory scratch;  // NOLINT(readability-identifier-naming)
  SeededRandom random{7};                  // NOLINT(readability-identifier-naming)

 private:
  ledger::LedgerSeal seal_;
  std::string schema_ = store::sqlite_schema();
  int restores_ = 0;

 public:
  engine::testing::Harness harness{{&seal_}};                                        // NOLINT
  crypto::KeyStore store = must(crypto::KeyStore::open(data.file("keys"), random));  // NOLINT
  Keys keys{store};                                                                  // NOLINT
  std::string target = scratch.file("backups");                                      // NOLINT

  void pay(std::int64_t amount) {
    must(harness.run(Pay{amount}));
    harness.clock.advance_ms(1000);
  }

  Result<Taken> try_take(bool full = false) {
    const Subject subject{data.path(), harness.path(), {"feiqian.toml", "not-there.pem"}};
    auto taken = backup::take(subject, {target, full}, keys, random, harness.clock);
    harness.clock.advance_ms(1000);
    return taken;
  }
  Manifest take(bool full = false) { return must(try_take(full)).point; }

  /// Into a new directory, which `restored_path` names afterwards.
  Result<Restored> restore(const Choice& choice = {}) {
    restored_path = scratch.file("restored-" + std::to_string(++restores_));
    const store::Migration migrations[] = {{1, "all", schema_}};
    return backup::restore({target, restored_path, data.file("keys") + "/master.key", choice, {}}, migrations, random,
                           harness.clock);
  }
  std::string restored_path;  // NOLINT(readability-identifier-naming)

  std::string path_of(const Manifest& point, std::string_view suffix) const {
    return target + "/" + point.place(suffix);
  }
  /// Rows of every table of the last restored database.
  std::string restored_content() const { return content_of_database(restored_path + "/feiqian.db"); }
  std::string live_content() const { return content_of_database(harness.path()); }

 private:
  static std::string content_of_database(const std::string& path) {
    std::string content;
    const auto reader = must(store::open_sqlite_reader(path));
    for (const auto* table : store::all_tables()) {
      must(reader->select({table, {}, false, INT64_MAX}, [&](const store::RowSource& row) {
        content += table->name;
        for (int i = 0; i < static_cast<int>(table->columns.size()); ++i)
          content += "|" + (row.is_null(i) ? "NULL" : std::string(row.text(i)));
        content += '\n';
      }));
    }
    return content;
  }
};

}  // namespace feiqian::backup::testing
