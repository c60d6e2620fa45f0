#include "money/money.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <set>

namespace feiqian::money {
namespace {

__extension__ using Wide = __int128;
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();

Currency currency(std::string_view code) {
  return Currency::parse(code).value();
}

// --- currencies
// ---------------------------------------------------------------------------------------------------------------------------

TEST(Currency, HasItsNumberAndExponent) {
  struct Case {
    const char* code;
    int numeric;
    int exponent;
  };
  for (const auto& c : {Case{"CNY", 156, 2}, Case{"USD", 840, 2}, Case{"JPY", 392, 0}, Case{"KRW", 410, 0},
                        Case{"KWD", 414, 3}, Case{"CLF", 990, 4}, Case{"AED", 784, 2}, Case{"ZWG", 924, 2},
                        Case{"TWD", 901, 2}, Case{"HKD", 344, 2}, Case{"BHD", 48, 3}}) {
    const auto parsed = currency(c.code);
    EXPECT_EQ(parsed.code(), c.code);
    EXPECT_EQ(parsed.numeric(), c.numeric) << c.code;
    EXPECT_EQ(parsed.exponent(), c.exponent) << c.code;
  }
  EXPECT_EQ(kCny.code(), "CNY");
}

TEST(Currency, RefusesWhatIsNoCode) {
  for (const char* code : {"", "C", "CN", "cny", "Cny", "CNYY", "XXX", "CN ", " CNY", "人民币", "156"}) {
    const auto parsed = Currency::parse(code);
    ASSERT_FALSE(parsed.ok()) << code;
    EXPECT_EQ(parsed.error().code(), "currency.unknown");
    EXPECT_EQ(parsed.error().field(), "currency");
  }
}

TEST(Currency, NumbersAreUnique) {
  std::set<int> numbers;
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) {
      for (char c = 'A'; c <= 'Z'; ++c) {
        if (const auto parsed = Currency::parse(std::string{a, b, c})) {
          ++count;
          EXPECT_TRUE(numbers.insert(parsed->numeric()).second) << parsed->code();
        }
      }
    }
  }
  EXPECT_GT(count, 150);
}

// --- sums
// ---------------------------------------------------------------------------------------------------------------------------------

TEST(Money, SumsAreChecked) {
  EXPECT_EQ(add({1, kCny}, {2, kCny})->minor, 3);
  EXPECT_EQ(subtract({1, kCny}, {2, kCny})->minor, -1);
  EXPECT_EQ(add({kMost, kCny}, {0, kCny})->minor, kMost);
  EXPECT_EQ(add({kMost, kCny}, {1, kCny}).error().code(), "amount.overflow");
  EXPECT_EQ(add({kLeast, kCny}, {-1, kCny}).error().code(), "amount.overflow");
  EXPECT_EQ(subtract({kLeast, kCny}, {1, kCny}).error().code(), "amount.overflow");
  EXPECT_EQ(subtract({0, kCny}, {kLeast, kCny}).error().code(), "amount.overflow");
}

TEST(MoneyDeathTest, CurrenciesDoNotMix) {
  EXPECT_DEATH(add({1, kCny}, {1, currency("USD")}).ok(), "check.failed");
  EXPECT_DEATH(subtract({1, kCny}, {1, currency("USD")}).ok(), "check.failed");
}

// --- decimals
// -----------------------------------------------------------------------------------------------------------------------------

TEST(Decimal, ByExponent) {
  struct Case {
    std::int64_t minor;
    const char* code;
    const char* text;
  };
  for (const auto& c :
       {Case{12800, "CNY", "128.00"}, Case{0, "CNY", "0.00"}, Case{1, "CNY", "0.01"}, Case{99, "CNY", "0.99"},
        Case{-1, "CNY", "-0.01"}, Case{-12800, "CNY", "-128.00"}, Case{5, "JPY", "5"}, Case{0, "JPY", "0"},
        Case{1, "KWD", "0.001"}, Case{1234, "KWD", "1.234"}, Case{1, "CLF", "0.0001"}, Case{12345, "CLF", "1.2345"},
        Case{kMost, "CNY", "92233720368547758.07"}, Case{kLeast, "CNY", "-92233720368547758.08"},
        Case{kLeast, "JPY", "-9223372036854775808"}}) {
    const Money amount{c.minor, currency(c.code)};
    EXPECT_EQ(to_decimal(amount), c.text);
    EXPECT_EQ(from_decimal(c.text, amount.currency).value(), amount) << c.text;
  }
}

TEST(Decimal, FewerDecimalsThanTheExponentAreFilledUp) {
  EXPECT_EQ(from_decimal("1", kCny)->minor, 100);
  EXPECT_EQ(from_decimal("1.5", kCny)->minor, 150);
  EXPECT_EQ(from_decimal("-1.5", kCny)->minor, -150);
  EXPECT_EQ(from_decimal("1.2", currency("CLF"))->minor, 12000);
}

TEST(Decimal, RefusesEverythingElse) {
  for (const char* text : {"",    "-",     ".",   "1.", ".5",   "1.234", "+1",    "1,00", " 1",  "1 ",   "1e2",
                           "0x1", "1.2.3", "--1", "1-", "1.-2", "-0",    "-0.00", "１",   "NaN", "1_000"}) {
    ASSERT_FALSE(from_decimal(text, kCny).ok()) << text;
    EXPECT_EQ(from_decimal(text, kCny).error().code(), "amount.invalid") << text;
  }
  EXPECT_EQ(from_decimal("1.0", currency("JPY")).error().code(), "amount.invalid");
  for (const char* text : {"92233720368547758.08", "-92233720368547758.09", "99999999999999999999999"}) {
    EXPECT_EQ(from_decimal(text, kCny).error().code(), "amount.overflow") << text;
  }
}

RC_GTEST_PROP(Decimal, RoundTrip, (std::int64_t minor)) {
  for (const char* code : {"JPY", "CNY", "KWD", "CLF"}) {
    const Money amount{minor, currency(code)};
    RC_ASSERT(from_decimal(to_decimal(amount), amount.currency).value() == amount);
  }
}

// --- ratios
// -------------------------------------------------------------------------------------------------------------------------------

TEST(Rounding, ByName) {
  struct Case {
    std::int64_t value;
    std::int64_t half_up, half_even, down, up;
  };
  // value ÷ 2
  for (const auto& c : {Case{5, 3, 2, 2, 3}, Case{7, 4, 4, 3, 4}, Case{-5, -3, -2, -2, -3}, Case{-7, -4, -4, -3, -4},
                        Case{4, 2, 2, 2, 2}, Case{0, 0, 0, 0, 0}, Case{1, 1, 0, 0, 1}, Case{-1, -1, 0, 0, -1}}) {
    EXPECT_EQ(scale(c.value, 1, 2, Rounding::HalfUp).value(), c.half_up) << c.value;
    EXPECT_EQ(scale(c.value, 1, 2, Rounding::HalfEven).value(), c.half_even) << c.value;
    EXPECT_EQ(scale(c.value, 1, 2, Rounding::Down).value(), c.down) << c.value;
    EXPECT_EQ(scale(c.value, 1, 2, Rounding::Up).value(), c.up) << c.value;
  }
  EXPECT_EQ(scale(4, 1, 3, Rounding::HalfUp).value(), 1);
  EXPECT_EQ(scale(5, 1, 3, Rounding::HalfEven).value(), 2);
}

TEST(Scale, OverflowIsAnError) {
  EXPECT_EQ(scale(kMost, kMost, kMost, Rounding::HalfUp).value(), kMost);
  EXPECT_EQ(scale(kMost, 2, 1, Rounding::HalfUp).error().code(), "amount.overflow");
  EXPECT_EQ(scale(kLeast, 2, 1, Rounding::HalfUp).error().code(), "amount.overflow");
  EXPECT_EQ(portion({kMost, kCny}, {2000000}, Rounding::HalfUp).error().code(), "amount.overflow");
}

RC_GTEST_PROP(Portion, IsTheNearestInWideArithmetic, (std::int64_t minor)) {
  const auto ppm = *rc::gen::inRange<std::int64_t>(0, 1000001);
  const auto part = portion({minor, kCny}, {ppm}, Rounding::HalfUp).value().minor;
  const Wide off = Wide{part} * 1000000 - Wide{minor} * ppm;
  RC_ASSERT(off <= 500000 && off >= -500000);
  // Half away from zero.
  if (off == 500000) RC_ASSERT(minor > 0);
  if (off == -500000) RC_ASSERT(minor < 0);
}

RC_GTEST_PROP(Scale, TheFourRoundingsAreNeighbours, (std::int64_t value)) {
  const auto numerator = *rc::gen::inRange<std::int64_t>(0, 1000);
  const auto denominator = *rc::gen::inRange<std::int64_t>(1000, 100000);
  const auto of = [&](Rounding rounding) { return scale(value, numerator, denominator, rounding).value(); };
  const auto down = of(Rounding::Down);
  const auto up = of(Rounding::Up);
  const Wide product = Wide{value} * numerator;
  RC_ASSERT((product % denominator == 0) == (down == up));
  for (const auto rounding : {Rounding::HalfUp, Rounding::HalfEven})
    RC_ASSERT(of(rounding) == down || of(rounding) == up);
  const Wide shown = Wide{down} * denominator;
  RC_ASSERT((product >= 0 ? product - shown : shown - product) < denominator);
}

TEST(IncludedTax, Table) {
  struct Case {
    std::int64_t gross;
    std::int64_t ppm;
    std::int64_t tax;
  };
  for (const auto& c : {Case{600, 60000, 34}, Case{20, 60000, 1}, Case{5000, 60000, 283}, Case{1, 60000, 0},
                        Case{0, 60000, 0}, Case{600, 0, 0}, Case{-600, 60000, -34}}) {
    EXPECT_EQ(included_tax({c.gross, kCny}, {c.ppm})->minor, c.tax) << c.gross;
  }
}

RC_GTEST_PROP(IncludedTax, IsAPartOfTheGrossAndGrowsWithIt, ()) {
  const auto gross = *rc::gen::inRange<std::int64_t>(0, kMost / 4);
  const auto ppm = *rc::gen::inRange<std::int64_t>(0, 500001);
  const auto tax = included_tax({gross, kCny}, {ppm}).value().minor;
  RC_ASSERT(tax >= 0 && tax <= gross);
  const auto next = included_tax({gross + 1, kCny}, {ppm}).value().minor;
  RC_ASSERT(next == tax || next == tax + 1);
}

// --- splitting
// ----------------------------------------------------------------------------------------------------------------------------

std::vector<std::int64_t> minors(const std::vector<Money>& parts) {
  std::vector<std::int64_t> values;
  for (const auto& part : parts) values.push_back(part.minor);
  return values;
}

TEST(Split, LargestRemaindersFirstTiesToTheEarlier) {
  struct Case {
    std::int64_t whole;
    std::vector<std::int64_t> weights;
    std::vector<std::int64_t> parts;
  };
  for (const auto& c :
       {Case{100, {1, 1, 1}, {34, 33, 33}}, Case{101, {1, 1, 1}, {34, 34, 33}}, Case{10, {1, 2}, {3, 7}},
        Case{5, {0, 1, 0}, {0, 5, 0}}, Case{0, {1, 1}, {0, 0}}, Case{1, {1, 1, 1, 1}, {1, 0, 0, 0}},
        Case{100, {999, 1}, {100, 0}}, Case{kMost, {kMost, kMost}, {kMost / 2 + 1, kMost / 2}}}) {
    EXPECT_EQ(minors(split({c.whole, kCny}, c.weights).value()), c.parts);
  }
}

TEST(Split, EveryRefusal) {
  const auto code = [](std::int64_t whole, std::vector<std::int64_t> weights) {
    return std::string(split({whole, kCny}, weights).error().code());
  };
  EXPECT_EQ(code(-1, {1}), "amount.invalid");
  EXPECT_EQ(code(1, {}), "amount.invalid");
  EXPECT_EQ(code(1, {0, 0}), "amount.invalid");
  EXPECT_EQ(code(1, {2, -1}), "amount.invalid");
}

RC_GTEST_PROP(Split, LosesNoCentAndIsFair, ()) {
  const auto whole = *rc::gen::inRange<std::int64_t>(0, kMost);
  const auto weights =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1000000)));
  Wide total = 0;
  for (const auto weight : weights) total += weight;
  RC_PRE(total > 0);
  const auto parts = split({whole, kCny}, weights).value();
  RC_ASSERT(parts.size() == weights.size());
  Wide sum = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sum += parts[i].minor;
    const Wide off = Wide{parts[i].minor} * total - Wide{whole} * weights[i];
    RC_ASSERT(off < total && off > -total);
  }
  RC_ASSERT(sum == whole);
}

RC_GTEST_PROP(CumulativeShare, AnyPartitionGivesTheTotal, ()) {
  const auto whole = *rc::gen::inRange<std::int64_t>(1, 1000000000000);
  const auto total = *rc::gen::inRange<std::int64_t>(0, whole + 1);
  std::int64_t cumulative = 0;
  std::int64_t given = 0;
  while (cumulative < whole) {
    cumulative += std::min(whole - cumulative, *rc::gen::inRange<std::int64_t>(1, whole + 1));
    const auto part = cumulative_share(total, cumulative, whole, given).value();
    RC_ASSERT(part >= 0);
    given += part;
    RC_ASSERT(given <= total);
  }
  RC_ASSERT(given == total);
}

}  // namespace
}  // namespace feiqian::money
