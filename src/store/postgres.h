// A thin, checked door to a server that speaks the PostgreSQL protocol. Values go and come in binary form. A connection
// belongs to one thread at a time. Every SQL text is a constant of the program or made from table descriptions; values
// are bound, never pasted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/result.h"
#include "store/errors.h"
#include "store/table.h"

struct pg_conn;
struct pg_result;

namespace feiqian::store {

/// Rows of an answer; rows and columns from 0. Views live as long as it does.
class PostgresResult {
 public:
  explicit PostgresResult(pg_result* result) : result_(result) {}

  int rows() const;
  bool is_null(int row, int column) const;
  std::int64_t integer(int row, int column) const;
  std::string_view bytes(int row, int column) const;
  pg_result* handle() const { return result_.get(); }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

/// The values of one statement, `$1` first.
class PostgresParameters {
 public:
  void add(std::int64_t value);
  void add_text(std::string_view value);
  /// The binary form of a value (an array).
  void add_bytes(std::string bytes) { values_.push_back(std::move(bytes)); }
  const std::vector<std::string>& values() const { return values_; }

 private:
  std::vector<std::string> values_;
};

/// One column of many rows as an array parameter: `$1::bigint[]`, `text[]` or `bytea[]`.
class PostgresArray {
 public:
  explicit PostgresArray(ColumnType type);
  void add(std::int64_t value);
  void add(std::string_view bytes);
  void add_null();
  std::string take();

 private:
  std::string bytes_;
  std::int32_t count_ = 0;
  bool has_null_ = false;
};

/// Prepared on its connection at its first use.
struct PostgresStatement {
  std::string sql;
  enum class State { Unprepared, Sent, Ready } state = State::Unprepared;
  std::uint64_t connection = 0;  ///< where it is prepared
  std::string name{};
};

class PostgresConnection {
 public:
  /// `url` in libpq's form, `postgresql://…`; several hosts are tried until one takes writes, or until one answers: a
  /// standby takes no writes. errors::kStoreUnavailable.
  enum class Wanted { ServerThatWrites, AnyServer };
  static Result<PostgresConnection> open(const std::string& url, Wanted wanted = Wanted::ServerThatWrites);

  /// Statements without parameters, one after the other.
  Result<void> execute(const std::string& sql);
  /// One statement, at once.
  Result<PostgresResult> query(PostgresStatement& statement, const PostgresParameters& parameters);
  /// One statement whose rows come one by one, for answers of any size.
  Result<void> stream(PostgresStatement& statement, const PostgresParameters& parameters,
                      const std::function<void(const PostgresResult&)>& visit_row);

  /// Statements sent together, answered together. After an error the rest of them is skipped by the server.
  using Visit = std::function<void(const PostgresResult&)>;
  void send(PostgresStatement& statement, const PostgresParameters& parameters, Visit visit = {});
  /// One network round trip: the first error of what was sent since the last call.
  Result<void> receive();

  bool alive() const;

 private:
  struct Expected {
    PostgresStatement* prepares;  // or
    Visit visit;
  };
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  Error last_error() const;
  Result<void> prepare(PostgresStatement& statement);
  Result<PostgresResult> await_one();
  std::unique_ptr<pg_conn, Finish> connection_;
  std::uint64_t number_ = 0;
  std::uint64_t names_ = 0;  // of statements
  std::vector<Expected> expected_;
  bool send_failed_ = false;
};

/// `url` without its password, for logs and messages.
std::string without_password(const std::string& url);
bool is_postgres_url(std::string_view url);

}  // namespace feiqian::store
