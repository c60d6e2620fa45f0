// Sums of debits less credits per (pool, currency): what a voucher must leave at zero.
#pragma once

#include <boost/container/small_vector.hpp>

#include "ledger/chart.h"
#include "money/money.h"

namespace feiqian::ledger::detail {

/// At most a handful of sums, in the order of their first line. One thread.
class PoolSums {
 public:
  void add(Pool pool, money::Currency currency, __int128 amount) {
    for (auto& sum : sums_) {
      if (sum.pool == pool && sum.currency == currency) {
        sum.amount += amount;
        return;
      }
    }
    sums_.push_back({pool, currency, amount});
  }
  /// `visit(pool)` for each sum that is not zero.
  template <class Visit>
  void each_open(Visit visit) const {
    for (const auto& sum : sums_) {
      if (sum.amount != 0) visit(sum.pool);
    }
  }
  bool all_zero() const {
    bool zero = true;
    each_open([&](Pool) { zero = false; });
    return zero;
  }
  void clear() { sums_.clear(); }

 private:
  struct Sum {
    Pool pool;
    money::Currency currency;
    __int128 amount;
  };
  boost::container::small_vector<Sum, 4> sums_;
};

}  // namespace feiqian::ledger::detail
