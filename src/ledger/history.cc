#include "ledger/history.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "ledger/seal.h"
#include "ledger/snapshot.h"
#include "money/errors.h"

namespace feiqian::ledger {
namespace {

using Operator = store::Selection::Condition::Operator;
constexpr std::int64_t kAll = INT64_MAX;
constexpr std::int32_t kFxPosition = 3301;

std::int64_t on_normal_side(const ChartEntry& chart, const Turnover& turnover) {
  return balance_of(chart, BalanceRow{{}, turnover.debit_minor, turnover.credit_minor, 0, 0});
}

bool add_to(Turnover& total, const Turnover& more) {
  return !__builtin_add_overflow(total.debit_minor, more.debit_minor, &total.debit_minor) &&
         !__builtin_add_overflow(total.credit_minor, more.credit_minor, &total.credit_minor);
}

Error overflow() {
  return Error(errors::kAmountOverflow, "a total leaves 64 bits");
}

bool are_mirrored(const Totals& totals) {
  const auto of = [&](int code, money::Currency currency) {
    const auto found = totals.find({code, currency});
    return found == totals.end() ? 0 : on_normal_side(*find_in_chart(code), found->second);
  };
  return std::all_of(totals.begin(), totals.end(), [&](const auto& total) {
    const auto currency = total.first.second;
    return std::all_of(mirrors().begin(), mirrors().end(), [&](const Mirror& mirror) {
      return of(mirror.res_code, currency) == of(mirror.own_code, currency);
    });
  });
}

TrialBalance trial_of(const Totals& totals) {
  std::map<std::tuple<Pool, money::Currency, int>, TrialRow> rows;
  std::map<std::pair<Pool, money::Currency>, __int128> sums;
  for (const auto& [key, turnover] : totals) {
    const auto* chart = find_in_chart(key.first);
    CHECK(chart != nullptr);
    rows[{chart->pool, key.second, key.first}] = {chart->pool,
                                                  key.first,
                                                  key.second,
                                                  turnover.debit_minor,
                                                  turnover.credit_minor,
                                                  on_normal_side(*chart, turnover)};
    sums[{chart->pool, key.second}] += __int128{turnover.debit_minor} - turnover.credit_minor;
  }
  TrialBalance trial;
  for (const auto& [key, row] : rows) trial.rows.push_back(row);
  trial.balanced = std::all_of(sums.begin(), sums.end(), [](const auto& sum) { return sum.second == 0; });
  trial.mirrored = are_mirrored(totals);
  return trial;
}

/// What one account had before the moment.
class AccountAt {
 public:
  AccountAt(const AccountRow& account, Timestamp before)
      : account_(account.id), chart_(find_in_chart(account.code)), before_(before) {}

  Result<std::int64_t> read(store::Reader& reader) {
    std::map<std::int32_t, VoucherId> marks;
    for (const auto& mark : TRY(store::Query(kMergeMarks).limit(kAll).run(reader))) marks[mark.chain] = mark.block;
    std::optional<VoucherId> unmerged;
    for (const auto& [chain, mark] : marks) {
      TRY(read_pages(reader, chain));
      unmerged = std::min(unmerged.value_or(mark), mark);
    }
    if (unmerged) TRY(read_blocks(reader, *unmerged));
    if (!fits_) return overflow();
    return chart_->keeping == Keeping::Customer ? balance_ : on_normal_side(*chart_, sum_);
  }

 private:
  Result<void> read_pages(store::Reader& reader, std::int32_t chain) {
    store::Query pages(kPages);
    pages.equal<&PageRow::account>(account_).equal<&PageRow::chain>(chain);
    const auto newest = TRY(pages.first(reader));
    if (!newest) return {};
    paged_[chain] = newest->last_voucher;
    pages.where<&PageRow::first_posted_at>(Operator::Less, before_);
    if (chart_->keeping == Keeping::Customer) {
      if (const auto last = TRY(pages.first(reader))) TRY(add_page(*last));
      return {};
    }
    Result<void> added;
    TRY(pages.limit(kAll).visit(reader, [&](const PageRow& page) {
      if (added) added = add_page(page);
    }));
    return added;
  }

  Result<void> add_page(const PageRow& page) {
    for (const auto& entry : TRY(decode_page(page.bytes.bytes))) add(entry);
    return {};
  }

  Result<void> read_blocks(store::Reader& reader, VoucherId from) {
    Result<void> added;
    TRY(store::Query(kBlocks)
            .where<&BlockRow::id>(Operator::GreaterOrEqual, from)
            .where<&BlockRow::posted_at>(Operator::Less, before_)
            .oldest_first()
            .limit(kAll)
            .visit(reader, [&](const BlockRow& block) {
              const auto entries = entries_of(block);
              if (!entries) added = entries.error();
              if (!added) return;
              for (const auto& [id, entry] : *entries) {
                if (id == account_ && entry.voucher > paged_[block.id.shard()]) add(entry);
              }
            }));
    return added;
  }

  void add(const Entry& entry) {
    if (entry.posted_at >= before_) return;
    if (entry.number > number_) {
      number_ = entry.number;
      balance_ = entry.balance_minor;
    }
    if (chart_->keeping == Keeping::Customer) return;
    fits_ = fits_ && add_to(sum_, {entry.debit_minor, entry.credit_minor});
  }

  AccountId account_;
  const ChartEntry* chart_;
  Timestamp before_;
  std::map<std::int32_t, VoucherId> paged_;  // by chain: the last voucher in pages
  std::int64_t number_ = 0;
  std::int64_t balance_ = 0;
  Turnover sum_;
  bool fits_ = true;
};

struct AccountSums {
  const ChartEntry* chart = nullptr;
  std::pair<std::int32_t, money::Currency> key;
  bool owned = false;
};

/// Balances of all accounts, by code; in the reader's snapshot.
Result<std::map<std::pair<std::int32_t, money::Currency>, SubLedger>> sum_accounts(store::Reader& reader) {
  std::map<std::pair<std::int32_t, money::Currency>, SubLedger> sums;
  boost::unordered_flat_map<std::int64_t, AccountSums> accounts;
  TRY(store::Query(kAccounts).oldest_first().limit(kAll).visit(reader, [&](const AccountRow& account) {
    const std::pair key{account.code, account.currency};
    auto& sum = sums[key];
    sum.code = account.code;
    sum.currency = account.currency;
    ++sum.accounts;
    accounts[account.id.value] = {find_in_chart(account.code), key, account.owner != 0};
  }));
  bool fits = true;
  TRY(store::Query(kBalances).oldest_first().limit(kAll).visit(reader, [&](const BalanceRow& balance) {
    const auto found = accounts.find(balance.id.value);
    if (found == accounts.end() || found->second.chart == nullptr) return;
    auto& sum = sums[found->second.key];
    auto& side = found->second.owned ? sum.owners_minor : sum.platform_minor;
    fits = fits && !__builtin_add_overflow(side, balance_of(*found->second.chart, balance), &side) &&
           !__builtin_add_overflow(sum.held_minor, balance.held_minor, &sum.held_minor);
  }));
  if (!fits) return overflow();
  return sums;
}

}  // namespace

Result<TrialBalance> trial_balance(store::Reader& reader) {
  const auto snapshot = TRY(Snapshot::begin(reader));
  Totals totals;
  boost::unordered_flat_map<std::int64_t, Turnover*> accounts;
  TRY(store::Query(kAccounts).oldest_first().limit(kAll).visit(reader, [&](const AccountRow& account) {
    accounts[account.id.value] = &totals[{account.code, account.currency}];
  }));
  bool fits = true;
  TRY(store::Query(kBalances).oldest_first().limit(kAll).visit(reader, [&](const BalanceRow& balance) {
    const auto found = accounts.find(balance.id.value);
    if (found != accounts.end()) fits = fits && add_to(*found->second, {balance.debit_minor, balance.credit_minor});
  }));
  if (!fits) return overflow();
  return trial_of(totals);
}

Result<TrialBalance> trial_balance_at(store::Reader& reader, Timestamp before) {
  return trial_of(TRY(totals_before(reader, before)));
}

Result<std::int64_t> balance_at(store::Reader& reader, const AccountRow& account, Timestamp before) {
  const auto snapshot = TRY(Snapshot::begin(reader));
  return AccountAt(account, before).read(reader);
}

Result<std::vector<SubLedger>> sub_ledgers(store::Reader& reader) {
  const auto snapshot = TRY(Snapshot::begin(reader));
  auto sums = TRY(sum_accounts(reader));
  for (const auto& [key, turnover] : TRY(totals_before(reader, kEndOfTime))) {
    auto& sum = sums[key];
    sum.code = key.first;
    sum.currency = key.second;
    sum.general_minor = on_normal_side(*find_in_chart(key.first), turnover);
  }
  std::vector<SubLedger> rows;
  for (const auto& [key, sum] : sums) rows.push_back(sum);
  return rows;
}

Result<std::vector<FxPosition>> fx_positions(store::Reader& reader, Timestamp before) {
  std::vector<FxPosition> positions;
  for (const auto& [key, turnover] : TRY(totals_before(reader, before))) {
    if (key.first != kFxPosition) continue;
    positions.push_back(
        {key.second, turnover.credit_minor, turnover.debit_minor, turnover.credit_minor - turnover.debit_minor});
  }
  return positions;
}

}  // namespace feiqian::ledger
