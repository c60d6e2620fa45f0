#include "ledger/journal.h"

namespace feiqian::ledger {

std::string Journal::take_block() {
  sealed_ = block_.count();
  auto bytes = block_.take();
  kept_ = block_.mark();
  return bytes;
}

void Journal::committed() {
  if (sealed_ == 0) return;
  last_ = voucher_at(first_, sealed_ - 1);
  sealed_ = 0;
  pending_.drop(paged_);
  for (const auto& [account, entry] : staged_) pending_.add(account, entry, first_);
  staged_.clear();
  paged_.clear();
}

void Journal::forget() {
  block_.clear();
  kept_ = block_.mark();
  sealed_ = 0;
  staged_.clear();
  paged_.clear();
}

}  // namespace feiqian::ledger
