// Moving a platform from one store to another: from the embedded file to a cluster, or back. Rows keep their ids, so
// the chains of hashes and the evidence hold in the copy as they do here.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "store/store.h"

namespace feiqian::server {

struct CopyReport {
  std::map<std::string, std::int64_t> rows;  ///< by table; empty tables are left out
};

/// Copies every row in one snapshot. `to` must be empty (errors::kStoreNotEmpty) and nobody may be serving from either.
/// Leases are not copied; each chain of batches can be continued by whoever takes it first.
Result<CopyReport> copy_store(store::Reader& from, store::Store& to);

}  // namespace feiqian::server
