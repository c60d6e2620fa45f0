#include "ledger/proof.h"

namespace feiqian::ledger {
namespace {

using engine::BatchRow;
using engine::HeadRow;
using Operator = store::Selection::Condition::Operator;

Error unproven(const std::string& what) {
  return Error(errors::kVerifyFailed, what);
}

Result<BlockRow> block_of(store::Reader& reader, VoucherId id) {
  const auto block =
      TRY(store::Query(kBlocks).in_shard(id.shard()).where<&BlockRow::id>(Operator::LessOrEqual, id).first(reader));
  if (!block || index_in_block(block->id, id) >= block->vouchers) return Error(errors::kVoucherNotFound, id.text());
  return *block;
}

Result<BatchRow> batch_of(store::Reader& reader, int chain, std::int64_t number) {
  const auto batch = TRY(store::Query(engine::kBatches)
                             .in_shard(chain)
                             .equal<&BatchRow::chain>(chain)
                             .equal<&BatchRow::number>(number)
                             .first(reader));
  if (!batch) return unproven("batch " + std::to_string(number) + " is missing");
  return *batch;
}

/// The voucher and its path to the root of its block.
Result<void> prove_in_block(const BlockRow& block, VoucherId id, VoucherProof& proof) {
  std::vector<std::string> leaves;
  BlockReader vouchers(block.bytes.bytes);
  PostedVoucher posted;
  proof.index = index_in_block(block.id, id);
  for (std::int64_t index = 0; TRY(vouchers.next(posted)); ++index) {
    const auto at = voucher_at(block.id, index);
    leaves.push_back(leaf_prefix(at).append(posted.bytes));
    if (index != proof.index) continue;
    proof.bytes = posted.bytes;
    proof.voucher = {at,
                     block.batch,
                     std::string(posted.head.event),
                     posted.head.subject,
                     posted.head.rule,
                     posted.head.reverses,
                     std::string(posted.head.memo),
                     block.accounting_date,
                     block.posted_at,
                     posted.lines};
  }
  const auto count = static_cast<std::int64_t>(leaves.size());
  if (proof.index >= count) return unproven("block " + block.id.text() + " does not hold the voucher");
  proof.block_path = crypto::merkle_path(crypto::MerkleTree(), leaves, proof.index);
  const auto& leaf = leaves[static_cast<std::size_t>(proof.index)];
  if (crypto::merkle_root_of_path(leaf, proof.index, count, proof.block_path) != proof.batch.root.bytes ||
      proof.batch.vouchers != count)
    return unproven("the vouchers of block " + block.id.text() + " do not give the root of its batch");
  return {};
}

/// The batch's path to the root of the first head over it. What the head before signed is taken as it stands there.
Result<void> prove_in_head(store::Reader& reader, VoucherProof& proof) {
  const auto& batch = proof.batch;
  const auto heads = [&] {
    store::Query query(engine::kHeads);
    query.in_shard(0).equal<&HeadRow::chain>(batch.chain);
    return query;
  };
  const auto head =
      TRY(heads().where<&HeadRow::batch>(Operator::GreaterOrEqual, batch.number).oldest_first().first(reader));
  if (!head) return Error(errors::kVoucherUnsigned, proof.voucher.id.text());
  proof.head = *head;
  crypto::MerkleTree begun;
  engine::BatchId after;
  if (const auto before = TRY(heads().where<&HeadRow::batch>(Operator::Less, batch.number).first(reader))) {
    auto tree = crypto::MerkleTree::restore(before->batch, before->peaks.bytes);
    if (!tree) return unproven("signed_head " + before->id.text() + " has no peaks");
    begun = std::move(*tree);
    after = TRY(batch_of(reader, batch.chain, before->batch)).id;
  }
  const auto last = TRY(batch_of(reader, batch.chain, head->batch)).id;
  std::vector<std::string> hashes;
  TRY(store::Query(engine::kBatches)
          .in_shard(batch.chain)
          .where<&BatchRow::id>(Operator::Greater, after)
          .where<&BatchRow::id>(Operator::LessOrEqual, last)
          .oldest_first()
          .limit(INT64_MAX)
          .visit(reader, [&](const BatchRow& row) { hashes.push_back(row.hash.bytes); }));
  if (begun.size() + static_cast<std::int64_t>(hashes.size()) != head->batch)
    return unproven("batches under signed_head " + head->id.text() + " are missing");
  proof.batch_path = crypto::merkle_path(begun, hashes, batch.number - 1);
  if (crypto::merkle_root_of_path(batch.hash.bytes, batch.number - 1, head->batch, proof.batch_path) !=
      head->root.bytes)
    return unproven("the batches do not give the root of signed_head " + head->id.text());
  return {};
}

Result<VoucherProof> prove(store::Reader& reader, VoucherId id) {
  VoucherProof proof;
  const auto block = TRY(block_of(reader, id));
  proof.batch = TRY(batch_of(reader, id.shard(), block.batch));
  if (engine::batch_hash(proof.batch) != proof.batch.hash.bytes)
    return unproven("the record of batch " + std::to_string(block.batch) + " does not give its hash");
  TRY(prove_in_block(block, id, proof));
  TRY(prove_in_head(reader, proof));
  return proof;
}

}  // namespace

Result<VoucherProof> prove_voucher(store::Reader& reader, VoucherId id) {
  TRY(reader.begin_snapshot());
  auto proof = prove(reader, id);
  reader.end_snapshot();
  return proof;
}

}  // namespace feiqian::ledger
