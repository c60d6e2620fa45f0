// Money: an integer number of minor units of one currency. Arithmetic is checked; there is no floating point and no
// implicit conversion.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/result.h"
#include "money/currency.h"

namespace feiqian::money {

struct Money {
  std::int64_t minor = 0;
  Currency currency;

  friend constexpr bool operator==(Money, Money) = default;
};

/// errors::kAmountOverflow when the sum leaves 64 bits. Adding two currencies is a fault of the caller (CHECK).
Result<Money> add(Money a, Money b);
Result<Money> subtract(Money a, Money b);

/// `128.00`: the decimal text with the currency's exponent, without code or grouping.
std::string to_decimal(Money amount);
/// The inverse: exactly as many decimals as the exponent or fewer; sign only for negative. errors::kAmountInvalid
/// otherwise.
Result<Money> from_decimal(std::string_view text, Currency currency);

enum class Rounding {
  HalfUp,    ///< half away from zero: fees (journals.md A.5)
  HalfEven,  ///< banker's rounding
  Down,      ///< towards zero
  Up,        ///< away from zero
};

/// value × numerator ÷ denominator with a 128-bit intermediate. denominator > 0. errors::kAmountOverflow.
Result<std::int64_t> scale(std::int64_t value, std::int64_t numerator, std::int64_t denominator, Rounding rounding);

/// A ratio in parts per million: 0.60 % is 6000.
struct RatePpm {
  std::int64_t ppm = 0;
  friend constexpr auto operator<=>(RatePpm, RatePpm) = default;
};
Result<Money> portion(Money amount, RatePpm rate, Rounding rounding);

/// The part that is a tax included in `gross` at `rate`: gross − round(gross ÷ (1 + rate)).
Result<Money> included_tax(Money gross, RatePpm rate);

/// `whole` in shares proportional to `weights` (≥ 0, not all zero) that sum to `whole` exactly: largest remainders
/// first, ties to the earlier. `whole` ≥ 0.
Result<std::vector<Money>> split(Money whole, std::span<const std::int64_t> weights);

/// What belongs to the first `cumulative` of `whole` when `total` is spread over it, less what earlier parts got
/// (journals.md A.5: partial refunds). After the last part the sum is `total` exactly.
Result<std::int64_t> cumulative_share(std::int64_t total, std::int64_t cumulative, std::int64_t whole,
                                      std::int64_t given_before);

}  // namespace feiqian::money
