// Compares the kept totals of days with what the vouchers say. Blocks may come in any order.
#pragma once

#include <map>

#include "ledger/day_totals.h"
#include "ledger/detail/derived.h"
#include "ledger/detail/progress.h"

namespace feiqian::ledger::detail {

class DayCheck {
 public:
  /// The lines that are added from here on are this block's.
  void begin(const BlockRow& block);
  void add(const Derived& account, bool debit, std::int64_t amount_minor);
  /// After the last block: names every total that differs, is missing or is there twice.
  Result<void> compare(store::Reader& reader, Problems& problems) const;

  void save(ProgressWriter& progress) const;
  void restore(ProgressReader& progress);

 private:
  /// A changed amount must not overflow.
  struct Sum {
    __int128 debit = 0;
    __int128 credit = 0;
  };
  using Sums = std::map<Totals::key_type, Sum>;

  static void compare_day(Date day, const Sums& said, const Totals& kept, Problems& problems);

  std::map<Date, Sums> moved_;  // on each day
  Sums* today_ = nullptr;
  VoucherId begin_, end_;  // ids of today_
};

}  // namespace feiqian::ledger::detail
