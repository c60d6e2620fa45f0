// The shared store: a server that speaks the PostgreSQL protocol, written by several nodes at once. A batch is one
// transaction (READ COMMITTED): each round of loading is one round trip of pipelined statements, one a table and way of
// finding, with arrays of keys; the flush with its COMMIT is one more. Passing rows are locked when they are loaded, in
// the order (shard, id). The writer's side belongs to the engine's thread; readers are independent.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/migration.h"
#include "store/postgres.h"
#include "store/store.h"

namespace feiqian::store {

class PostgresStore final : public Store {
 public:
  /// Connects and brings the tables up to date (postgres_migrate.h), for a node of that name until it is destroyed.
  static Result<std::unique_ptr<PostgresStore>> open(const std::string& url, std::span<const Migration> migrations,
                                                     const std::string& node = "");
  ~PostgresStore() override;

  bool exclusive() const override { return false; }
  Result<void> load(std::span<const RowRequest> requests) override;
  Result<void> flush(std::span<const TableWrites> writes) override;
  void abandon() override;
  Result<void> reopen() override;
  Result<std::unique_ptr<Reader>> open_reader() override;

 private:
  struct TableStatements {
    PostgresStatement insert, update, erase;
    /// By index position + 1; 0 is by id. The first looks, the second locks.
    std::deque<std::array<PostgresStatement, 2>> find;
    std::map<std::vector<int>, PostgresStatement> add;  ///< by the columns that grow
    std::map<int, PostgresStatement> guarded;           ///< by the column that must hold
    std::vector<int> updated;                           ///< columns that an update sets: those of no index
    PostgresStatement analyse;
    std::size_t inserted = 0;  ///< rows since the program was started
  };
  explicit PostgresStore(std::string url) : url_(std::move(url)) {}
  void describe_statements();
  Result<void> ensure_open();
  /// After an error while nothing can have been committed.
  Error nothing_happened(const Error& error);

  TableStatements& statements_of(const TableInfo& table) { return statements_[static_cast<std::size_t>(table.slot)]; }
  void send_request(const RowRequest& request);
  void send_rows(const TableWrites& writes);
  void send_deltas(const TableWrites& writes);
  void send_guarded(const TableWrites& writes);
  void begin_if_needed();
  /// Statistics of tables that grew from nothing: without them the planner guesses among indexes, for a minute or more.
  void analyse_new_tables(std::span<const TableWrites> writes);

  std::string url_;
  std::string node_;
  PostgresConnection connection_;
  std::vector<TableStatements> statements_;  // by slot
  PostgresStatement begin_{"BEGIN"}, commit_{"COMMIT"}, rollback_{"ROLLBACK"};
  bool in_transaction_ = false;
};

}  // namespace feiqian::store
