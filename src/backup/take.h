// Taking a backup while the platform takes payments: one pass over a consistent image, of which only the pages are kept
// that changed since the last one. Needs no lock of the data directory; runs in any process, on one thread.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "backup/catalogue.h"

namespace feiqian::backup {

/// What is backed up.
struct Subject {
  std::string data_directory;
  std::string database;
  std::vector<std::string> files;  ///< beside the database, relative; those that are missing are left out
};

struct TakeOptions {
  std::string target;
  bool full = false;                      ///< a new chain
  std::int64_t full_every_s = 24 * 3600;  ///< a chain that began longer ago gets a successor
  const std::atomic<bool>* cancelled = nullptr;
};

struct Taken {
  Manifest point;
  std::int64_t duration_ms = 0;
};

/// A directory without usable digests of its newest pages gets a new chain: that is always right.
/// errors::kBackupUnsupported when there is no embedded database (the store is a server's), kBackupBusy,
/// kBackupOtherKey, kBackupCancelled, kFileUnusable (disk full, …), kStoreFailed. Nothing of a failed backup stays.
Result<Taken> take(const Subject& subject, const TakeOptions& options, const Keys& keys, Random& random,
                   const Clock& clock);

}  // namespace feiqian::backup
