// What the ledger keeps in the engine's memory: the vouchers of the batch under way, and entries that are not in pages
// yet.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/command.h"
#include "ledger/pages.h"

namespace feiqian::ledger {

class Journal final : public engine::RowsBase {
 public:
  /// Writes a voucher into the batch's block and gives its id.
  template <class WriteLines>
  VoucherId append(const engine::Context& context, const VoucherHead& head, std::size_t lines, WriteLines write_lines) {
    touch();
    if (block_.count() == 0) first_ = first_of_block(context.now, context.chain, last_);
    block_.begin(head, lines);
    write_lines(block_);
    block_.end();
    return voucher_at(first_, block_.count() - 1);
  }

  const BlockWriter& block() const { return block_; }
  VoucherId first() const { return first_; }
  /// The batch's block, complete.
  std::string take_block();
  PendingEntries& pending() { return pending_; }

  /// When the batch is committed: `entries` of its block become pending, those of `paged` accounts are in pages.
  void stage(std::vector<std::pair<AccountId, Entry>> entries, std::vector<AccountId> paged) {
    staged_ = std::move(entries);
    paged_ = std::move(paged);
  }
  /// After a start: no voucher may have this id or a smaller one.
  void skip_past(VoucherId voucher) { last_ = std::max(last_, voucher); }
  void restart() {
    pending_.clear();
    last_ = VoucherId();
  }

  void ask(std::vector<store::RowRequest>&) override {}
  void keep_command() override { kept_ = block_.mark(); }
  void undo_command() override { block_.truncate(kept_); }
  void collect(std::vector<store::TableWrites>&) override {}
  bool awaits_seal() const override { return block_.count() > 0; }
  void testify(engine::Evidence&) override {}
  void committed() override;
  void forget() override;
  void trim(bool, std::size_t) override {}

 private:
  BlockWriter block_;
  BlockWriter::Mark kept_ = block_.mark();
  VoucherId first_;
  VoucherId last_;  // the greatest that was committed
  std::int64_t sealed_ = 0;
  PendingEntries pending_;
  std::vector<std::pair<AccountId, Entry>> staged_;
  std::vector<AccountId> paged_;
};

}  // namespace feiqian::ledger
