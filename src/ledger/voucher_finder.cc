#include "ledger/voucher_finder.h"

namespace feiqian::ledger {

using Operator = store::Selection::Condition::Operator;

Result<void> visit_block(const BlockRow& block, const std::function<void(const VoucherView&)>& visit) {
  BlockReader reader(block.bytes.bytes);
  PostedVoucher posted;
  for (std::int64_t index = 0; TRY(reader.next(posted)); ++index) {
    visit({voucher_at(block.id, index), block.batch, std::string(posted.head.event), posted.head.subject,
           posted.head.rule, posted.head.reverses, std::string(posted.head.memo), block.accounting_date,
           block.posted_at, posted.lines});
  }
  return {};
}

Result<VoucherView> VoucherFinder::find(VoucherId id) {
  if (!holds(id)) TRY(read_block_of(id));
  if (!holds(id)) return Error(errors::kVoucherNotFound, id.text());
  return vouchers_[static_cast<std::size_t>(index_in_block(vouchers_.front().id, id))];
}

bool VoucherFinder::holds(VoucherId id) const {
  if (vouchers_.empty() || vouchers_.front().id.shard() != id.shard()) return false;
  const auto index = index_in_block(vouchers_.front().id, id);
  return index >= 0 && index < static_cast<std::int64_t>(vouchers_.size());
}

Result<void> VoucherFinder::read_block_of(VoucherId id) {
  vouchers_.clear();
  for (VoucherId before{id.value + 1};;) {
    const auto block = TRY(store::Query(kBlocks).where<&BlockRow::id>(Operator::Less, before).first(*reader_));
    if (!block) return {};
    before = block->id;
    if (block->id.shard() == id.shard())
      return visit_block(*block, [&](const VoucherView& voucher) { vouchers_.push_back(voucher); });
  }
}

}  // namespace feiqian::ledger
