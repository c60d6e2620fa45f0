// SM3 (GB/T 32905-2016), raw bytes in and out. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace feiqian::crypto {

/// 32 bytes.
std::string sm3(std::string_view bytes);

}  // namespace feiqian::crypto
