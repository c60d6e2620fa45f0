#include "server/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace feiqian::server {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return Error(errors::kFileUnusable, "cannot be read: " + path);
  return content.str();
}

Result<void> write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) return Error(errors::kFileUnusable, "cannot be written: " + path);
  return {};
}

Result<void> write_private_file(const std::string& path, const std::string& content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Error(errors::kFileUnusable, "cannot be written: " + path);
  ::fchmod(file, 0600);
  const bool written = ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  ::close(file);
  if (!written) return Error(errors::kFileUnusable, "cannot be written: " + path);
  return {};
}

}  // namespace feiqian::server
