#include "ledger/detail/day_check.h"

#include <fmt/format.h>

namespace feiqian::ledger::detail {

void DayCheck::begin(const BlockRow& block) {
  if (today_ != nullptr && block.id >= begin_ && block.id < end_) return;
  // An id is never older than its time, but may be younger where the clock was set back.
  auto day = china_date(block.posted_at);
  while (first_id_at(end_of(day)) <= block.id.value) day = china_date(end_of(day));
  begin_ = VoucherId{first_id_at(end_of(day_before(day)))};
  end_ = VoucherId{first_id_at(end_of(day))};
  today_ = &moved_[day];
}

void DayCheck::add(const Derived& account, bool debit, std::int64_t amount_minor) {
  auto& sum = (*today_)[{account.row->code, account.row->currency}];
  (debit ? sum.debit : sum.credit) += amount_minor;
}

Result<void> DayCheck::compare(store::Reader& reader, Problems& problems) const {
  std::map<Date, Totals> kept;
  TRY(store::Query(kDayTotals).oldest_first().limit(INT64_MAX).visit(reader, [&](const DayTotalRow& row) {
    const bool fresh =
        kept[row.day].try_emplace({row.code, row.currency}, Turnover{row.debit_minor, row.credit_minor}).second;
    if (!fresh)
      problems.add(
          fmt::format("day total {}: day {} has another of code {}", row.id.text(), to_text(row.day), row.code));
  }));
  Sums said;
  auto next = moved_.begin();
  for (const auto& [day, totals] : kept) {
    for (; next != moved_.end() && next->first <= day; ++next) {
      for (const auto& [key, sum] : next->second) {
        said[key].debit += sum.debit;
        said[key].credit += sum.credit;
      }
    }
    compare_day(day, said, totals, problems);
  }
  return {};
}

void DayCheck::compare_day(Date day, const Sums& said, const Totals& kept, Problems& problems) {
  const auto check = [&](const Totals::key_type& key, const Sum& sum, const Turnover* turnover) {
    const auto is = turnover == nullptr ? Turnover{} : *turnover;
    if (turnover != nullptr && is.debit_minor == sum.debit && is.credit_minor == sum.credit) return;
    problems.add(fmt::format("totals of {}, code {} in {}: kept are {} / {}; the vouchers say {} / {}", to_text(day),
                             key.first, key.second.code(), is.debit_minor, is.credit_minor, sum.debit, sum.credit));
  };
  for (const auto& [key, sum] : said) {
    const auto found = kept.find(key);
    check(key, sum, found == kept.end() ? nullptr : &found->second);
  }
  for (const auto& [key, turnover] : kept) {
    if (!said.contains(key)) check(key, Sum{}, &turnover);
  }
}

void DayCheck::save(ProgressWriter& progress) const {
  progress.put(static_cast<std::int64_t>(moved_.size()));
  for (const auto& [day, sums] : moved_) {
    progress.put(day.yyyymmdd);
    progress.put(static_cast<std::int64_t>(sums.size()));
    for (const auto& [key, sum] : sums) {
      progress.put(key.first);
      progress.put_text(key.second.code());
      progress.put_wide(sum.debit);
      progress.put_wide(sum.credit);
    }
  }
}

void DayCheck::restore(ProgressReader& progress) {
  today_ = nullptr;
  for (auto days = progress.take(); days > 0 && progress.ok(); --days) {
    auto& sums = moved_[Date{static_cast<std::int32_t>(progress.take())}];
    for (auto left = progress.take(); left > 0 && progress.ok(); --left) {
      const auto code = static_cast<std::int32_t>(progress.take());
      const auto currency = money::Currency::parse(progress.take_text());
      const Sum sum{progress.take_wide(), progress.take_wide()};
      if (currency) sums[{code, *currency}] = sum;
    }
  }
}

}  // namespace feiqian::ledger::detail
