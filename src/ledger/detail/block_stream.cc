#include "ledger/detail/block_stream.h"

#include <algorithm>

namespace feiqian::ledger::detail {
namespace {

/// Two portions are in memory at a time.
constexpr std::int64_t kPortionBytes = 16 << 20;
constexpr std::int64_t kMostBlocks = 1024;

std::string root_of(const BlockRow& block) {
  crypto::MerkleTree tree;
  BlockReader reader(block.bytes.bytes);
  PostedVoucher voucher;
  for (std::int64_t index = 0;; ++index) {
    const auto more = reader.next(voucher);
    if (!more || !*more) return tree.root();
    tree.add(leaf_prefix(voucher_at(block.id, index)), voucher.bytes);
  }
}

std::vector<std::string> roots_of(const std::vector<BlockRow>& blocks) {
  std::vector<std::string> roots;
  roots.reserve(blocks.size());
  for (const auto& block : blocks) roots.push_back(root_of(block));
  return roots;
}

}  // namespace

Result<std::unique_ptr<BlockStream::Portion>> BlockStream::read_portion() {
  auto portion = std::make_unique<Portion>();
  store::Query query(kBlocks);
  query.where<&BlockRow::id>(store::Selection::Condition::Operator::Greater, read_).oldest_first().limit(limit_);
  if (shard_) query.in_shard(*shard_);
  portion->blocks = TRY(query.run(*reader_));
  if (portion->blocks.empty()) return std::unique_ptr<Portion>();
  read_ = portion->blocks.back().id;
  std::int64_t bytes = 1;
  for (const auto& block : portion->blocks) bytes += static_cast<std::int64_t>(block.bytes.bytes.size());
  limit_ = std::clamp(kPortionBytes * static_cast<std::int64_t>(portion->blocks.size()) / bytes, std::int64_t{4},
                      kMostBlocks);
  portion->hashing = std::async(std::launch::async, [blocks = &portion->blocks] { return roots_of(*blocks); });
  return portion;
}

Result<const BlockRow*> BlockStream::next() {
  if (current_ && ++position_ < current_->blocks.size()) return &current_->blocks[position_];
  if (!begun_) following_ = TRY(read_portion());
  begun_ = true;
  current_ = std::move(following_);
  position_ = 0;
  if (!current_) return nullptr;
  following_ = TRY(read_portion());
  return current_->blocks.data();
}

const std::string& BlockStream::root() {
  if (current_->hashing.valid()) current_->roots = current_->hashing.get();
  return current_->roots[position_];
}

}  // namespace feiqian::ledger::detail
