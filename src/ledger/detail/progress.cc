#include "ledger/detail/progress.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "crypto/digest.h"
#include "crypto/errors.h"
#include "ledger/errors.h"

namespace feiqian::ledger::detail {
namespace {

constexpr std::string_view kMagic = "feiqian verify 1\n";
constexpr std::size_t kDigestBytes = 32;

bool write_whole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

}  // namespace

Result<void> write_progress(const std::string& path, std::string_view bytes) {
  std::string content(kMagic);
  content += bytes;
  content += crypto::sha256(content);
  const auto beside = path + ".new";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Error(errors::kFileUnusable, "cannot be written: " + beside);
  const bool written = write_whole(file, content);
  ::close(file);
  if (!written || std::rename(beside.c_str(), path.c_str()) != 0)
    return Error(errors::kFileUnusable, "cannot be written: " + path);
  return {};
}

Result<std::string> read_progress(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  const auto bytes = std::move(content).str();
  const std::string_view whole(bytes);
  if (!file || whole.size() < kMagic.size() + kDigestBytes || !whole.starts_with(kMagic) ||
      crypto::sha256(whole.substr(0, whole.size() - kDigestBytes)) != whole.substr(whole.size() - kDigestBytes))
    return Error(errors::kVerifyProgress, path + " is not whole, or of another version");
  return bytes.substr(kMagic.size(), bytes.size() - kMagic.size() - kDigestBytes);
}

}  // namespace feiqian::ledger::detail
