// Amounts as Alipay writes them: yuan with two decimals. Exact; no floating point. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "money/money.h"

namespace feiqian::sandbox::alipay {

inline std::string yuan(std::int64_t minor) {
  return money::to_decimal({minor, money::kCny});
}

/// errors::kAmountInvalid.
inline Result<std::int64_t> minor_of(std::string_view text) {
  return TRY(money::from_decimal(text, money::kCny)).minor;
}

inline constexpr std::int64_t kLeastMinor = 1;
inline constexpr std::int64_t kMostMinor = 100'000'000'00;  // ¥100,000,000.00

}  // namespace feiqian::sandbox::alipay
