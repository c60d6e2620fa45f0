#include "store/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "foundation/check.h"
#include "foundation/text.h"

namespace feiqian::store {
namespace {

Error error_of(sqlite3* database, std::string_view doing) {
  const int code = database != nullptr ? sqlite3_extended_errcode(database) : SQLITE_NOMEM;
  const char* text = database != nullptr ? sqlite3_errmsg(database) : "out of memory";
  const auto detail = fmt::format("{}: {} (SQLite {})", doing, text, code);
  return Error((code & 0xff) == SQLITE_BUSY ? errors::kStoreBusy : errors::kStoreFailed, detail);
}

/// Counting every allocation under one mutex costs more than the figures are worth. Too late where SQLite runs already.
void set_up_once() {
  [[maybe_unused]] static const int kCode = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}
void Connection::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void Statement::bind(int position, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), position, value) == SQLITE_OK);
}

void Statement::bind_text(int position, std::string_view value) {
  CHECK(sqlite3_bind_text64(statement_.get(), position, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                            SQLITE_UTF8) == SQLITE_OK);
}

void Statement::bind_blob(int position, std::string_view value) {
  CHECK(sqlite3_bind_blob64(statement_.get(), position, value.empty() ? "" : value.data(), value.size(),
                            SQLITE_STATIC) == SQLITE_OK);
}

void Statement::bind_null(int position) {
  CHECK(sqlite3_bind_null(statement_.get(), position) == SQLITE_OK);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  auto error = error_of(sqlite3_db_handle(statement_.get()), sqlite3_sql(statement_.get()));
  reset();
  return error;
}

Result<void> Statement::run() {
  const auto row = TRY(step());
  if (row) reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  const auto* data = sqlite3_column_text(statement_.get(), column);
  return {reinterpret_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::blob(int column) const {
  const auto* data = sqlite3_column_blob(statement_.get(), column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<Connection> Connection::open(const std::string& path, Mode mode, int cache_mib) {
  set_up_once();
  if (mode == Mode::ReadWrite) {
    // Made by us with mode 0600, so that SQLite's own files (-wal, -shm) inherit it.
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
  }
  sqlite3* raw = nullptr;
  const int flags = mode == Mode::ReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const auto name = mode == Mode::Immutable ? "file:" + percent_encode(path) + "?immutable=1" : path;
  const int code = sqlite3_open_v2(
      name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | (mode == Mode::Immutable ? SQLITE_OPEN_URI : 0), nullptr);
  Connection connection;
  connection.database_.reset(raw);
  if (code != SQLITE_OK) return error_of(raw, "opening " + path);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5000);
  TRY(connection.execute(fmt::format("PRAGMA cache_size=-{}", cache_mib * 1024)));
  if (mode == Mode::ReadWrite) {
    TRY(connection.execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY"));
  } else {
    TRY(connection.execute("PRAGMA query_only=ON; PRAGMA temp_store=MEMORY"));
  }
  return connection;
}

Result<Statement> Connection::prepare(std::string_view sql) const {
  Statement statement;
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  statement.statement_.reset(raw);
  if (code != SQLITE_OK) return last_error(sql);
  return statement;
}

Result<void> Connection::execute(const std::string& sql) const {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return last_error(sql);
  return {};
}

Result<void> Connection::sync_log() const {
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK)
    return last_error("finding the log");
  if (log == nullptr || log->pMethods == nullptr) return {};
  const int code = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
  if (code != SQLITE_OK) return Error(errors::kStoreFailed, fmt::format("syncing the log (SQLite {})", code));
  return {};
}

Error Connection::last_error(std::string_view doing) const {
  return error_of(database_.get(), doing);
}

}  // namespace feiqian::store
