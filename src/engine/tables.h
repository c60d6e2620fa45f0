// Tables the engine owns: batches, tasks, idempotency records.
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
inline const store::Index<&BatchRow::chain, &BatchRow::number> kBatchByNumber{kBatches, "batch_by_number",
                                                                              store::Unique::Yes, store::ShardFrom::Nothing};

/// SHA-256 over previous_hash (0 or 32 bytes, after its length in 4 bytes) ‖ chain ‖ number ‖ committed_at (µs) ‖ commands ‖
/// vouchers (8 bytes each, big-endian) ‖ SHA-256(root) ‖ SHA-256(evidence).
std::string batch_hash(const BatchRow& batch);

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
  Timestamp due_at;
  std::int32_t tries = 0;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(TaskRow, (), (id, kind, subject, lane, due_at, tries, created_at))
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
