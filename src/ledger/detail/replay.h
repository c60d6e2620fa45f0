// Replays batches and their blocks in order: chains of hashes, roots, balances of vouchers, sums of accounts. Works in
// portions, so that it can be saved between two and gone on with later.
#pragma once

#include <map>
#include <memory>

#include "engine/tables.h"
#include "ledger/detail/block_stream.h"
#include "ledger/detail/day_check.h"
#include "ledger/detail/head_check.h"
#include "ledger/detail/progress.h"

namespace feiqian::ledger::detail {

class Replay {
 public:
  Replay(store::Reader& reader, Accounts& accounts, HeadCheck& heads, Problems& problems)
      : reader_(&reader), accounts_(&accounts), heads_(&heads), problems_(&problems) {}

  /// One portion. False when there is nothing left.
  Result<bool> step();
  /// After the last portion: what has no counterpart.
  void finish();

  /// Between two portions.
  void save(ProgressWriter& progress) const;
  /// False when the bytes are not what `save` wrote for such a store.
  bool restore(ProgressReader& progress);
  /// After `restore`: the batches up to here must still be there. errors of the reader.
  Result<void> check_restored();

  /// Visits the batches whose evidence has not been compared with rows.
  Result<void> visit_new_batches(const std::function<void(const engine::BatchRow&)>& visit);
  /// Bytes of their evidence.
  std::int64_t new_evidence() const { return evidence_bytes_ - compared_evidence_bytes_; }
  /// Everything up to here was verified: what comes later is new.
  void complete();
  /// Batches up to where an earlier verification was complete; 0: there was none.
  std::int64_t batches_complete() const { return batches_complete_; }

  /// What moved on each day.
  const DayCheck& days() const { return days_; }

  std::int64_t batches() const { return batches_; }
  std::int64_t vouchers() const { return vouchers_; }
  std::int64_t evidence_bytes() const { return evidence_bytes_; }

 private:
  /// A chain as far as it was followed.
  struct Chain {
    std::int64_t number = 0;
    std::string hash;
    engine::BatchId last;
    VoucherId last_voucher;
    crypto::MerkleTree tree;
  };
  /// A block as its batch must know it.
  struct Block {
    VoucherId id;
    std::string root;
    std::int32_t vouchers = 0;
    Timestamp posted_at;
    Date accounting_date;
    VoucherId follows;  // the last voucher of the block before it
  };
  /// A batch as its block must know it.
  struct Batch {
    std::int32_t vouchers = 0;
    std::string root;
    Timestamp committed_at;
  };
  /// How far the tables are read: all in order of id, or chain by chain.
  struct Cursor {
    engine::BatchId batch;
    VoucherId block;
  };
  using Place = std::pair<std::int32_t, std::int64_t>;  // chain and number of a batch
  using Cursors = std::map<int, Cursor>;                // by shard, or one under kAllShards

  static constexpr int kAllShards = -1;
  std::optional<int> shard() const { return shard_ == kAllShards ? std::nullopt : std::optional(shard_); }
  int first_shard() const { return reader_->by_shard() ? 0 : kAllShards; }
  int last_shard() const { return reader_->by_shard() ? engine::kMostChains - 1 : kAllShards; }
  void follow(const engine::BatchRow& batch);
  Result<bool> read_block();
  std::int32_t replay(const BlockRow& block);
  void add_voucher(const BlockRow& block, VoucherId id, const PostedVoucher& voucher);
  void match(const Place& place, const Batch& batch, const Block& block);
  static std::string name_of(const Place& place);

  store::Reader* reader_;
  Accounts* accounts_;
  HeadCheck* heads_;
  Problems* problems_;

  int shard_ = kAllShards;
  bool begun_ = false;
  std::int64_t limit_ = 64;
  std::unique_ptr<BlockStream> blocks_;
  std::map<AccountId, Entry> movements_;  // of internal accounts in the block under way

  DayCheck days_;

  Cursors cursors_, compared_;
  std::map<std::int32_t, Chain> chains_;
  std::map<Place, Batch> waiting_batches_;  // whose block was not read yet
  std::map<Place, Block> waiting_blocks_;   // whose batch was not read yet
  std::int64_t batches_ = 0, vouchers_ = 0, evidence_bytes_ = 0;
  std::int64_t compared_evidence_bytes_ = 0, batches_complete_ = 0;
};

}  // namespace feiqian::ledger::detail
