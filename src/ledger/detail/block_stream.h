// Blocks in order of their ids, with their Merkle roots, which another thread makes while the blocks before are
// replayed.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/block.h"
#include "store/store.h"

namespace feiqian::ledger::detail {

class BlockStream {
 public:
  /// Blocks after `after`; with a shard only those of that chain.
  BlockStream(store::Reader& reader, std::optional<int> shard, VoucherId after)
      : reader_(&reader), shard_(shard), read_(after) {}

  /// The next block, or nullptr; it lives until the next call.
  Result<const BlockRow*> next();
  /// Of the block that `next` gave; of one whose bytes are broken: of the vouchers before the break.
  const std::string& root();

 private:
  struct Portion {
    std::vector<BlockRow> blocks;
    std::future<std::vector<std::string>> hashing;
    std::vector<std::string> roots;
  };
  Result<std::unique_ptr<Portion>> read_portion();

  store::Reader* reader_;
  std::optional<int> shard_;
  VoucherId read_;
  std::int64_t limit_ = 16;
  bool begun_ = false;
  std::unique_ptr<Portion> current_, following_;
  std::size_t position_ = 0;
};

}  // namespace feiqian::ledger::detail
