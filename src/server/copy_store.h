// Moving a platform from one store to another: from the embedded file to a cluster, or back. Rows keep their ids, so
// the chains of hashes and the evidence hold in the copy as they do here.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ledger/books.h"
#include "server/settings.h"
#include "store/store.h"

namespace feiqian::server {

struct CopyReport {
  std::map<std::string, std::int64_t> rows;  ///< by table; empty tables are left out
  ledger::Verification books;                ///< what `verify` says of the copy; with problems it cannot be served from
};

/// Copies the platform of `from` to the store of `to`, and verifies it there; takes the data directory, so that nobody
/// serves meanwhile. What an interrupted copy left is removed first; nobody can serve from it.
/// errors::kStoreLocked; errors::kStoreNotEmpty, nothing changed then.
Result<CopyReport> copy_platform(const Settings& from, const Settings& to);

/// Every row in one snapshot, into a store without rows (errors::kStoreNotEmpty). Leases are not copied; each chain of
/// batches can be continued by whoever takes it first.
Result<CopyReport> copy_store(store::Reader& from, store::Store& to);

}  // namespace feiqian::server
