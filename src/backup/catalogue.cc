#include "backup/catalogue.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "foundation/text.h"

namespace feiqian::backup {
namespace {

namespace fs = std::filesystem;

/// 20261122T063000000Z-4f0c11d2
bool is_chain_name(std::string_view name) {
  constexpr std::string_view kForm = "########T#########Z-hhhhhhhh";
  if (name.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool digit = c >= '0' && c <= '9';
    const bool fits = kForm[i] == '#' ? digit : kForm[i] == 'h' ? digit || (c >= 'a' && c <= 'f') : c == kForm[i];
    if (!fits) return false;
  }
  return true;
}

Result<Manifest> read_next(const std::string& directory, const Chain& chain, const Keys& keys) {
  Manifest wanted;
  wanted.chain = chain.name;
  wanted.number = static_cast<std::int64_t>(chain.points.size());
  const auto place = wanted.place("manifest");
  if (!fs::exists(directory + "/" + place)) return Error(errors::kBackupFileMissing, place);
  auto manifest = TRY(manifest_from_text(TRY(detail::read_file(directory + "/" + place)), place, keys));
  std::string previous;
  if (!chain.points.empty()) {
    const auto before = TRY(detail::read_file(directory + "/" + chain.points.back().place("manifest")));
    previous = to_hex(crypto::sha256(before));
  }
  if (manifest.chain != wanted.chain || manifest.number != wanted.number || manifest.previous != previous)
    return Error(errors::kBackupManifestBroken, place + ": it does not follow the one before");
  return manifest;
}

}  // namespace

std::vector<std::int64_t> numbers_in(const std::string& chain_directory) {
  std::set<std::int64_t> numbers;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(chain_directory, ignored)) {
    const auto extension = entry.path().extension();
    if (extension != ".data" && extension != ".manifest") continue;
    if (const auto number = parse_int(entry.path().stem().string())) numbers.insert(*number);
  }
  return {numbers.begin(), numbers.end()};
}

Chain read_chain(const std::string& directory, const std::string& name, const Keys& keys) {
  Chain chain{name, {}, std::nullopt};
  const auto numbers = numbers_in(directory + "/" + name);
  const auto count = numbers.empty() ? 0 : numbers.back() + 1;
  while (static_cast<std::int64_t>(chain.points.size()) < count) {
    auto manifest = read_next(directory, chain, keys);
    if (!manifest) {
      chain.problem = manifest.error();
      break;
    }
    chain.points.push_back(std::move(manifest).value());
  }
  return chain;
}

Result<std::vector<std::string>> chain_names(const std::string& directory) {
  std::error_code failed;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    if (is_chain_name(entry.path().filename().string())) names.push_back(entry.path().filename().string());
  }
  if (failed) return Error(errors::kBackupNotFound, directory + " is not a backup directory");
  std::sort(names.begin(), names.end());
  return names;
}

Result<Catalogue> read_catalogue(const std::string& directory, const Keys& keys) {
  Catalogue catalogue{directory, {}};
  for (const auto& name : TRY(chain_names(directory))) catalogue.chains.push_back(read_chain(directory, name, keys));
  return catalogue;
}

Result<Catalogue> read_settled_catalogue(const std::string& directory, const Keys& keys) {
  auto catalogue = TRY(read_catalogue(directory, keys));
  if (catalogue.chains.empty() || !catalogue.chains.back().problem) return catalogue;
  const int file = ::open((directory + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return catalogue;
  ::flock(file, LOCK_SH);
  ::close(file);
  return read_catalogue(directory, keys);
}

Result<Chosen> choose(const Catalogue& catalogue, const Choice& choice) {
  if (choice.is_newest() && !catalogue.chains.empty() && catalogue.chains.back().problem)
    return *catalogue.chains.back().problem;
  std::optional<Chosen> chosen;
  for (const auto& chain : catalogue.chains) {
    for (std::size_t i = 0; i < chain.points.size(); ++i) {
      const auto& point = chain.points[i];
      if (choice.at && point.taken_at > *choice.at) continue;
      if (choice.batch && point.batch > *choice.batch) continue;
      chosen = Chosen{&chain, i};
    }
  }
  if (chosen) return *chosen;
  return Error(errors::kBackupNotFound,
               choice.is_newest() ? catalogue.directory + " holds none" : "none is as old as that");
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  std::error_code failed;
  fs::create_directories(fs::path(directory).parent_path(), failed);
  TRY(detail::make_private_directory(directory));
  const auto path = directory + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Error(errors::kFileUnusable, "cannot be opened: " + path);
  DirectoryLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return Error(errors::kBackupBusy, directory);
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace feiqian::backup
