// A thin, checked door to SQLite. A Connection and its Statements belong to one thread at a time. Every SQL text is a
// constant of the program; values are bound, never pasted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "foundation/result.h"
#include "store/errors.h"

struct sqlite3;
struct sqlite3_stmt;

namespace feiqian::store {

class Statement {
 public:
  Statement() = default;

  /// Positions from 1. Text and blob are copied only until the next reset.
  void bind(int position, std::int64_t value);
  void bind_text(int position, std::string_view value);
  void bind_blob(int position, std::string_view value);
  void bind_null(int position);

  /// True when there is a row; false when done (and reset).
  Result<bool> step();
  /// step() for statements without rows, then reset.
  Result<void> run();
  void reset();

  /// Columns from 0; views live until the next step or reset.
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  bool is_null(int column) const;
  explicit operator bool() const { return statement_ != nullptr; }

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Connection {
 public:
  /// Immutable: read-only, and nobody writes the file or its log as long as it is open.
  enum class Mode { ReadWrite, ReadOnly, Immutable };
  /// WAL, synchronous=FULL, foreign keys on, `cache_mib` of page cache. ReadWrite creates the file (mode 0600).
  static Result<Connection> open(const std::string& path, Mode mode, int cache_mib = 64);

  Result<Statement> prepare(std::string_view sql) const;
  /// One or several statements without parameters.
  Result<void> execute(const std::string& sql) const;
  /// What a killed process wrote into the write-ahead log and did not sync is read as committed: from here on it is.
  Result<void> sync_log() const;
  /// The error of the last failed call, as a store error.
  Error last_error(std::string_view doing) const;
  sqlite3* handle() const { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace feiqian::store
