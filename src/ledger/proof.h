// The proof of one voucher: from its bytes up to a head that the platform signed. Whoever has the platform's public key
// can check it without the platform: docs/proofs.md describes the document, tools/check_proof.mjs checks it.
//
//   voucher's id and bytes —(path)→ root of its block —(record)→ hash of its batch —(path)→ root of the signed head
#pragma once

#include <string>
#include <vector>

#include "engine/heads.h"
#include "ledger/books.h"

namespace feiqian::ledger {

struct VoucherProof {
  VoucherView voucher;
  std::string bytes;                    ///< as in its block (block.h), without the length
  std::int64_t index = 0;               ///< in the block, from 0
  std::vector<std::string> block_path;  ///< to the root of the block: 32 bytes each, the lowest first
  engine::BatchRow batch;
  std::vector<std::string> batch_path;  ///< from the batch's hash to the root of the head
  engine::HeadRow head;                 ///< the first one over the batch
};

/// What it gives was checked up to the head's root. errors::kVoucherNotFound; kVoucherUnsigned; kVerifyFailed when what
/// is stored does not prove the voucher.
Result<VoucherProof> prove_voucher(store::Reader& reader, VoucherId id);

}  // namespace feiqian::ledger
