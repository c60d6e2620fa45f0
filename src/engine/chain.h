// The chain of batches that one worker continues, and what the other workers of the same database did meanwhile.
//
// In an exclusive store there is one chain, 0, and nothing to share. In a shared store a worker takes a chain by
// raising the epoch of its row in `worker`. The row is written again in every commit, guarded by that epoch: a commit
// of a worker that lost its chain is refused, however late it arrives. Whoever takes a chain again after a commit of
// unknown outcome therefore knows: what is not there now will never be.
//
// Ids of all workers follow the order of their commits: the rows of `worker` are read behind the locks of each round of
// loading, and new ids begin above every head that is seen there, whatever the clocks of the nodes say.
//
// Belongs to the engine's thread.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "engine/errors.h"
#include "engine/tables.h"
#include "store/store.h"

namespace feiqian::engine {

class Chain {
 public:
  /// `node` names the process among those of one database, and stays the same when it is started again.
  Chain(store::Store& store, const Clock& clock, std::string node)
      : store_(&store), clock_(&clock), node_(std::move(node)) {}

  /// Takes a chain (this node's own, else a free one, else a new one) and reads its head. errors::kNoChainFree.
  Result<void> take();
  /// Others may take the chain at once.
  void release();

  bool shared() const { return !store_->exclusive(); }
  /// From any thread.
  int number() const { return number_; }
  std::int64_t head_number() const { return mine_.head_number; }
  const std::string& head_hash() const { return mine_.head_hash.bytes; }
  /// No id below or equal may be made any more.
  std::int64_t newest_id() const { return newest_id_; }

  /// Shared: what a round of loading reads besides.
  void watch(std::vector<store::RowRequest>& requests, bool first_round);
  /// Shared, after the round: errors::kLeaseLost; errors::kStoreConflict when reference data changed since the last
  /// batch and everything kept in memory must be forgotten.
  Result<void> check();

  /// Shared: this worker's row, and the version of reference data, as parts of a batch's commit.
  void write(std::vector<store::TableWrites>& writes, const BatchRow& batch, bool reference_changed);
  /// The batch is committed.
  void advance(const BatchRow& batch, bool reference_changed);

  /// Shared: keeps the lease of a worker that has nothing to commit, when it is time to. errors::kLeaseLost.
  Result<void> renew();

 private:
  Result<void> try_to_take();
  Result<WorkerRow> choose() const;
  Timestamp lease_end() const;
  /// Brings the metrics of the lease up to date, about once a second.
  void measure();

  store::Store* store_;
  const Clock* clock_;
  std::string node_;
  std::atomic<int> number_{0};
  WorkerRow mine_;
  WorkerRow next_;  // as the batch under way writes it
  ReferenceVersionRow reference_, next_reference_;
  std::int64_t seen_version_ = 0;
  std::vector<WorkerRow> workers_;  // as last seen
  std::int64_t newest_id_ = 0;
  Timestamp measured_;  // the lease's end that the metrics show
};

}  // namespace feiqian::engine
