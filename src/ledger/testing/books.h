// For tests of the ledger: books under seal in a store of their own, and commands that post and reverse what stands in
// the catalogue for one merchant.
#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/testing/harness.h"
#include "ledger/books.h"
#include "ledger/journal.h"
#include "ledger/posting.h"
#include "ledger/seal.h"

namespace feiqian::ledger::testing {

using engine::testing::code_of;
using engine::testing::Do;
using engine::testing::FaultyStore;
using engine::testing::Harness;
using engine::testing::must;

inline constexpr Owners kOwners{1 << 20, 2 << 20, 3 << 20};
inline constexpr AccountKey kMerchantPending{2202, 1 << 20, money::kCny};
inline constexpr AccountKey kReceivable{1121, 2 << 20, money::kCny};

struct Post {
  using Reply = VoucherId;
  const VoucherTemplate* which;
  std::int64_t amount;
  std::int64_t tax = 0;
  Owners owners = kOwners;
  std::int64_t subject = 77 << 13;
  Voucher voucher() const { return make(*which, subject, owners, {{amount, money::kCny}, tax}, 5); }
  void load(engine::Load& load) const { load_accounts(load, *which, owners, money::kCny); }
  Result<Reply> decide(engine::Decision& decision) const { return post(decision, voucher()); }
};

struct Reverse {
  using Reply = VoucherId;
  VoucherId posted;
  Post original;
  void load(engine::Load& load) const {
    load_reversal(load, posted);
    original.load(load);
  }
  Result<Reply> decide(engine::Decision& decision) const { return reverse(decision, posted, original.voucher()); }
};

/// Entries of accounts, by the account's id.
using EntriesByAccount = std::map<std::int64_t, std::vector<Entry>>;

class Books {
 public:
  explicit Books(PendingEntries::Limits limits = {}) : seal_(limits) {}

 private:
  LedgerSeal seal_;

 public:
  Harness harness{{&seal_}};  // NOLINT(readability-identifier-naming)

  Result<VoucherId> post(const VoucherTemplate& which, std::int64_t amount, std::int64_t tax = 0) {
    return harness.run(Post{&which, amount, tax});
  }

  std::map<int, std::int64_t> balances() {
    std::map<int, std::int64_t> balances;
    for (const auto& account : harness.all(kAccounts))
      balances[account.code] += balance_of(*find_in_chart(account.code), harness.get(kBalances, account.id));
    return balances;
  }
  AccountRow account(const AccountKey& key) {
    for (const auto& row : harness.all(kAccounts)) {
      if (row.code == key.code && row.owner == key.owner && row.currency == key.currency) return row;
    }
    throw std::runtime_error("no account " + std::to_string(key.code));
  }
  BalanceRow balance(const AccountKey& key) { return harness.get(kBalances, account(key).id); }
  std::vector<VoucherView> vouchers() {
    std::vector<VoucherView> vouchers;
    must(visit_vouchers(*harness.reader(), VoucherId(), [&](const VoucherView& voucher) {
      vouchers.push_back(voucher);
      return true;
    }));
    return vouchers;
  }
  std::vector<Entry> entries(AccountId account) { return must(entries_of_account(*harness.reader(), account)); }
  std::vector<Entry> entries(const AccountKey& key) { return entries(account(key).id); }
  EntriesByAccount all_entries() {
    EntriesByAccount entries_now;
    for (const auto& row : harness.all(kAccounts)) entries_now[row.id.value] = entries(row.id);
    return entries_now;
  }
  /// What is not in pages yet, as the engine has it in memory; accounts that have nothing are left out.
  EntriesByAccount pending() {
    const auto accounts = harness.all(kAccounts);
    return must(harness.run(Do<EntriesByAccount>{{}, [&](engine::Decision& decision) -> Result<EntriesByAccount> {
                                                   EntriesByAccount found;
                                                   for (const auto& row : accounts) {
                                                     const auto& list = decision.part<Journal>().pending().of(row.id);
                                                     if (!list.empty()) found[row.id.value] = list;
                                                   }
                                                   return found;
                                                 }}));
  }
  std::vector<std::string> problems() { return must(verify(*harness.reader())).problems; }
};

}  // namespace feiqian::ledger::testing
