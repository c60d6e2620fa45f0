#include "crypto/sha1.h"

#include <openssl/evp.h>

#include "foundation/check.h"

namespace feiqian::crypto {

std::string sha1(std::string_view bytes) {
  std::string digest(20, '\0');
  unsigned int size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha1(),
                   nullptr) == 1);
  CHECK(size == digest.size());
  return digest;
}

}  // namespace feiqian::crypto
