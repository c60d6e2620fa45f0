#include "ledger/post_vouchers.h"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <span>

#include "ledger/accounts.h"
#include "ledger/journal.h"
#include "ledger/posting.h"

namespace feiqian::ledger {
namespace {

struct Leg {
  const AccountRow* account;
  const ChartEntry* chart;
  const VoucherToPost::Line* line;
  std::int64_t growth() const { return line->side == chart->normal_side ? line->amount_minor : -line->amount_minor; }
};
using Legs = boost::container::small_vector<Leg, 4>;

Result<Legs> legs_of(engine::Decision& decision, const VoucherToPost& voucher) {
  if (voucher.lines.size() < 2 || voucher.lines.size() > kMostLines) return Error(errors::kVoucherLines, "", "lines");
  if (voucher.memo.size() > kMostMemoBytes) return Error(errors::kVoucherLines, "at most 1024 bytes", "memo");
  Legs legs;
  for (const auto& line : voucher.lines) {
    const auto* account = decision.get(kAccounts, line.account);
    if (account == nullptr) return Error(errors::kAccountNotFound, line.account.text(), "lines");
    if (line.amount_minor < 1 || line.amount_minor > kMostLineMinor)
      return Error(errors::kVoucherLines, "amounts are 1 to " + std::to_string(kMostLineMinor), "lines.amount_minor");
    legs.push_back({account, find_in_chart(account->code), &line});
  }
  return legs;
}

bool is_balanced(const Legs& legs) {
  for (const auto& one : legs) {
    __int128 sum = 0;
    for (const auto& other : legs) {
      if (other.chart->pool != one.chart->pool || other.account->currency != one.account->currency) continue;
      sum += other.line->side == Side::Debit ? other.line->amount_minor : -other.line->amount_minor;
    }
    if (sum != 0) return false;
  }
  return true;
}

/// The pairs of chart.h stay equal: what one of them gets, the other one gets.
bool is_mirrored(const Legs& legs) {
  const auto grown = [&](int code, money::Currency currency) {
    __int128 sum = 0;
    for (const auto& leg : legs) {
      if (leg.account->code == code && leg.account->currency == currency) sum += leg.growth();
    }
    return sum;
  };
  for (const auto& leg : legs) {
    for (const auto& mirror : mirrors()) {
      if (leg.account->code != mirror.res_code && leg.account->code != mirror.own_code) continue;
      const auto currency = leg.account->currency;
      if (grown(mirror.res_code, currency) != grown(mirror.own_code, currency)) return false;
    }
  }
  return true;
}

bool is_watched(const ChartEntry& chart, std::int64_t amount) {
  return chart.keeping == Keeping::Customer || amount > kLargeLineMinor;
}

struct Moved {
  __int128 debit = 0;
  __int128 credit = 0;

  void add(const Leg& leg) { (leg.line->side == Side::Debit ? debit : credit) += leg.line->amount_minor; }
  __int128 growth(const ChartEntry& chart) const {
    return chart.normal_side == Side::Debit ? debit - credit : credit - debit;
  }
};
/// By account: what earlier vouchers of a chain would do to it.
using Pending = boost::unordered_flat_map<std::int64_t, Moved>;

Result<void> check_accounts(engine::Decision& decision, const Legs& legs, const Pending& before) {
  for (const auto& leg : legs) {
    if (!is_watched(*leg.chart, leg.line->amount_minor)) continue;
    const auto pending = before.find(leg.account->id.value);
    auto moved = pending == before.end() ? Moved() : pending->second;
    for (const auto& other : legs) {
      if (other.account == leg.account) moved.add(other);
    }
    const auto& balance = *decision.get(kBalances, leg.account->id);
    if (balance.debit_minor + moved.debit > kMostTurnoverMinor ||
        balance.credit_minor + moved.credit > kMostTurnoverMinor)
      return Error(errors::kTurnoverTooLarge, leg.account->id.text(), "lines.amount_minor");
    if (leg.chart->keeping == Keeping::Customer)
      TRY(check_movable(*leg.account, *leg.chart, balance, moved.growth(*leg.chart)));
  }
  return {};
}

Result<Legs> check(engine::Decision& decision, const VoucherToPost& voucher, const Pending& before) {
  auto legs = TRY(legs_of(decision, voucher));
  if (!is_balanced(legs)) return Error(errors::kVoucherUnbalanced, "", "lines");
  if (!is_mirrored(legs)) return Error(errors::kVoucherMirror, "", "lines");
  TRY(check_accounts(decision, legs, before));
  return legs;
}

VoucherId write(engine::Decision& decision, const VoucherToPost& voucher, const Legs& legs) {
  const VoucherHead head{kPostedFromOutside, voucher.subject, 0, VoucherId(), voucher.memo};
  return decision.part<Journal>().append(decision.context, head, legs.size(), [&](BlockWriter& block) {
    for (const auto& leg : legs) {
      const auto& line = *leg.line;
      if (leg.chart->keeping == Keeping::Internal) {
        if (line.side == Side::Debit) {
          decision.add<&BalanceRow::debit_minor>(kBalances, line.account, line.amount_minor);
        } else {
          decision.add<&BalanceRow::credit_minor>(kBalances, line.account, line.amount_minor);
        }
        block.line({line.account, line.side, line.amount_minor, std::nullopt});
        continue;
      }
      auto& balance = decision.change(kBalances, line.account);
      (line.side == Side::Debit ? balance.debit_minor : balance.credit_minor) += line.amount_minor;
      ++balance.entries;
      block.line({line.account, line.side, line.amount_minor,
                  PostedLine::After{balance_of(*leg.chart, balance), balance.entries}});
    }
  });
}

/// One voucher, or several linked ones: all or none.
void post_chain(engine::Decision& decision, std::span<const VoucherToPost> chain, PostVouchers::Reply& reply) {
  boost::container::small_vector<Legs, 1> checked;
  Pending before;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    auto legs = check(decision, chain[i], before);
    if (!legs) {
      for (std::size_t j = 0; j < chain.size(); ++j)
        reply.push_back(j == i ? legs.error() : Error(errors::kLinkedRefused));
      return;
    }
    if (chain.size() > 1) {
      for (const auto& leg : *legs) before[leg.account->id.value].add(leg);
    }
    checked.push_back(std::move(legs).value());
  }
  for (std::size_t i = 0; i < chain.size(); ++i) reply.push_back(write(decision, chain[i], checked[i]));
}

}  // namespace

void PostVouchers::load(engine::Load& load) const {
  if (vouchers.size() > kMostVouchersAtOnce) return;
  for (const auto& voucher : vouchers) {
    for (const auto& line : voucher.lines) {
      const auto* account = load.get(kAccounts, line.account);
      if (account != nullptr && is_watched(*find_in_chart(account->code), line.amount_minor))
        load.get(kBalances, line.account);
    }
  }
}

Result<PostVouchers::Reply> PostVouchers::decide(engine::Decision& decision) const {
  if (vouchers.size() > kMostVouchersAtOnce)
    return Error(errors::kTooManyVouchers, "at most " + std::to_string(kMostVouchersAtOnce), "vouchers");
  if (!vouchers.empty() && vouchers.back().linked)
    return Error(errors::kVoucherLines, "the last voucher has no next one", "linked");
  Reply reply;
  reply.reserve(vouchers.size());
  for (std::size_t begin = 0; begin < vouchers.size();) {
    auto end = begin;
    while (vouchers[end].linked) ++end;
    ++end;
    post_chain(decision, std::span(vouchers).subspan(begin, end - begin), reply);
    begin = end;
  }
  return reply;
}

void OpenAccount::load(engine::Load& load) const {
  load.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
}

Result<AccountId> OpenAccount::decide(engine::Decision& decision) const {
  if (find_in_chart(key.code) == nullptr) return Error(errors::kAccountCodeUnknown, std::to_string(key.code), "code");
  const auto* known = decision.first(kAccountByKey, std::int32_t{key.code}, key.owner, key.currency);
  if (known != nullptr) return known->id;
  const auto id = decision.new_id<AccountId>(shard_of(key.owner));
  decision.insert(kAccounts, AccountRow{id, key.code, key.owner, key.currency, decision.context.now});
  decision.insert(kBalances, BalanceRow{id, 0, 0, 0});
  return id;
}

}  // namespace feiqian::ledger
