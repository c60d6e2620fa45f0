// AES-256-GCM under a key, a nonce and additional data that a protocol names. What is kept at rest is sealed with
// `sealing.h` instead, which chooses its own nonces. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "crypto/errors.h"
#include "foundation/result.h"
#include "foundation/secret.h"

namespace feiqian::crypto {

/// Ciphertext ‖ tag (16 bytes). `key` has 32 bytes, `nonce` 12; a pair of them must never be used twice.
std::string aes_256_gcm_seal(const Secret& key, std::string_view nonce, std::string_view additional,
                             std::string_view plain);

/// errors::kSealBroken: another key, nonce or additional data, or changed; errors::kKeyInvalid for a key that has not
/// 32 bytes. The nonce may have any length but none.
Result<std::string> aes_256_gcm_open(const Secret& key, std::string_view nonce, std::string_view additional,
                                     std::string_view sealed);

}  // namespace feiqian::crypto
