// Currencies of ISO 4217: code, number, exponent (how many decimals the minor unit has). A value is one byte and always
// valid.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "foundation/result.h"
#include "money/errors.h"

namespace feiqian::money {

class Currency {
 public:
  constexpr Currency() = default;  // CNY
  /// Three capital letters; otherwise errors::kCurrencyUnknown.
  static Result<Currency> parse(std::string_view code);

  std::string_view code() const;
  int numeric() const;
  int exponent() const;
  friend constexpr auto operator<=>(Currency, Currency) = default;

 private:
  explicit constexpr Currency(std::uint8_t index) : index_(index) {}
  std::uint8_t index_ = 29;
};

inline constexpr Currency kCny;

}  // namespace feiqian::money
