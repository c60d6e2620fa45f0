#include "ledger/posting.h"

#include <boost/container/small_vector.hpp>

#include "ledger/accounts.h"
#include "ledger/journal.h"

namespace feiqian::ledger {
namespace {

/// Growth of the balance on the account's normal side.
std::int64_t signed_amount(const ChartEntry& chart, Side side, std::int64_t amount) {
  return side == chart.normal_side ? amount : -amount;
}

const AccountRow* find_account(engine::Decision& decision, const AccountKey& key) {
  return decision.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
}

struct Prepared {
  const AccountRow* account;
  const ChartEntry* chart;
  const Line* line;
};
using PreparedLines = boost::container::small_vector<Prepared, 8>;

/// Customer accounts allow what the lines together do to them.
Result<void> check_customers(engine::Decision& decision, const PreparedLines& prepared) {
  for (const auto& each : prepared) {
    if (each.chart->keeping != Keeping::Customer) continue;
    __int128 growth = 0;
    for (const auto& other : prepared) {
      if (other.line->account == each.line->account)
        growth += signed_amount(*other.chart, other.line->side, other.line->amount_minor);
    }
    if (each.account != nullptr) {
      TRY(check_movable(*each.account, *each.chart, *decision.get(kBalances, each.account->id), growth));
    } else if (growth < 0) {
      return Error(errors::kBalanceInsufficient, "account " + std::to_string(each.line->account.code));
    }
  }
  return {};
}

/// Nothing is written before every line is known to be allowed.
Result<PreparedLines> prepare(engine::Decision& decision, const std::vector<Line>& lines) {
  PreparedLines prepared;
  for (const auto& line : lines) {
    const auto* chart = find_in_chart(line.account.code);
    CHECK(chart != nullptr);
    prepared.push_back({find_account(decision, line.account), chart, &line});
  }
  TRY(check_customers(decision, prepared));
  for (auto& each : prepared) {
    if (each.account != nullptr) continue;
    const auto& key = each.line->account;
    each.account = find_account(decision, key);
    if (each.account != nullptr) continue;
    const auto id = decision.new_id<AccountId>(shard_of(key.owner));
    each.account = &decision.insert(kAccounts, AccountRow{id, key.code, key.owner, key.currency, decision.context.now});
    decision.insert(kBalances, BalanceRow{id, 0, 0, 0});
  }
  return prepared;
}

PostedLine write_line(engine::Decision& decision, const Prepared& line) {
  const auto id = line.account->id;
  const auto side = line.line->side;
  const auto amount = line.line->amount_minor;
  if (line.chart->keeping == Keeping::Internal) {
    if (side == Side::Debit) {
      decision.add<&BalanceRow::debit_minor>(kBalances, id, amount);
    } else {
      decision.add<&BalanceRow::credit_minor>(kBalances, id, amount);
    }
    return {id, side, amount, std::nullopt};
  }
  auto& balance = decision.change(kBalances, id);
  (side == Side::Debit ? balance.debit_minor : balance.credit_minor) += amount;
  ++balance.entries;
  return {id, side, amount, PostedLine::After{balance_of(*line.chart, balance), balance.entries}};
}

VoucherId write(engine::Decision& decision, const VoucherHead& head, const PreparedLines& prepared) {
  return decision.part<Journal>().append(decision.context, head, prepared.size(), [&](BlockWriter& block) {
    for (const auto& line : prepared) block.line(write_line(decision, line));
  });
}

}  // namespace

std::int64_t balance_of(const ChartEntry& chart, const BalanceRow& balance) {
  return chart.normal_side == Side::Debit ? balance.debit_minor - balance.credit_minor
                                          : balance.credit_minor - balance.debit_minor;
}

void load_accounts(engine::Load& load, const VoucherTemplate& which, const Owners& owners, money::Currency currency) {
  for (const auto& line : which.lines) {
    const auto* account = load.first(kAccountByKey, std::int32_t{line.code}, owner_of(line.role, owners), currency);
    if (account != nullptr && find_in_chart(line.code)->keeping == Keeping::Customer) load.get(kBalances, account->id);
  }
}

void load_balance(engine::Load& load, const AccountKey& key) {
  const auto* account = load.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
  if (account != nullptr) load.get(kBalances, account->id);
}

std::int64_t balance(engine::Decision& decision, const AccountKey& key) {
  const auto* account = find_account(decision, key);
  return account == nullptr ? 0 : balance_of(*find_in_chart(key.code), *decision.get(kBalances, account->id));
}

Result<VoucherId> post(engine::Decision& decision, const Voucher& voucher) {
  const auto prepared = TRY(prepare(decision, voucher.lines));
  return write(decision, {voucher.event, voucher.subject, voucher.rule, VoucherId(), {}}, prepared);
}

Result<VoucherId> post_lines(engine::Decision& decision, const Voucher& voucher,
                             const std::vector<const AccountRow*>& accounts) {
  PreparedLines prepared;
  for (std::size_t i = 0; i < voucher.lines.size(); ++i)
    prepared.push_back({accounts[i], find_in_chart(accounts[i]->code), &voucher.lines[i]});
  TRY(check_customers(decision, prepared));
  return write(decision, {voucher.event, voucher.subject, voucher.rule, VoucherId(), {}}, prepared);
}

void load_reversal(engine::Load& load, VoucherId posted) {
  load.first(kReversalByVoucher, posted);
}

Result<VoucherId> reverse(engine::Decision& decision, VoucherId posted, const Voucher& original) {
  if (decision.first(kReversalByVoucher, posted) != nullptr) return Error(errors::kVoucherReversed);
  auto lines = original.lines;
  for (auto& line : lines) line.amount_minor = -line.amount_minor;
  const auto prepared = TRY(prepare(decision, lines));
  const auto by = write(decision, {original.event, original.subject, original.rule, posted, {}}, prepared);
  decision.insert(kReversals, ReversalRow{decision.new_id<StrongId<ReversalTag>>(posted.shard()), posted, by});
  return by;
}

}  // namespace feiqian::ledger
