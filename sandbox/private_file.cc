#include "sandbox/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace feiqian::sandbox {
namespace {

Error unusable(const std::string& path, std::string_view why) {
  return Error(errors::kFileUnusable, path + ": " + std::string(why));
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(file, content.data(), content.size());
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

}  // namespace

Result<std::optional<std::string>> read_file(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return unusable(path, std::strerror(errno));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return unusable(path, "cannot be opened");
  return std::optional(std::string(std::istreambuf_iterator<char>(file), {}));
}

Result<std::optional<std::string>> read_private_file(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && (found.st_mode & 077U) != 0)
    return unusable(path, "others may read it; expected mode 0600");
  return read_file(path);
}

Result<void> write_file(const std::string& path, std::string_view content, unsigned mode) {
  const auto beside = path + ".new";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode));
  if (file < 0) return unusable(beside, std::strerror(errno));
  const bool written = ::fchmod(file, static_cast<mode_t>(mode)) == 0 && write_all(file, content);
  const int problem = errno;
  ::close(file);
  if (!written) return unusable(beside, std::strerror(problem));
  if (::rename(beside.c_str(), path.c_str()) != 0) return unusable(path, std::strerror(errno));
  return {};
}

Result<void> make_directory(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return unusable(path, failed.message());
  return {};
}

}  // namespace feiqian::sandbox
