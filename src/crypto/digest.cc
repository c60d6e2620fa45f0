#include "crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "foundation/check.h"

namespace feiqian::crypto {

std::string sha256(std::string_view bytes) {
  // Fetching the algorithm costs more than digesting a short text: one context a thread.
  thread_local Sha256 context;
  context.update(bytes);
  return context.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string code(SHA256_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
             reinterpret_cast<unsigned char*>(code.data()), &length) != nullptr);
  return code;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  CHECK(context_ != nullptr && EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

void Sha256::update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  finish_into(digest.data());
  return digest;
}

void Sha256::finish_into(char* digest) {
  unsigned length = 0;
  auto* context = static_cast<EVP_MD_CTX*>(context_);
  CHECK(EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest), &length) == 1);
  CHECK(EVP_DigestInit_ex(context, nullptr, nullptr) == 1);
}

}  // namespace feiqian::crypto
