#include "ledger/accounts.h"

#include "ledger/posting.h"

namespace feiqian::ledger {
namespace {

Result<const AccountRow*> customer(engine::Decision& decision, AccountId id) {
  const auto* row = decision.get(kAccounts, id);
  if (row == nullptr) return Error(errors::kAccountNotFound, id.text(), "account");
  if (find_in_chart(row->code)->keeping != Keeping::Customer)
    return Error(errors::kAccountNotCustomer, id.text(), "account");
  return row;
}

Result<AccountRow*> open_customer(engine::Decision& decision, AccountId id) {
  const auto* row = TRY(customer(decision, id));
  if (row->state == AccountState::Closed) return Error(errors::kAccountClosed, id.text(), "account");
  return &decision.change(kAccounts, id);
}

}  // namespace

Result<void> check_movable(const AccountRow& account, const ChartEntry& chart, const BalanceRow& balance,
                           __int128 growth) {
  if (account.state == AccountState::Closed) return Error(errors::kAccountClosed, account.id.text());
  const __int128 after = __int128{balance_of(chart, balance)} + growth;
  if (growth < 0) {
    if (account.state == AccountState::Frozen) return Error(errors::kAccountFrozen, account.id.text());
    if (after < __int128{balance.held_minor} + account.frozen_minor)
      return Error(errors::kBalanceInsufficient, "account " + std::to_string(account.code));
  } else if (growth > 0 && account.most_minor > 0 && after > account.most_minor) {
    return Error(errors::kBalanceLimit, "the most is " + std::to_string(account.most_minor));
  }
  return {};
}

void FreezeAccount::load(engine::Load& load) const {
  load.get(kAccounts, account);
}

Result<AccountRow> FreezeAccount::decide(engine::Decision& decision) const {
  auto* row = TRY(open_customer(decision, account));
  if (frozen_minor < 0) return Error(errors::kValueInvalid, "", "frozen_minor");
  row->state = whole ? AccountState::Frozen : AccountState::Open;
  row->frozen_minor = frozen_minor;
  return *row;
}

void LimitAccount::load(engine::Load& load) const {
  load.get(kAccounts, account);
}

Result<AccountRow> LimitAccount::decide(engine::Decision& decision) const {
  auto* row = TRY(open_customer(decision, account));
  if (most_minor < 0) return Error(errors::kValueInvalid, "", "most_minor");
  row->most_minor = most_minor;
  return *row;
}

void CloseAccount::load(engine::Load& load) const {
  if (load.get(kAccounts, account) != nullptr) load.get(kBalances, account);
}

Result<AccountRow> CloseAccount::decide(engine::Decision& decision) const {
  const auto* row = TRY(customer(decision, account));
  if (row->state == AccountState::Closed) return *row;
  const auto* balance = decision.get(kBalances, account);
  if (balance_of(*find_in_chart(row->code), *balance) != 0 || balance->held_minor != 0)
    return Error(errors::kAccountNotEmpty, account.text(), "account");
  auto& changed = decision.change(kAccounts, account);
  changed.state = AccountState::Closed;
  return changed;
}

}  // namespace feiqian::ledger
