// What stands in a backup directory:
//
//   20261122T063000000Z-4f0c11d2/    a chain: one full image and its increments, named by when it began
//     0000.data  0000.manifest       the full image
//     0001.data  0001.manifest       an increment: the pages that changed
//     pages                          digests of the newest point's pages, for the next increment only
//   lock                             held while something writes here
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/manifest.h"

namespace feiqian::backup {

struct Chain {
  std::string name;
  std::vector<Manifest> points;  ///< intact from the full image on
  std::optional<Error> problem;  ///< the manifest that ends it before its time: missing, broken, another key
};

struct Catalogue {
  std::string directory;
  std::vector<Chain> chains;  ///< by age, the newest last

  std::string path(const Manifest& manifest, std::string_view suffix) const {
    return directory + "/" + manifest.place(suffix);
  }
};

/// Numbers of a chain's points of which any file is there, in order.
std::vector<std::int64_t> numbers_in(const std::string& chain_directory);
/// By age, the newest last. errors::kBackupNotFound when there is no such directory.
Result<std::vector<std::string>> chain_names(const std::string& directory);
Chain read_chain(const std::string& directory, const std::string& name, const Keys& keys);
/// Reads every manifest. errors::kBackupNotFound.
Result<Catalogue> read_catalogue(const std::string& directory, const Keys& keys);
/// The same beside a backup that may be under way: a newest point that looks unfinished is waited for. Not for who
/// holds the directory's lock.
Result<Catalogue> read_settled_catalogue(const std::string& directory, const Keys& keys);

/// Which point: the newest, or the last at or before a time or a batch.
struct Choice {
  std::optional<Timestamp> at;
  std::optional<std::int64_t> batch;
  bool is_newest() const { return !at && !batch; }
};
struct Chosen {
  const Chain* chain;
  std::size_t point;  ///< in the chain
};
/// The newest is only chosen when its chain has no problem: a broken point must not be passed over in silence.
Result<Chosen> choose(const Catalogue& catalogue, const Choice& choice);

/// The right to write to a backup directory, as long as it lives.
class DirectoryLock {
 public:
  /// Makes the directory. errors::kBackupBusy.
  static Result<DirectoryLock> take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_;
};

}  // namespace feiqian::backup
