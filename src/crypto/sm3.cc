#include "crypto/sm3.h"

#include <openssl/evp.h>

#include "foundation/check.h"

namespace feiqian::crypto {

std::string sm3(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &length, EVP_sm3(),
                   nullptr) == 1);
  CHECK(length == digest.size());
  return digest;
}

}  // namespace feiqian::crypto
