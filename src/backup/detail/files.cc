#include "backup/detail/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace feiqian::backup::detail {
namespace {

Error unusable(const std::string& path, const char* what) {
  return Error(errors::kFileUnusable, path + " cannot be " + what + ": " + std::strerror(errno));
}

}  // namespace

Result<NewFile> NewFile::create(const std::string& path) {
  const int file = ::open((path + ".tmp").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return unusable(path, "written");
  return NewFile(path, file);
}

NewFile::NewFile(NewFile&& other) noexcept : path_(std::move(other.path_)), file_(other.file_) {
  other.file_ = -1;
}

NewFile::~NewFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink((path_ + ".tmp").c_str());
}

Error NewFile::failed() const {
  return unusable(path_, "written");
}

Result<void> NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return failed();
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> NewFile::write_at(std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(file_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno != EINTR) return failed();
    if (written <= 0) continue;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return {};
}

Result<void> NewFile::resize(std::int64_t bytes) {
  if (::ftruncate(file_, bytes) != 0) return failed();
  return {};
}

Result<void> NewFile::publish() {
  if (::fsync(file_) != 0 || std::rename((path_ + ".tmp").c_str(), path_.c_str()) != 0) return failed();
  ::close(file_);
  file_ = -1;
  return sync_directory(std::filesystem::path(path_).parent_path().string());
}

Result<void> write_file(const std::string& path, std::string_view content) {
  auto file = TRY(NewFile::create(path));
  TRY(file.write(content));
  return file.publish();
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  if (file) content << file.rdbuf();
  if (!file) return unusable(path, "read");
  return content.str();
}

Result<void> make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return unusable(path, "made");
  return {};
}

Result<void> sync_directory(const std::string& path) {
  const int directory = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return unusable(path, "opened");
  const bool synced = ::fsync(directory) == 0;
  ::close(directory);
  if (!synced) return unusable(path, "synced");
  return {};
}

}  // namespace feiqian::backup::detail
