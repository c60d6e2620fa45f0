// Encrypted files of records. A file has its own key and is a row of chunks; each chunk is sealed and bound to the
// file's place in the backup, its number and whether it is the last, so that none can be changed, left out, repeated or
// moved, within the file or between files.
//
//   file  = "FQBF1" ‖ salt (16 bytes) ‖ chunk…      key of the file = HMAC-SHA256(Keys::files, "file" ‖ salt)
//   chunk = length (4 bytes, big endian) ‖ sealed (crypto/sealing.h)      binding = place ‖ "#" ‖ number ‖ "+" or "."
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "backup/detail/files.h"
#include "backup/errors.h"
#include "backup/keys.h"
#include "crypto/digest.h"

namespace feiqian::backup {

/// What a manifest says of a file.
struct FileDigest {
  std::int64_t size = 0;
  std::string sha256;  ///< hex, over the file as it is stored
  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

class SealedWriter {
 public:
  /// `place` is the file's name within the backup directory.
  static Result<SealedWriter> create(const std::string& path, std::string place, const Keys& keys, Random& random);

  /// A record stays within one chunk.
  Result<void> add(std::string_view record);
  /// Durable and under its name.
  Result<FileDigest> finish();

 private:
  SealedWriter(detail::NewFile file, std::string place, crypto::Sealer sealer);
  Result<void> write(std::string_view bytes);
  Result<void> write_chunk(bool last);
  detail::NewFile file_;
  std::string place_;
  crypto::Sealer sealer_;
  std::string waiting_;
  std::int64_t chunks_ = 0;
  std::int64_t size_ = 0;
  std::unique_ptr<crypto::Sha256> digest_;
};

/// Gives the content of each chunk (whole records). errors::kBackupFileMissing, kBackupFileBroken name the place.
Result<FileDigest> read_sealed(const std::string& path, const std::string& place, const Keys& keys, Random& random,
                               const std::function<Result<void>(std::string_view chunk)>& visit);

}  // namespace feiqian::backup
