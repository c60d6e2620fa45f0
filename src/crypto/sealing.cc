#include "crypto/sealing.h"

#include <openssl/evp.h>

#include <memory>

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

}  // namespace

Sealer::Sealer(Secret key, Random& random)
    : key_(std::move(key)), key_id_(sha256("key-id" + key_.reveal()).substr(0, kKeyIdBytes)), random_(&random) {
  CHECK(key_.reveal().size() == 32);
}

std::string Sealer::seal(std::string_view plain, std::string_view binding) const {
  const CipherPtr cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const std::string nonce = random_->bytes(kNonceBytes);
  std::string text(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  int size = 0;
  CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(std::string_view(key_.reveal())),
                           bytes_of(std::string_view(nonce))) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(binding), static_cast<int>(binding.size())) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), bytes_of(text), &size, bytes_of(plain), static_cast<int>(plain.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(cipher.get(), bytes_of(text) + size, &size) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return kFormat + key_id_ + nonce + text + tag;
}

Result<Secret> Sealer::unseal(std::string_view sealed, std::string_view binding) const {
  if (sealed.size() < 1 + kKeyIdBytes + kNonceBytes + kTagBytes || sealed[0] != kFormat)
    return Error(errors::kSealBroken);
  if (sealed.substr(1, kKeyIdBytes) != key_id_) return Error(errors::kSealBroken, "sealed with another key");
  sealed.remove_prefix(1 + kKeyIdBytes);
  const auto nonce = sealed.substr(0, kNonceBytes);
  const auto text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const CipherPtr cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string opened(text.size(), '\0');
  int size = 0;
  CHECK(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(std::string_view(key_.reveal())),
                           bytes_of(nonce)) == 1);
  CHECK(EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(binding), static_cast<int>(binding.size())) == 1);
  CHECK(EVP_DecryptUpdate(cipher.get(), bytes_of(opened), &size, bytes_of(text), static_cast<int>(text.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(opened) + size, &size) != 1) return Error(errors::kSealBroken);
  return Secret(std::move(opened));
}

}  // namespace feiqian::crypto
