// SHA-1: only where a protocol names it to find damage in a file whose address came signed. It proves nothing against
// an adversary. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace feiqian::crypto {

/// 20 bytes.
std::string sha1(std::string_view bytes);

}  // namespace feiqian::crypto
