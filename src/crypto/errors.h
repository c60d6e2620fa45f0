#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kKeyInvalid{"key.invalid", Consequence::Malformed, "The key cannot be used."};
inline constexpr ErrorKind kSignatureWrong{"signature.wrong", Consequence::Unauthenticated,
                                           "The signature does not verify."};
inline constexpr ErrorKind kSealBroken{"seal.broken", Consequence::Internal,
                                       "Sealed data cannot be opened: another key, or changed."};
}  // namespace feiqian::errors
