// What verification derives from the vouchers, account by account.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/chart.h"
#include "ledger/pages.h"

namespace feiqian::ledger::detail {

inline std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9ULL;
  value ^= value >> 27;
  value *= 0x94d049bb133111ebULL;
  return value ^ value >> 31;
}

inline std::uint64_t fingerprint(std::int64_t number, std::int64_t balance) {
  return mixed(mixed(static_cast<std::uint64_t>(number)) + static_cast<std::uint64_t>(balance));
}

inline std::uint64_t fingerprint(const Entry& entry) {
  std::uint64_t value = 0;
  for (const std::int64_t part :
       {entry.voucher.value, entry.debit_minor, entry.credit_minor, entry.number, entry.balance_minor,
        entry.posted_at.us, std::int64_t{entry.accounting_date.yyyymmdd}}) {
    value = mixed(value + static_cast<std::uint64_t>(part));
  }
  return value;
}

struct Derived {
  const AccountRow* row = nullptr;
  const ChartEntry* chart = nullptr;
  __int128 debit = 0;  // a changed amount must not overflow
  __int128 credit = 0;
  std::int64_t entries = 0;
  std::int64_t held = 0;  // by open holds
  /// Σ of fingerprints of (number, balance after) less those of (number − 1, balance before): telescopes to the last
  /// one exactly when the entries follow each other, in whatever order they are read.
  std::uint64_t sequence = 0;
  std::uint64_t in_blocks = 0;  // Σ of fingerprints of the entries
  std::uint64_t in_pages = 0;   // the same of those in pages
  std::uint64_t waiting = 0;    // the same of those not in pages yet
  bool has_balance = false;
};
using Accounts = boost::unordered_flat_map<std::int64_t, Derived>;

inline std::string name_of_account(const Derived& account) {
  return "account " + account.row->id.text() + " (" + std::to_string(account.row->code) + ")";
}

/// The first ones found; one fault has many consequences.
class Problems {
 public:
  void add(std::string what) {
    constexpr std::size_t kMost = 20;
    if (all_.size() < kMost) all_.push_back(std::move(what));
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

}  // namespace feiqian::ledger::detail
