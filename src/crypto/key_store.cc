#include "crypto/key_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "crypto/digest.h"

namespace feiqian::crypto {
namespace {

Error file_error(const std::string& path, const char* what) {
  return Error(errors::kFileUnusable, std::string(what) + ": " + path + ": " + std::strerror(errno));
}

/// Whole or not at all: written beside, synced, renamed.
Result<void> write_private_file(const std::string& path, std::string_view content) {
  const std::string beside = path + ".tmp";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return file_error(path, "cannot be written");
  const bool written =
      ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!written || std::rename(beside.c_str(), path.c_str()) != 0) return file_error(path, "cannot be written");
  return {};
}

Result<std::string> read_private_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error(path, "cannot be read");
  if ((status.st_mode & 077U) != 0)
    return Error(errors::kFileUnusable, path + " may be read by others; its mode must be 0600");
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return file_error(path, "cannot be read");
  return content.str();
}

}  // namespace

KeyStore::KeyStore(std::string directory, Secret master, Random& random)
    : directory_(std::move(directory)), sealer_(std::move(master), random) {}

Result<KeyStore> KeyStore::open(const std::string& directory, Random& random) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return Error(errors::kFileUnusable, "the key store cannot be made: " + directory);
  ::chmod(directory.c_str(), 0700);
  const std::string path = directory + "/master.key";
  if (!std::filesystem::exists(path)) TRY(write_private_file(path, random.bytes(32)));
  auto master = TRY(read_private_file(path));
  if (master.size() != 32) return Error(errors::kKeyInvalid, path + " must hold 32 bytes");
  return KeyStore(directory, Secret(std::move(master)), random);
}

bool KeyStore::has(const std::string& name) const {
  return std::filesystem::exists(directory_ + "/" + name + ".sealed");
}

Result<Secret> KeyStore::read(const std::string& name) const {
  return unseal(TRY(read_private_file(directory_ + "/" + name + ".sealed")), "file:" + name);
}

Result<void> KeyStore::write(const std::string& name, const Secret& secret) {
  return write_private_file(directory_ + "/" + name + ".sealed", seal(secret, "file:" + name));
}

std::string KeyStore::seal(const Secret& secret, std::string_view binding) const {
  return sealer_.seal(secret.reveal(), binding);
}

Result<Secret> KeyStore::unseal(std::string_view sealed, std::string_view binding) const {
  return sealer_.unseal(sealed, binding);
}

Secret KeyStore::derive(std::string_view purpose) const {
  return Secret(hmac_sha256(sealer_.key().reveal(), purpose));
}

}  // namespace feiqian::crypto
