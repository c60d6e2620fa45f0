#include "ledger/journal.h"

#include <algorithm>

namespace feiqian::ledger {
namespace {

constexpr int kChainPosition = 13;  // where an id carries its shard, which is the chain for vouchers

}  // namespace

VoucherId Journal::next_first(const engine::Context& context) const {
  const VoucherId now{first_id_at(context.now) | std::int64_t{context.chain} << kChainPosition};
  return last_ ? std::max(now, voucher_at(last_, 1)) : now;
}

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
