#include "store/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "foundation/check.h"

namespace feiqian::store {
namespace {

constexpr int kBinary = 1;
constexpr std::size_t kArrayHeader = 20;

enum TypeId : std::int32_t { kBytea = 17, kInt8 = 20, kText = 25 };

template <class Integer>
void put_at(char* at, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    at[i] = static_cast<char>(value >> (8 * static_cast<int>(sizeof(Integer) - 1 - i)));
}

void put_int32(std::string& bytes, std::int32_t value) {
  std::array<char, 4> buffer;
  put_at(buffer.data(), value);
  bytes.append(buffer.data(), buffer.size());
}

void put_int64(std::string& bytes, std::int64_t value) {
  std::array<char, 8> buffer;
  put_at(buffer.data(), value);
  bytes.append(buffer.data(), buffer.size());
}

/// What the SQLSTATE means for a batch.
const ErrorKind& kind_of(std::string_view state) {
  // serialization failure, deadlock, lock timeout, unique violation, and a guard that does not hold (division by zero)
  for (const std::string_view conflict : {"40001", "40P01", "55P03", "23505", "22012"}) {
    if (state == conflict) return errors::kStoreConflict;
  }
  if (state == "40003") return errors::kCommitUnknown;
  return state.empty() || state.starts_with("08") || state.starts_with("57P") || state.starts_with("53")
             ? errors::kStoreUnavailable
             : errors::kStoreFailed;
}

Error error_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view code = state != nullptr ? state : "";
  return Error(kind_of(code), fmt::format("{} (SQLSTATE {})", message != nullptr ? message : "no message",
                                          code.empty() ? "none" : code));
}

bool is_error(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_PIPELINE_ABORTED;
}

/// Parameters in the form that libpq takes them.
struct Bound {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  explicit Bound(const PostgresParameters& parameters) {
    for (const auto& value : parameters.values()) {
      values.push_back(value.data());
      lengths.push_back(static_cast<int>(value.size()));
      formats.push_back(kBinary);
    }
  }
  int count() const { return static_cast<int>(values.size()); }
};

void ignore_notices(void*, const PGresult*) {}

}  // namespace

// --- values

void PostgresResult::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

int PostgresResult::rows() const {
  return PQntuples(result_.get());
}

bool PostgresResult::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) == 1;
}

std::string_view PostgresResult::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t PostgresResult::integer(int row, int column) const {
  const auto raw = bytes(row, column);
  CHECK(raw.size() == 8 || raw.size() == 4);
  std::uint64_t value = 0;
  for (const char byte : raw) value = value << 8 | static_cast<unsigned char>(byte);
  return raw.size() == 8 ? static_cast<std::int64_t>(value) : static_cast<std::int32_t>(value);
}

void PostgresParameters::add(std::int64_t value) {
  put_int64(values_.emplace_back(), value);
}

void PostgresParameters::add_text(std::string_view value) {
  values_.emplace_back(value);
}

PostgresArray::PostgresArray(ColumnType type) {
  put_int32(bytes_, 1);  // dimensions
  put_int32(bytes_, 0);  // whether any element is null, set at the end
  put_int32(bytes_, type == ColumnType::Integer ? kInt8 : type == ColumnType::Text ? kText : kBytea);
  put_int32(bytes_, 0);  // length, set at the end
  put_int32(bytes_, 1);  // lower bound
  CHECK(bytes_.size() == kArrayHeader);
}

void PostgresArray::add(std::int64_t value) {
  std::array<char, 12> buffer;
  put_at(buffer.data(), std::int32_t{8});
  put_at(buffer.data() + 4, value);
  bytes_.append(buffer.data(), buffer.size());
  ++count_;
}

void PostgresArray::add(std::string_view bytes) {
  put_int32(bytes_, static_cast<std::int32_t>(bytes.size()));
  bytes_ += bytes;
  ++count_;
}

void PostgresArray::add_null() {
  put_int32(bytes_, -1);
  has_null_ = true;
  ++count_;
}

std::string PostgresArray::take() {
  put_at(bytes_.data() + 4, std::int32_t{has_null_ ? 1 : 0});
  put_at(bytes_.data() + 12, count_);
  return std::move(bytes_);
}

// --- connection

void PostgresConnection::Finish::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Result<PostgresConnection> PostgresConnection::open(const std::string& url, Wanted wanted) {
  static std::atomic<std::uint64_t> count{0};
  // Later words override earlier ones: the URL has the last say, but for what the program cannot do without.
  const std::vector<std::pair<const char*, const char*>> words{
      {"application_name", "feiqian"}, {"connect_timeout", "3"},
      {"keepalives_idle", "5"},        {"keepalives_interval", "2"},
      {"keepalives_count", "3"},       {"tcp_user_timeout", "10000"},
      {"dbname", url.c_str()},         {"target_session_attrs", wanted == Wanted::AnyServer ? "any" : "read-write"},
      {"client_encoding", "UTF8"}};
  std::vector<const char*> names, values;
  for (const auto& [name, value] : words) {
    names.push_back(name);
    values.push_back(value);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PostgresConnection connection;
  connection.connection_.reset(PQconnectdbParams(names.data(), values.data(), 1));
  connection.number_ = ++count;
  if (PQstatus(connection.connection_.get()) != CONNECTION_OK) {
    return Error(errors::kStoreUnavailable, fmt::format("connecting to {}: {}", without_password(url),
                                                        PQerrorMessage(connection.connection_.get())));
  }
  PQsetNoticeReceiver(connection.connection_.get(), ignore_notices, nullptr);
  return connection;
}

bool PostgresConnection::alive() const {
  return connection_ != nullptr && PQstatus(connection_.get()) == CONNECTION_OK;
}

Error PostgresConnection::last_error() const {
  return Error(errors::kStoreUnavailable,
               connection_ == nullptr ? "not connected" : std::string(PQerrorMessage(connection_.get())));
}

Result<void> PostgresConnection::execute(const std::string& sql) {
  const PostgresResult result(PQexec(connection_.get(), sql.c_str()));
  if (result.handle() == nullptr) return last_error();
  if (is_error(result.handle())) return error_of(result.handle());
  return {};
}

Result<PostgresResult> PostgresConnection::await_one() {
  PostgresResult result(PQgetResult(connection_.get()));
  while (PGresult* rest = PQgetResult(connection_.get())) PQclear(rest);
  if (result.handle() == nullptr) return last_error();
  if (is_error(result.handle())) return error_of(result.handle());
  return result;
}

Result<void> PostgresConnection::prepare(PostgresStatement& statement) {
  if (statement.connection == number_ && statement.state == PostgresStatement::State::Ready) return {};
  statement.name = fmt::format("s{}", ++names_);
  if (PQsendPrepare(connection_.get(), statement.name.c_str(), statement.sql.c_str(), 0, nullptr) == 0)
    return last_error();
  TRY(await_one());
  statement.connection = number_;
  statement.state = PostgresStatement::State::Ready;
  return {};
}

Result<PostgresResult> PostgresConnection::query(PostgresStatement& statement, const PostgresParameters& parameters) {
  TRY(prepare(statement));
  const Bound bound(parameters);
  if (PQsendQueryPrepared(connection_.get(), statement.name.c_str(), bound.count(), bound.values.data(),
                          bound.lengths.data(), bound.formats.data(), kBinary) == 0) {
    return last_error();
  }
  return await_one();
}

Result<void> PostgresConnection::stream(PostgresStatement& statement, const PostgresParameters& parameters,
                                        const std::function<void(const PostgresResult&)>& visit_row) {
  TRY(prepare(statement));
  const Bound bound(parameters);
  if (PQsendQueryPrepared(connection_.get(), statement.name.c_str(), bound.count(), bound.values.data(),
                          bound.lengths.data(), bound.formats.data(), kBinary) == 0 ||
      PQsetSingleRowMode(connection_.get()) == 0) {
    return last_error();
  }
  Result<void> outcome;
  while (PGresult* raw = PQgetResult(connection_.get())) {
    const PostgresResult result(raw);
    if (is_error(raw)) {
      outcome = error_of(raw);
    } else if (PQresultStatus(raw) == PGRES_SINGLE_TUPLE) {
      visit_row(result);
    }
  }
  if (outcome.ok() && !alive()) return last_error();
  return outcome;
}

// --- pipeline

void PostgresConnection::send(PostgresStatement& statement, const PostgresParameters& parameters, Visit visit) {
  auto* connection = connection_.get();
  if (PQpipelineStatus(connection) == PQ_PIPELINE_OFF) send_failed_ |= PQenterPipelineMode(connection) == 0;
  if (statement.connection != number_ || statement.state == PostgresStatement::State::Unprepared) {
    statement.name = fmt::format("s{}", ++names_);
    send_failed_ |= PQsendPrepare(connection, statement.name.c_str(), statement.sql.c_str(), 0, nullptr) == 0;
    statement.connection = number_;
    statement.state = PostgresStatement::State::Sent;
    expected_.push_back({&statement, {}});
  }
  const Bound bound(parameters);
  send_failed_ |= PQsendQueryPrepared(connection, statement.name.c_str(), bound.count(), bound.values.data(),
                                      bound.lengths.data(), bound.formats.data(), kBinary) == 0;
  expected_.push_back({nullptr, std::move(visit)});
}

Result<void> PostgresConnection::receive() {
  auto* connection = connection_.get();
  const auto expected = std::move(expected_);
  expected_.clear();
  const bool sent = !std::exchange(send_failed_, false) && PQpipelineSync(connection) == 1;
  Result<void> outcome;
  if (!sent) outcome = last_error();
  for (const auto& each : expected) {
    if (!sent) {
      if (each.prepares != nullptr) each.prepares->state = PostgresStatement::State::Unprepared;
      continue;
    }
    const PostgresResult result(PQgetResult(connection));
    const bool good = result.handle() != nullptr && !is_error(result.handle());
    if (!good && outcome.ok()) outcome = result.handle() == nullptr ? last_error() : error_of(result.handle());
    if (each.prepares != nullptr) {
      each.prepares->state = good ? PostgresStatement::State::Ready : PostgresStatement::State::Unprepared;
    } else if (good && each.visit) {
      each.visit(result);
    }
    if (result.handle() != nullptr) {
      while (PGresult* rest = PQgetResult(connection)) PQclear(rest);  // ends each answer
    }
  }
  if (sent && alive()) PQclear(PQgetResult(connection));  // the synchronisation point itself
  if (!alive() && outcome.ok()) outcome = last_error();
  return outcome;
}

// --- URLs

bool is_postgres_url(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

std::string without_password(const std::string& url) {
  const auto begin = url.find("://");
  const auto at = url.find('@');
  if (begin == std::string::npos || at == std::string::npos) return url;
  const auto colon = url.find(':', begin + 3);
  auto shown = colon < at ? url.substr(0, colon) + url.substr(at) : url;
  const auto word = shown.find("password=");
  if (word != std::string::npos) shown.erase(word, shown.find('&', word) - word);
  return shown;
}

}  // namespace feiqian::store
