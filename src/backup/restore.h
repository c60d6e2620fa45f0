// Restoring: a new data directory as the platform's was at a restore point. Every chunk is authenticated, every file
// compared with its manifest, the image compared page by page, the books verified; only then the directory gets its
// name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backup/catalogue.h"
#include "ledger/books.h"
#include "store/sqlite_store.h"

namespace feiqian::backup {

struct RestoreRequest {
  std::string source;
  std::string to;               ///< must not exist, or be empty
  std::string master_key_file;  ///< what the operator kept apart
  Choice choice;
  std::string archives;  ///< directory of the archives of vouchers, which no backup holds
};

/// How the directory looks that is made.
struct Layout {
  std::string database = "feiqian.db";
  std::string keys = "keys";
  std::string mark = "restored.json";
};

struct Restored {
  Manifest point;
  std::vector<Error> passed_over;  ///< problems of the source that did not concern the chosen point
  ledger::Verification books;
  std::int64_t age_ms = 0;  ///< from the point to now: what a loss right now would cost (RPO)
  std::int64_t duration_ms = 0;
};

/// errors::kBackupTargetNotEmpty, kBackupNotFound, kBackupOtherKey, kBackupFileMissing, kBackupManifestBroken,
/// kBackupFileBroken, kBackupImageDiffers, kBackupBooksDiffer (each names what is wrong), kStoreVersion when the backup
/// is of a newer program. After an error nothing is left at `to`.
Result<Restored> restore(const RestoreRequest& request, std::span<const store::Migration> migrations, Random& random,
                         const Clock& clock);

/// The mark a restored directory carries until the platform has taken note of it.
struct RestoreMark {
  Timestamp restored_at;
  Timestamp taken_at;
  std::int64_t batch = 0;
  std::string batch_hash;
};
std::string to_text(const RestoreMark& mark);
Result<RestoreMark> mark_from_text(std::string_view text);

}  // namespace feiqian::backup
