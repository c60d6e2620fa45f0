// Tables the engine owns: batches, workers, tasks, idempotency records.
#pragma once

#include "store/table.h"

namespace feiqian::engine {

/// One row for each commit. The batches of one worker are a chain: each carries the hash of the one before.
struct BatchTag {
  static constexpr std::string_view kPrefix = "bat";
};
using BatchId = StrongId<BatchTag>;
struct BatchRow {
  BatchId id;  ///< its shard is the chain
  std::int32_t chain = 0;
  std::int64_t number = 0;  ///< 1, 2, 3 … without gaps within the chain
  Timestamp committed_at;
  std::int32_t commands = 0;
  std::int32_t vouchers = 0;
  store::Blob root;      ///< what the seal contributed: the Merkle root of the vouchers; empty without vouchers
  store::Blob evidence;  ///< rows of money that it wrote (evidence.h)
  store::Blob previous_hash;
  store::Blob hash;  ///< `batch_hash`
};
BOOST_DESCRIBE_STRUCT(BatchRow, (),
                      (id, chain, number, committed_at, commands, vouchers, root, evidence, previous_hash, hash))
inline const store::Table<BatchRow> kBatches{"batch", store::Residency::Written};
inline const store::Index<&BatchRow::chain, &BatchRow::number> kBatchByNumber{
    kBatches, "batch_by_number", store::Unique::Yes, store::ShardFrom::Nothing};

/// SHA-256 over previous_hash (0 or 32 bytes, after its length in 4 bytes) ‖ chain ‖ number ‖ committed_at (µs) ‖
/// commands ‖ vouchers (8 bytes each, big-endian) ‖ SHA-256(root) ‖ SHA-256(evidence).
std::string batch_hash(const BatchRow& batch);

/// Chains of one database: as many as the ids leave room for.
inline constexpr int kChainBits = 5;
inline constexpr int kMostChains = 1 << kChainBits;

/// One chain of batches and the worker that continues it. Its row is part of every commit of that worker, so that a
/// worker that lost its lease, and a second process on the same chain, cannot commit. Empty in the embedded store.
struct WorkerTag {
  static constexpr std::string_view kPrefix = "wrk";
};
using WorkerId = StrongId<WorkerTag>;
struct WorkerRow {
  WorkerId id;             ///< the chain's number and 1
  std::string node;        ///< empty: nobody's
  std::int64_t epoch = 0;  ///< grows with every taking; a commit of an older epoch is refused
  Timestamp lease_until;   ///< nobody may take the chain or its tasks before
  std::int64_t head_number = 0;
  store::Blob head_hash;
  std::int64_t head_id = 0;  ///< of its last batch: no id that the worker made for it is larger
};
BOOST_DESCRIBE_STRUCT(WorkerRow, (), (id, node, epoch, lease_until, head_number, head_hash, head_id))
inline const store::Table<WorkerRow> kWorkers{"worker"};
constexpr WorkerId worker_of_chain(int chain) {
  return WorkerId{chain + 1};
}
constexpr int chain_of_worker(WorkerId id) {
  return static_cast<int>(id.value) - 1;
}

/// Grows when reference data changes: whoever keeps rows in memory reads them again. One row, id 1.
struct ReferenceVersionTag {
  static constexpr std::string_view kPrefix = "rfv";
};
using ReferenceVersionId = StrongId<ReferenceVersionTag>;
struct ReferenceVersionRow {
  ReferenceVersionId id;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(ReferenceVersionRow, (), (id, version))
inline const store::Table<ReferenceVersionRow> kReferenceVersion{"reference_version"};
inline constexpr ReferenceVersionId kTheReferenceVersion{1};

/// Outgoing work, committed with the decision that wants it. A finished task is deleted in the commit that records its
/// outcome.
struct TaskTag {
  static constexpr std::string_view kPrefix = "tsk";
};
using TaskId = StrongId<TaskTag>;
struct TaskRow {
  TaskId id;
  std::string kind;
  std::int64_t subject = 0;  ///< id of what it is about: an attempt, a refund, an event
  std::int64_t lane = 0;     ///< tasks of one lane share a bound on how many run at once (a merchant, a channel)
  std::int32_t chain = 0;    ///< the worker whose node performs it: the one that wrote the row last
  Timestamp due_at;
  std::int32_t tries = 0;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(TaskRow, (), (id, kind, subject, lane, chain, due_at, tries, created_at))
inline const store::Table<TaskRow> kTasks{"task"};

/// The first answer to a request that carried an Idempotency-Key.
struct IdempotencyTag {
  static constexpr std::string_view kPrefix = "idm";
};
struct IdempotencyRow {
  StrongId<IdempotencyTag> id;
  std::int64_t scope = 0;  ///< whose key: the merchant's id
  std::string idempotency_key;
  store::Blob request_hash;  ///< SHA-256 over method, path and body
  std::int32_t status = 0;
  std::string body;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(IdempotencyRow, (), (id, scope, idempotency_key, request_hash, status, body, created_at))
inline const store::Table<IdempotencyRow> kIdempotency{"idempotency"};
inline const store::Index<&IdempotencyRow::scope, &IdempotencyRow::idempotency_key> kIdempotencyByKey{
    kIdempotency, "idempotency_by_key", store::Unique::Yes};

}  // namespace feiqian::engine
