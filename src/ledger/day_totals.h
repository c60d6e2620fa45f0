// Totals of all accounts at the end of each day (日终), kept so that a trial balance of a past day does not begin with
// the first voucher. They follow from the blocks: `verify` derives them again.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "engine/command.h"
#include "engine/read_pool.h"
#include "engine/surely.h"
#include "engine/task_runner.h"
#include "ledger/errors.h"
#include "ledger/tables.h"

namespace feiqian::ledger {

/// Everything in blocks whose id is below `first_id_at(end_of(day))`, by code and currency. Codes without movement so
/// far are left out. Never changed.
struct DayTotalTag {
  static constexpr std::string_view kPrefix = "dto";
};
struct DayTotalRow {
  StrongId<DayTotalTag> id;
  Date day;
  std::int32_t code = 0;
  money::Currency currency;
  std::int64_t debit_minor = 0;
  std::int64_t credit_minor = 0;
};
BOOST_DESCRIBE_STRUCT(DayTotalRow, (), (id, day, code, currency, debit_minor, credit_minor))
inline const store::Table<DayTotalRow> kDayTotals{"ledger_day_total", store::Residency::Written};

/// The moment at which a day of the platform ends.
Timestamp end_of(Date day);
Date day_before(Date day);

struct Turnover {
  std::int64_t debit_minor = 0;
  std::int64_t credit_minor = 0;
  friend bool operator==(const Turnover&, const Turnover&) = default;
};
/// By code of the chart and currency.
using Totals = std::map<std::pair<std::int32_t, money::Currency>, Turnover>;

/// Of everything that was posted before. Reads the nearest kept day and the blocks since. errors::kAmountOverflow.
Result<Totals> totals_before(store::Reader& reader, Timestamp before);
/// What is kept of `day`: of the blocks with ids below its end.
Result<Totals> totals_of_day(store::Reader& reader, Date day);

/// One task for the platform, whichever node has it (1 signs heads): its subject is the first day that is not kept yet.
inline constexpr const char* kDayEnd = "ledger.day_end";
inline constexpr engine::TaskId kTheDayEnd{2};
/// After midnight: what was decided before it is committed by then, on every node.
inline constexpr std::int64_t kDayEndMarginS = 600;

/// At every start: makes the task if there is none.
struct AwaitDayEnd {
  using Reply = bool;  ///< whether it was made now
  void load(engine::Load& load) const;
  Result<bool> decide(engine::Decision& decision) const;
};

/// Keeps the totals of a day unless they are kept already, and puts the task off to the end of the next one.
struct KeepDayTotals {
  using Reply = bool;  ///< whether they were kept now
  Date day;
  Totals totals;
  void load(engine::Load& load) const;
  Result<bool> decide(engine::Decision& decision) const;
};

/// Before the engine starts. After days without service only the last day is kept: that is enough.
void install_day_end(engine::TaskRunner& runner, engine::Engine& engine, engine::ReadPool& reads, const Clock& clock,
                     engine::Timer timer);

}  // namespace feiqian::ledger
