// The proof of a voucher as a JSON document: docs/proofs.md.
#pragma once

#include <string>

#include "ledger/proof.h"

namespace feiqian::server {

/// With the key that signed its head.
std::string proof_document(const ledger::VoucherProof& proof, const engine::HeadKey& key);

}  // namespace feiqian::server
