#include "ledger/day_totals.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include "foundation/log.h"
#include "ledger/block.h"
#include "money/errors.h"

namespace feiqian::ledger {
namespace {

using Operator = store::Selection::Condition::Operator;
constexpr std::int64_t kAll = INT64_MAX;
constexpr std::int64_t kDayS = 86400;

bool add_to(Turnover& total, const Turnover& more) {
  return !__builtin_add_overflow(total.debit_minor, more.debit_minor, &total.debit_minor) &&
         !__builtin_add_overflow(total.credit_minor, more.credit_minor, &total.credit_minor);
}

Error overflow() {
  return Error(errors::kAmountOverflow, "a total leaves 64 bits");
}

using ByAccount = boost::unordered_flat_map<std::int64_t, Turnover>;

Result<void> add_block(const BlockRow& block, ByAccount& moved) {
  BlockReader reader(block.bytes.bytes);
  PostedVoucher voucher;
  while (TRY(reader.next(voucher))) {
    for (const auto& line : voucher.lines) {
      const bool debit = line.side == Side::Debit;
      if (!add_to(moved[line.account.value], {debit ? line.amount_minor : 0, debit ? 0 : line.amount_minor}))
        return overflow();
    }
  }
  return {};
}

/// Adds what moved on accounts to the totals of their codes.
class ByCode {
 public:
  ByCode(const ByAccount& moved, Totals& totals) : moved_(&moved), totals_(&totals) {}

  Result<void> add(store::Reader& reader) {
    constexpr std::size_t kFewAccounts = 256;
    if (moved_->size() > kFewAccounts) {
      TRY(store::Query(kAccounts).oldest_first().limit(kAll).visit(reader,
                                                                   [&](const AccountRow& account) { add(account); }));
    } else {
      for (const auto& [id, turnover] : *moved_) {
        const auto account = TRY(store::Query(kAccounts).equal<&AccountRow::id>(AccountId{id}).first(reader));
        if (account) add(*account);
      }
    }
    if (!fits_) return overflow();
    if (found_ != moved_->size()) return Error(errors::kVerifyFailed, "a voucher's account does not exist");
    return {};
  }

 private:
  void add(const AccountRow& account) {
    const auto found = moved_->find(account.id.value);
    if (found == moved_->end()) return;
    ++found_;
    fits_ = fits_ && add_to((*totals_)[{account.code, account.currency}], found->second);
  }
  const ByAccount* moved_;
  Totals* totals_;
  std::size_t found_ = 0;
  bool fits_ = true;
};

struct Kept {
  VoucherId through;  ///< of the blocks below
  Totals totals;
};

VoucherId through(Date day) {
  return VoucherId{first_id_at(end_of(day))};
}

/// The last kept day of those that end at `before` or earlier; nothing when there is none.
Result<Kept> nearest_kept(store::Reader& reader, Timestamp before) {
  Kept kept;
  const auto last = day_before(china_date(before));
  const auto newest =
      TRY(store::Query(kDayTotals).in_shard(0).where<&DayTotalRow::day>(Operator::LessOrEqual, last).first(reader));
  if (!newest) return kept;
  kept.through = through(newest->day);
  TRY(store::Query(kDayTotals)
          .in_shard(0)
          .equal<&DayTotalRow::day>(newest->day)
          .limit(kAll)
          .visit(reader, [&](const DayTotalRow& row) {
            kept.totals[{row.code, row.currency}] = {row.debit_minor, row.credit_minor};
          }));
  return kept;
}

/// `kept` and the blocks since that `query` lets through.
Result<Totals> with_blocks(store::Reader& reader, Kept kept, store::Query<BlockRow> query) {
  ByAccount moved;
  Result<void> added;
  TRY(query.where<&BlockRow::id>(Operator::GreaterOrEqual, kept.through)
          .oldest_first()
          .limit(kAll)
          .visit(reader, [&](const BlockRow& block) {
            if (added) added = add_block(block, moved);
          }));
  TRY(std::move(added));
  TRY(ByCode(moved, kept.totals).add(reader));
  return std::move(kept.totals);
}

}  // namespace

Timestamp end_of(Date day) {
  const auto begin = from_china_time(to_text(day) + " 00:00:00");
  CHECK(begin.ok());
  return begin->plus_s(kDayS);
}

Date day_before(Date day) {
  return china_date(end_of(day).plus_s(-kDayS - 1));
}

Result<Totals> totals_before(store::Reader& reader, Timestamp before) {
  store::Query query(kBlocks);
  query.where<&BlockRow::posted_at>(Operator::Less, before);
  return with_blocks(reader, TRY(nearest_kept(reader, before)), query);
}

Result<Totals> totals_of_day(store::Reader& reader, Date day) {
  store::Query query(kBlocks);
  query.where<&BlockRow::id>(Operator::Less, through(day));
  return with_blocks(reader, TRY(nearest_kept(reader, end_of(day))), query);
}

void AwaitDayEnd::load(engine::Load& load) const {
  load.get(engine::kTasks, kTheDayEnd);
}

Result<bool> AwaitDayEnd::decide(engine::Decision& decision) const {
  if (decision.get(engine::kTasks, kTheDayEnd) != nullptr) return false;
  const auto today = decision.context.accounting_date;
  decision.insert(engine::kTasks, engine::TaskRow{kTheDayEnd, kDayEnd, today.yyyymmdd, 0, decision.context.chain,
                                                  end_of(today).plus_s(kDayEndMarginS), 0, decision.context.now});
  return true;
}

void KeepDayTotals::load(engine::Load& load) const {
  load.get(engine::kTasks, kTheDayEnd);
}

Result<bool> KeepDayTotals::decide(engine::Decision& decision) const {
  const auto* task = decision.get(engine::kTasks, kTheDayEnd);
  if (task == nullptr) return false;
  const bool is_new = task->subject <= day.yyyymmdd;
  const auto next = is_new ? china_date(end_of(day)) : Date{static_cast<std::int32_t>(task->subject)};
  decision.reschedule_task(kTheDayEnd, end_of(next).plus_s(kDayEndMarginS));
  decision.change(engine::kTasks, kTheDayEnd).subject = next.yyyymmdd;
  if (!is_new) return false;
  for (const auto& [key, turnover] : totals) {
    decision.insert(kDayTotals, DayTotalRow{decision.new_id<StrongId<DayTotalTag>>(), day, key.first, key.second,
                                            turnover.debit_minor, turnover.credit_minor});
  }
  return true;
}

void install_day_end(engine::TaskRunner& runner, engine::Engine& engine, engine::ReadPool& reads, const Clock& clock,
                     engine::Timer timer) {
  runner.handle(
      kDayEnd, 1, 1,
      [&engine, &reads, &clock, timer = std::move(timer)](const engine::TaskRow&, std::function<void()> done) {
        const auto day = day_before(china_date(clock.now().plus_s(-kDayEndMarginS)));
        const bool posted = reads.post([&engine, timer, day, done](store::Reader& reader) {
          auto totals = totals_of_day(reader, day);
          if (!totals) {
            log::error("ledger.day_end_failed", {{"day", to_text(day)}, {"error", totals.error()}});
            done();
            return;
          }
          engine::submit_surely(engine, timer, KeepDayTotals{day, std::move(totals).value()},
                                [done](const auto&) { done(); });
        });
        if (!posted) done();
      });
}

}  // namespace feiqian::ledger
