// Vouchers read back from their blocks.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "ledger/books.h"

namespace feiqian::ledger {

/// Every voucher of the block in order. errors::kVerifyFailed when its bytes are broken.
Result<void> visit_block(const BlockRow& block, const std::function<void(const VoucherView&)>& visit);

/// Vouchers one after another: neighbours come from one decoded block.
class VoucherFinder {
 public:
  explicit VoucherFinder(store::Reader& reader) : reader_(&reader) {}
  /// errors::kVoucherNotFound.
  Result<VoucherView> find(VoucherId id);

 private:
  bool holds(VoucherId id) const;
  /// The last block of its chain at or before it: blocks of other chains may stand between.
  Result<void> read_block_of(VoucherId id);

  store::Reader* reader_;
  std::vector<VoucherView> vouchers_;
};

}  // namespace feiqian::ledger
