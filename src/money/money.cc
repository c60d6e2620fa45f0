#include "money/money.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "foundation/text.h"

namespace feiqian::money {
namespace {

__extension__ using Wide = __int128;

bool fits(Wide value) {
  return value >= std::numeric_limits<std::int64_t>::min() && value <= std::numeric_limits<std::int64_t>::max();
}

Wide divide(Wide numerator, Wide denominator, Rounding rounding) {
  const Wide quotient = numerator / denominator;
  const Wide rest = numerator % denominator;
  if (rest == 0) return quotient;
  const Wide away = numerator < 0 ? -1 : 1;
  const Wide twice = 2 * (rest < 0 ? -rest : rest);
  switch (rounding) {
    case Rounding::HalfUp:
      return twice >= denominator ? quotient + away : quotient;
    case Rounding::HalfEven:
      if (twice == denominator) return quotient % 2 == 0 ? quotient : quotient + away;
      return twice > denominator ? quotient + away : quotient;
    case Rounding::Down:
      return quotient;
    case Rounding::Up:
      return quotient + away;
  }
  return quotient;
}

}  // namespace

Result<Money> add(Money a, Money b) {
  CHECK(a.currency == b.currency);
  Money sum{0, a.currency};
  if (__builtin_add_overflow(a.minor, b.minor, &sum.minor)) return Error(errors::kAmountOverflow);
  return sum;
}

Result<Money> subtract(Money a, Money b) {
  CHECK(a.currency == b.currency);
  Money difference{0, a.currency};
  if (__builtin_sub_overflow(a.minor, b.minor, &difference.minor)) return Error(errors::kAmountOverflow);
  return difference;
}

std::string to_decimal(Money amount) {
  const auto exponent = static_cast<std::size_t>(amount.currency.exponent());
  const bool negative = amount.minor < 0;
  std::string digits = std::to_string(negative ? 0 - static_cast<std::uint64_t>(amount.minor)
                                               : static_cast<std::uint64_t>(amount.minor));
  if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
  if (exponent > 0) digits.insert(digits.size() - exponent, ".");
  return negative ? "-" + digits : digits;
}

Result<Money> from_decimal(std::string_view text, Currency currency) {
  const auto refuse = [] { return Error(errors::kAmountInvalid, "expected a decimal amount"); };
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto exponent = static_cast<std::size_t>(currency.exponent());
  if (whole.empty() || fraction.size() > exponent || (point != std::string_view::npos && fraction.empty()))
    return refuse();
  std::string digits(whole);
  digits += fraction;
  digits.append(exponent - fraction.size(), '0');
  if (digits.find_first_not_of("0123456789") != std::string::npos) return refuse();
  const auto minor = parse_int(negative ? "-" + digits : digits);
  if (!minor) return Error(errors::kAmountOverflow);
  if (negative && *minor == 0) return refuse();
  return Money{*minor, currency};
}

Result<std::int64_t> scale(std::int64_t value, std::int64_t numerator, std::int64_t denominator, Rounding rounding) {
  CHECK(denominator > 0);
  const Wide scaled = divide(Wide{value} * numerator, denominator, rounding);
  if (!fits(scaled)) return Error(errors::kAmountOverflow);
  return static_cast<std::int64_t>(scaled);
}

Result<Money> portion(Money amount, RatePpm rate, Rounding rounding) {
  return Money{TRY(scale(amount.minor, rate.ppm, 1000000, rounding)), amount.currency};
}

Result<Money> included_tax(Money gross, RatePpm rate) {
  const auto net = TRY(scale(gross.minor, 1000000, 1000000 + rate.ppm, Rounding::HalfUp));
  return Money{gross.minor - net, gross.currency};
}

Result<std::vector<Money>> split(Money whole, std::span<const std::int64_t> weights) {
  if (whole.minor < 0) return Error(errors::kAmountInvalid, "a negative amount cannot be split");
  Wide total = 0;
  for (const auto weight : weights) {
    if (weight < 0) return Error(errors::kAmountInvalid, "a share cannot be negative");
    total += weight;
  }
  if (total == 0) return Error(errors::kAmountInvalid, "no share is above zero");
  std::vector<Money> parts;
  std::vector<Wide> remainders;
  std::int64_t given = 0;
  for (const auto weight : weights) {
    const Wide product = Wide{whole.minor} * weight;
    parts.push_back({static_cast<std::int64_t>(product / total), whole.currency});
    remainders.push_back(product % total);
    given += parts.back().minor;
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  const auto left = static_cast<std::size_t>(whole.minor - given);
  for (std::size_t i = 0; i < left; ++i) ++parts[order[i]].minor;
  return parts;
}

Result<std::int64_t> cumulative_share(std::int64_t total, std::int64_t cumulative, std::int64_t whole,
                                      std::int64_t given_before) {
  return TRY(scale(total, cumulative, whole, Rounding::HalfUp)) - given_before;
}

}  // namespace feiqian::money
