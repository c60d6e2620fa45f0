#include "crypto/key_store.h"

#include <fcntl.h>
#include <openssl/evp.h>
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

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kKeyIdBytes = 8;
constexpr char kFormat = '1';

using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

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
    : directory_(std::move(directory)), master_(std::move(master)), random_(&random) {}

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
  const CipherPtr cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const std::string nonce = random_->bytes(kNonceBytes);
  std::string text(secret.reveal().size(), '\0');
  std::string tag(kTagBytes, '\0');
  int size = 0;
  CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(std::string_view(master_.reveal())),
                           bytes_of(std::string_view(nonce))) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(binding), static_cast<int>(binding.size())) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), bytes_of(text), &size, bytes_of(std::string_view(secret.reveal())),
                          static_cast<int>(secret.reveal().size())) == 1);
  CHECK(EVP_EncryptFinal_ex(cipher.get(), bytes_of(text) + size, &size) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return kFormat + sha256("key-id" + master_.reveal()).substr(0, kKeyIdBytes) + nonce + text + tag;
}

Result<Secret> KeyStore::unseal(std::string_view sealed, std::string_view binding) const {
  if (sealed.size() < 1 + kKeyIdBytes + kNonceBytes + kTagBytes || sealed[0] != kFormat)
    return Error(errors::kSealBroken);
  if (sealed.substr(1, kKeyIdBytes) != sha256("key-id" + master_.reveal()).substr(0, kKeyIdBytes)) {
    return Error(errors::kSealBroken, "sealed with another master key");
  }
  sealed.remove_prefix(1 + kKeyIdBytes);
  const auto nonce = sealed.substr(0, kNonceBytes);
  const auto text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const CipherPtr cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string opened(text.size(), '\0');
  int size = 0;
  CHECK(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(std::string_view(master_.reveal())),
                           bytes_of(nonce)) == 1);
  CHECK(EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(binding), static_cast<int>(binding.size())) == 1);
  CHECK(EVP_DecryptUpdate(cipher.get(), bytes_of(opened), &size, bytes_of(text), static_cast<int>(text.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(opened) + size, &size) != 1) return Error(errors::kSealBroken);
  return Secret(std::move(opened));
}

Secret KeyStore::derive(std::string_view purpose) const {
  return Secret(hmac_sha256(master_.reveal(), purpose));
}

}  // namespace feiqian::crypto
