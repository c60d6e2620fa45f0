// The embedded store: one SQLite file, one writer. The write-ahead log is reused, not truncated; a commit costs one
// fsync. The writer's side belongs to the engine's thread; readers are independent.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "store/migration.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace feiqian::store {

/// DDL of all tables as the program describes them; what the migrations together must have made.
std::string sqlite_schema();

class SqliteStore final : public Store {
 public:
  /// Opens or creates the file and applies the migrations that are missing, each in one transaction. A file from a
  /// newer program is refused (errors::kStoreVersion), and so is one whose tables differ from the program's.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, std::span<const Migration> migrations,
                                                   int cache_mib = 256);

  bool exclusive() const override { return true; }
  Result<void> load(std::span<const RowRequest> requests) override;
  Result<void> flush(std::span<const TableWrites> writes) override;
  void abandon() override;
  Result<void> reopen() override;
  Result<std::unique_ptr<Reader>> open_reader() override;

 private:
  struct TableStatements {
    Statement by_id, insert, update, erase;
    std::vector<int> update_positions;  // by column; 0: not written
    std::vector<Statement> by_index;
    std::map<int, Statement> add;  // by column
  };
  SqliteStore(std::string path, int cache_mib) : path_(std::move(path)), cache_mib_(cache_mib) {}
  Result<void> prepare_statements();
  Result<void> prepare_update(const TableInfo& table, TableStatements& made);
  /// Reading outside of a transaction would take and give back a lock for each statement.
  Result<void> begin();
  Result<void> load_by_id(const RowRequest& request);
  Result<void> load_by_index(const RowRequest& request);
  Result<void> write_table(const TableWrites& writes);
  Result<void> migrate(std::span<const Migration> migrations);

  Result<void> supersede_failed_commit();
  /// After a reopening that failed: tries again. RetrySafe when it fails.
  Result<void> ensure_open();

  std::string path_;
  int cache_mib_;
  bool ready_ = false;
  bool begun_ = false;
  Connection connection_;
  std::vector<TableStatements> statements_;  // by slot
  Statement begin_, commit_, rollback_;
};

/// A read-only door to a file that this process does not write (`feiqian verify` on a copy).
Result<std::unique_ptr<Reader>> open_sqlite_reader(const std::string& path);

}  // namespace feiqian::store
