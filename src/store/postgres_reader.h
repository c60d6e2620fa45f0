// Reading through the PostgreSQL protocol, on a connection of its own that is opened again when it was lost.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "store/postgres.h"
#include "store/store.h"

namespace feiqian::store {

class PostgresReader final : public Reader {
 public:
  using Wanted = PostgresConnection::Wanted;
  static Result<std::unique_ptr<Reader>> open(const std::string& url, Wanted wanted = Wanted::ServerThatWrites);

  Result<void> select(const Selection& selection, const RowVisitor& visit) override;
  Result<void> begin_snapshot() override;
  void end_snapshot() override;
  bool by_shard() const override { return true; }

 private:
  PostgresReader(std::string url, Wanted wanted, PostgresConnection connection)
      : url_(std::move(url)), wanted_(wanted), connection_(std::move(connection)) {}
  Result<void> ensure_open();
  Result<void> run(PostgresStatement& statement, const PostgresParameters& parameters, std::int64_t limit,
                   const PostgresConnection::Visit& visit_rows);

  std::string url_;
  Wanted wanted_;
  PostgresConnection connection_;
  std::unordered_map<std::string, PostgresStatement> statements_;
  bool in_snapshot_ = false;
};

/// One row of an answer as a table's columns see it.
class PostgresSource final : public RowSource {
 public:
  explicit PostgresSource(const PostgresResult& result) : result_(&result) {}
  void move_to(int row) { row_ = row; }
  bool is_null(int column) const override { return result_->is_null(row_, column); }
  std::int64_t integer(int column) const override { return result_->integer(row_, column); }
  std::string_view text(int column) const override { return result_->bytes(row_, column); }
  std::string_view blob(int column) const override { return result_->bytes(row_, column); }

 private:
  const PostgresResult* result_;
  int row_ = 0;
};

/// Visits every row of an answer.
PostgresConnection::Visit each_row(const RowVisitor& visit);

}  // namespace feiqian::store
