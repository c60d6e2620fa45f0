// The manifest of one restore point: what was backed up, when, where the books stood, and the digest of its data file.
// Two lines of text: a JSON object, and HMAC-SHA256 over it and its place in hex. Nothing in it is secret.
#pragma once

#include <string>
#include <string_view>

#include "backup/sealed_file.h"
#include "foundation/time.h"

namespace feiqian::backup {

struct Manifest {
  std::string chain;
  std::int64_t number = 0;  ///< 0: the full image; then the increments
  std::string previous;     ///< SHA-256 of the manifest before, hex; empty for the full image
  Timestamp taken_at;       ///< everything acknowledged before this moment is in
  std::int64_t schema = 0;
  std::int64_t page_size = 0;
  std::int64_t page_count = 0;
  std::int64_t pages = 0;  ///< in this data file
  std::string image;       ///< PageTable::digest
  std::int64_t batch = 0;  ///< head of the ledger's chain: number, hash in hex, time
  std::string batch_hash;
  Timestamp committed_at;
  FileDigest data;

  bool is_full() const { return number == 0; }
  /// `0003.data` within `chain`: what files of this point are called in messages and bindings.
  std::string place(std::string_view suffix) const;
};

std::string to_text(const Manifest& manifest, const Keys& keys);
/// `place` names it in errors: errors::kBackupOtherKey, kBackupManifestBroken.
Result<Manifest> manifest_from_text(std::string_view text, const std::string& place, const Keys& keys);

}  // namespace feiqian::backup
