// A command of a ledger client: decided only if the client may touch every account that it names. The client's row is
// read with the decision, so a key that was revoked posts nothing any more. Private to api/.
#pragma once

#include "api/errors.h"
#include "api/ledger_clients.h"
#include "ledger/accounts.h"
#include "ledger/holds.h"
#include "ledger/post_vouchers.h"

namespace feiqian::api {

template <class Command>
struct Permitted {
  using Reply = typename Command::Reply;
  Command command;
  LedgerClientId client;

  void load(engine::Load& load) const {
    load.get(kLedgerClients, client);
    command.load(load);
  }
  Result<Reply> decide(engine::Decision& decision) const {
    const auto* row = decision.get(kLedgerClients, client);
    if (row == nullptr || row->revoked_at) return Error(errors::kKeyRevoked);
    TRY(check(decision, *row, command));
    return command.decide(decision);
  }

 private:
  /// An account that is not there is the command's own affair.
  static Result<void> check_account(engine::Decision& decision, const LedgerClientRow& row, ledger::AccountId id,
                                    const char* field) {
    const auto* account = decision.get(ledger::kAccounts, id);
    if (account == nullptr || row.may_touch(account->code, account->owner)) return {};
    return Error(errors::kLedgerForbidden, id.text(), field);
  }
  static Result<void> check(engine::Decision&, const LedgerClientRow& row, const ledger::OpenAccount& open) {
    if (row.may_touch(open.key.code, open.key.owner)) return {};
    return Error(errors::kLedgerForbidden, std::to_string(open.key.code), "code");
  }
  static Result<void> check(engine::Decision& decision, const LedgerClientRow& row, const ledger::PostVouchers& post) {
    if (post.vouchers.size() > ledger::kMostVouchersAtOnce) return {};  // its accounts were not asked for
    for (const auto& voucher : post.vouchers) {
      for (const auto& line : voucher.lines) TRY(check_account(decision, row, line.account, "vouchers.lines.account"));
    }
    return {};
  }
  static Result<void> check_hold(engine::Decision& decision, const LedgerClientRow& row, ledger::HoldId id) {
    const auto* hold = decision.get(ledger::kHolds, id);
    return hold == nullptr ? Result<void>() : check_account(decision, row, hold->account, "hold");
  }
  static Result<void> check(engine::Decision& decision, const LedgerClientRow& row,
                            const ledger::CaptureHold& capture) {
    TRY(check_hold(decision, row, capture.hold));
    return check_account(decision, row, capture.to, "to");
  }
  static Result<void> check(engine::Decision& decision, const LedgerClientRow& row,
                            const ledger::ReleaseHold& release) {
    return check_hold(decision, row, release.hold);
  }
  /// Everything else is about one account.
  template <class Other>
  static Result<void> check(engine::Decision& decision, const LedgerClientRow& row, const Other& other) {
    return check_account(decision, row, other.account, "account");
  }
};

}  // namespace feiqian::api
