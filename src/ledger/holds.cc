#include "ledger/holds.h"

#include <algorithm>

#include "ledger/accounts.h"
#include "ledger/journal.h"
#include "ledger/posting.h"

namespace feiqian::ledger {
namespace {

void load_account(engine::Load& load, AccountId id) {
  if (load.get(kAccounts, id) != nullptr) load.get(kBalances, id);
}

bool is_of_a_pair(int code) {
  return std::any_of(mirrors().begin(), mirrors().end(),
                     [&](const Mirror& mirror) { return code == mirror.res_code || code == mirror.own_code; });
}

/// Ends a hold; what was still held becomes available.
void end(engine::Decision& decision, HoldRow& hold, HoldState state) {
  decision.change(kBalances, hold.account).held_minor -= hold.held_minor();
  hold.state = state;
  hold.ended_at = decision.context.now;
  decision.finish_task(hold.task);
  hold.task = engine::TaskId();
}

}  // namespace

void PlaceHold::load(engine::Load& load) const {
  load_account(load, account);
}

Result<HoldRow> PlaceHold::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kAccounts, account);
  if (row == nullptr) return Error(errors::kAccountNotFound, account.text(), "account");
  const auto* chart = find_in_chart(row->code);
  if (chart->keeping != Keeping::Customer) return Error(errors::kAccountNotCustomer, account.text(), "account");
  if (amount_minor < 1) return Error(errors::kVoucherLines, "amounts are at least 1", "amount_minor");
  if (expires_in_s && (*expires_in_s < 1 || *expires_in_s > kLongestHoldS))
    return Error(errors::kValueInvalid, "1 to " + std::to_string(kLongestHoldS), "expires_in_s");
  TRY(check_movable(*row, *chart, *decision.get(kBalances, account), -__int128{amount_minor}));
  HoldRow hold;
  hold.id = decision.new_id<HoldId>(account.shard());
  hold.account = account;
  hold.subject = subject;
  hold.amount_minor = amount_minor;
  hold.created_at = decision.context.now;
  if (expires_in_s) {
    hold.expires_at = decision.context.now.plus_s(*expires_in_s);
    hold.task = decision.enqueue(kHoldExpire, hold.id.value, account.value, *hold.expires_at);
  }
  decision.change(kBalances, account).held_minor += amount_minor;
  return decision.insert(kHolds, hold);
}

void CaptureHold::load(engine::Load& load) const {
  load_account(load, to);
  const auto* row = load.get(kHolds, hold);
  if (row == nullptr) return;
  load_account(load, row->account);
  load.get(engine::kTasks, row->task);
}

Result<HoldRow> CaptureHold::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kHolds, hold);
  if (row == nullptr) return Error(errors::kHoldNotFound, hold.text(), "hold");
  if (row->state != HoldState::Open) return Error(errors::kHoldEnded, hold.text(), "hold");
  if (amount_minor < 1) return Error(errors::kVoucherLines, "amounts are at least 1", "amount_minor");
  if (amount_minor > row->held_minor())
    return Error(errors::kHoldExceeded, "held are " + std::to_string(row->held_minor()), "amount_minor");
  const auto* from = decision.get(kAccounts, row->account);
  const auto* target = decision.get(kAccounts, to);
  if (target == nullptr) return Error(errors::kAccountNotFound, to.text(), "to");
  const auto* chart = find_in_chart(from->code);
  const auto* target_chart = find_in_chart(target->code);
  if (chart->pool != target_chart->pool || from->currency != target->currency)
    return Error(errors::kVoucherUnbalanced, "of another pool or currency", "to");
  // Its mirror would have to move too; no customer account is one of a pair.
  if (is_of_a_pair(target->code)) return Error(errors::kVoucherMirror, to.text(), "to");
  // It leaves the hold and the account together.
  decision.change(kBalances, from->id).held_minor -= amount_minor;
  auto& changed = decision.change(kHolds, hold);
  changed.captured_minor += amount_minor;
  const auto decreasing = chart->normal_side == Side::Debit ? Side::Credit : Side::Debit;
  const auto opposite = decreasing == Side::Debit ? Side::Credit : Side::Debit;
  Voucher voucher{kHoldCaptured, hold.value, 0, {}};
  voucher.lines = {{{from->code, from->owner, from->currency}, decreasing, amount_minor},
                   {{target->code, target->owner, target->currency}, opposite, amount_minor}};
  TRY(post_lines(decision, voucher, {from, target}));
  if (changed.held_minor() == 0 || final) end(decision, changed, HoldState::Captured);
  return changed;
}

void ReleaseHold::load(engine::Load& load) const {
  const auto* row = load.get(kHolds, hold);
  if (row == nullptr) return;
  load_account(load, row->account);
  load.get(engine::kTasks, row->task);
}

Result<HoldRow> ReleaseHold::decide(engine::Decision& decision) const {
  const auto* row = decision.get(kHolds, hold);
  if (row == nullptr) return Error(errors::kHoldNotFound, hold.text(), "hold");
  if (row->state != HoldState::Open) return *row;
  auto& changed = decision.change(kHolds, hold);
  end(decision, changed, expired ? HoldState::Expired : HoldState::Released);
  return changed;
}

}  // namespace feiqian::ledger
