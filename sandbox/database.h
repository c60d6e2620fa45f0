// The sandbox's one SQLite file. All reading and writing happens inside `transact`, one at a time; what a transaction
// wrote is on the disk when `transact` returns, so an answer sent afterwards survives a kill.
//
//   auto trade = TRY(database.transact([&]() -> Result<Trade> { … database.run("UPDATE …", a, b) … }));
//
// Thread-safe (`transact`); `run`, `each` and `next_number` may be called only inside it.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>

#include "foundation/time.h"
#include "store/sqlite.h"

namespace feiqian::sandbox {

class Database {
 public:
  /// `schemas` are CREATE … IF NOT EXISTS scripts, one per part of the sandbox. Errors: store errors; a file of a newer
  /// sandbox is refused.
  static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                std::initializer_list<std::string_view> schemas);

  /// Commits when `work` gives a value, rolls back when it gives an error.
  template <class Work>
  std::invoke_result_t<Work&> transact(Work&& work) {
    const std::lock_guard lock(mutex_);
    TRY(connection_.execute("BEGIN"));
    auto result = work();
    if (result.ok()) {
      if (auto committed = connection_.execute("COMMIT"); committed.ok())
        return result;
      else
        result = committed.error();
    }
    TRY(connection_.execute("ROLLBACK"));
    return result;
  }

  /// One statement, without rows.
  template <class... Values>
  Result<void> run(std::string_view sql, const Values&... values) {
    auto* statement = TRY(bound(sql, values...));
    return statement->run();
  }
  /// Calls `visit` with each row. The visitor must not run the same SQL again.
  template <class Visit, class... Values>
  Result<void> each(std::string_view sql, Visit&& visit, const Values&... values) {
    auto* statement = TRY(bound(sql, values...));
    while (TRY(statement->step())) visit(std::as_const(*statement));
    return {};
  }

  /// 1, 2, 3 … for each name; never again after a reset of the sandbox.
  Result<std::int64_t> next_number(std::string_view name);

 private:
  Database() = default;
  Result<store::Statement*> prepared(std::string_view sql);

  static void bind(store::Statement& statement, int position, std::int64_t value) { statement.bind(position, value); }
  static void bind(store::Statement& statement, int position, std::string_view value) {
    statement.bind_text(position, value);
  }
  static void bind(store::Statement& statement, int position, Timestamp value) { statement.bind(position, value.us); }

  template <class... Values>
  Result<store::Statement*> bound(std::string_view sql, const Values&... values) {
    auto* statement = TRY(prepared(sql));
    int position = 0;
    (bind(*statement, ++position, values), ...);
    return statement;
  }

  std::mutex mutex_;
  store::Connection connection_;
  std::map<std::string, store::Statement, std::less<>> statements_;
};

}  // namespace feiqian::sandbox
