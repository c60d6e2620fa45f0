// Faults on demand: rules that make the sandbox misbehave the way providers do, per order, per method, or by chance.
//
// A rule says what goes wrong (`kind`), where (`method`, `*` for all; optionally one `out_trade_no`), how often
// (`rate_ppm`, `times`) and by how much (`delay_ms`, `minor`). The counterparty asks `draw` at the point where that
// kind would act; the first rule that matches and whose chance comes up is applied and counted, in the caller's
// transaction. Rules and counts survive a restart. Called inside Database::transact only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "foundation/random.h"
#include "sandbox/database.h"
#include "sandbox/errors.h"

namespace feiqian::sandbox {

/// In the order in which a gateway request meets them; then those of business, then those of notifications.
enum class FaultKind {
  TimeoutBeforeExecution,  ///< nothing happens and no answer comes
  Http500,                 ///< nothing happens; HTTP 500
  SystemError,             ///< nothing happens; the provider's own "system error"
  TimeoutAfterExecution,   ///< executed, no answer comes
  BadSignature,            ///< executed, the answer is signed wrongly
  Delay,                   ///< executed, the answer comes after delay_ms
  InsufficientBalance,     ///< whoever pays has too little money
  PayAfterClose,           ///< a close succeeds, and delay_ms later the payer's money arrives
  RefundFail,              ///< a refund is refused for good
  RefundPending,           ///< a refund is accepted and done delay_ms later
  NotifyDrop,              ///< one delivery is lost on the way
  NotifyRepeat,            ///< delivered three times
  NotifyReorder,           ///< waits until a later notification of the trade was delivered, at most delay_ms
  NotifyWrongAmount,       ///< total_amount + minor, signed correctly
  NotifyBadSignature,      ///< signed wrongly
};

std::string_view name_of(FaultKind kind);
std::optional<FaultKind> fault_kind_of(std::string_view name);
/// All kinds, in their order.
const std::vector<FaultKind>& all_fault_kinds();

struct FaultRule {
  std::int64_t id = 0;
  FaultKind kind{};
  std::string method = "*";
  std::string out_trade_no;  ///< empty: any
  std::int64_t rate_ppm = 1000000;
  std::optional<std::int64_t> times;  ///< then the rule ends
  std::int64_t delay_ms = 0;
  std::int64_t minor = 0;
  std::int64_t applied = 0;

  bool ended() const { return times && applied >= *times; }
  /// It may act on that request: chance is another matter.
  bool fits(std::string_view request_method, std::string_view request_out_trade_no) const {
    return !ended() && (method == "*" || method == request_method) &&
           (out_trade_no.empty() || out_trade_no == request_out_trade_no);
  }
};

/// As docs/sandbox.md words it; `delay_ms` and `minor` default by kind. Errors: request.* with the field to blame.
Result<FaultRule> fault_from_json(std::string_view body);
codec::json::object to_json(const FaultRule& rule);

class Faults {
 public:
  static constexpr std::string_view kSchema =
      "CREATE TABLE IF NOT EXISTS faults(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, method TEXT NOT "
      "NULL, out_trade_no TEXT NOT NULL,"
      " rate_ppm INTEGER NOT NULL, times INTEGER NOT NULL, delay_ms INTEGER NOT NULL, minor INTEGER NOT NULL, applied "
      "INTEGER NOT NULL) STRICT;";

  Faults(Database& database, Random& chance) : database_(database), chance_(chance) {}

  Result<FaultRule> add(FaultRule rule);
  Result<std::vector<FaultRule>> list();
  /// errors::kFaultNotFound.
  Result<void> remove(std::int64_t id);
  Result<void> clear();

  /// The rule that applies here and now, already counted.
  Result<std::optional<FaultRule>> draw(FaultKind kind, std::string_view method, std::string_view out_trade_no);

 private:
  Result<std::vector<FaultRule>> of_kind(FaultKind kind);

  Database& database_;
  Random& chance_;
};

}  // namespace feiqian::sandbox
