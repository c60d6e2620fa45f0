#include "crypto/aead.h"

#include <openssl/evp.h>

#include <memory>

#include "foundation/check.h"

namespace feiqian::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kMostBytes = 1 << 28;  // lengths are ints below

using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string aes_256_gcm_seal(const Secret& key, std::string_view nonce, std::string_view additional,
                             std::string_view plain) {
  CHECK(key.reveal().size() == kKeyBytes && nonce.size() == kNonceBytes);
  CHECK(plain.size() <= kMostBytes && additional.size() <= kMostBytes);
  const CipherPtr cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string text(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  int size = 0;
  CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(std::string_view(key.reveal())),
                           bytes_of(nonce)) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(additional), static_cast<int>(additional.size())) ==
        1);
  CHECK(EVP_EncryptUpdate(cipher.get(), bytes_of(text), &size, bytes_of(plain), static_cast<int>(plain.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(cipher.get(), bytes_of(text) + size, &size) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return text + tag;
}

Result<std::string> aes_256_gcm_open(const Secret& key, std::string_view nonce, std::string_view additional,
                                     std::string_view sealed) {
  if (key.reveal().size() != kKeyBytes) return Error(errors::kKeyInvalid, "an AES-256 key has 32 bytes");
  if (nonce.empty() || nonce.size() > kMostBytes || sealed.size() < kTagBytes || sealed.size() > kMostBytes ||
      additional.size() > kMostBytes)
    return Error(errors::kSealBroken);
  const auto text = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const CipherPtr cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string opened(text.size(), '\0');
  int size = 0;
  CHECK(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr) == 1);
  if (EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_IVLEN, static_cast<int>(nonce.size()), nullptr) != 1)
    return Error(errors::kSealBroken, "the nonce has an impossible length");
  CHECK(EVP_DecryptInit_ex(cipher.get(), nullptr, nullptr, bytes_of(std::string_view(key.reveal())), bytes_of(nonce)) ==
        1);
  CHECK(EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(additional), static_cast<int>(additional.size())) ==
        1);
  CHECK(EVP_DecryptUpdate(cipher.get(), bytes_of(opened), &size, bytes_of(text), static_cast<int>(text.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(opened) + size, &size) != 1) return Error(errors::kSealBroken);
  return opened;
}

}  // namespace feiqian::crypto
