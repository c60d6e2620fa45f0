#include "ledger/catalogue.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace feiqian::ledger {
namespace {

constexpr Owners kOwners{11, 22, 33};

std::string owner_text(std::int64_t owner) {
  if (owner == 0) return "";
  return owner == 11 ? "[M]" : owner == 22 ? "[ch]" : owner == 33 ? "[U]" : "[?]";
}

/// One line in the form of the catalogue: `POOL SIDE ACCOUNT[sub] AMOUNT CCY`.
std::string text_of(const Line& line) {
  const auto* chart = find_in_chart(line.account.code);
  return std::string(chart == nullptr ? "?" : name_of(chart->pool)) + " " + std::string(name_of(line.side)) + " " +
         std::to_string(line.account.code) + owner_text(line.account.owner) + " " +
         money::to_decimal({line.amount_minor, line.account.currency}) + " " +
         std::string(line.account.currency.code());
}

std::vector<std::string> lines_of(const Voucher& voucher) {
  std::vector<std::string> lines;
  for (const auto& line : voucher.lines) lines.push_back(text_of(line));
  return lines;
}

struct Example {
  const VoucherTemplate* which;
  std::string event;
  std::int64_t whole_minor;
  std::int64_t tax_minor;
  std::vector<std::string> lines;
};

// The example amounts of the journals: order 1000.00, fee 6.00 with 6 % value-added tax in it, channel cost 2.00, a
// surplus of 120.00.
const std::vector<Example>& examples() {
  using namespace vouchers;
  static const std::vector<Example> kExamples{
      {&kPaySuccessChannel, "J01", 100000, 0, {"RES D 1121[ch] 1000.00 CNY", "RES C 2202[M] 1000.00 CNY"}},
      {&kMerchantFee,
       "J02",
       600,
       34,
       {"RES D 2202[M] 6.00 CNY", "RES C 2501 6.00 CNY", "OWN D 1501 6.00 CNY", "OWN C 6001 5.66 CNY",
        "OWN C 2221 0.34 CNY"}},
      {&kChannelFeeNet,
       "J03a",
       200,
       0,
       {"RES D 2501 2.00 CNY", "RES C 1121[ch] 2.00 CNY", "OWN D 6401 2.00 CNY", "OWN C 1501 2.00 CNY"}},
      {&kRefundAccept, "J11a", 100000, 0, {"RES D 2202[M] 1000.00 CNY", "RES C 2331[ch] 1000.00 CNY"}},
      {&kRefundChannelSuccess, "J11b", 100000, 0, {"RES D 2331[ch] 1000.00 CNY", "RES C 1121[ch] 1000.00 CNY"}},
      {&kRefundFeeReturned,
       "J11c",
       600,
       34,
       {"RES D 2501 6.00 CNY", "RES C 2202[M] 6.00 CNY", "OWN D 6001 5.66 CNY", "OWN D 2221 0.34 CNY",
        "OWN C 1501 6.00 CNY"}},
      {&kRefundFeeReturnedSwept,
       "J11d",
       600,
       34,
       {"RES D 1191 6.00 CNY", "RES C 2202[M] 6.00 CNY", "OWN D 6001 5.66 CNY", "OWN D 2221 0.34 CNY",
        "OWN C 2591 6.00 CNY"}},
      {&kRefundChannelCost,
       "J11e",
       200,
       0,
       {"RES D 1121[ch] 2.00 CNY", "RES C 2501 2.00 CNY", "OWN D 1501 2.00 CNY", "OWN C 6401 2.00 CNY"}},
      {&kRefundFail, "J11g", 100000, 0, {"RES D 2331[ch] 1000.00 CNY", "RES C 2202[M] 1000.00 CNY"}},
      {&kRefundToWallet, "J11h", 10000, 0, {"RES D 2202[M] 100.00 CNY", "RES C 2101[U] 100.00 CNY"}},
      {&kLongFound, "J15a", 12000, 0, {"RES D 1121[ch] 120.00 CNY", "RES C 2901[ch] 120.00 CNY"}},
      {&kLongRefund, "J15c", 12000, 0, {"RES D 2901[ch] 120.00 CNY", "RES C 2331[ch] 120.00 CNY"}},
      {&kLongRefundFail, "J15f", 12000, 0, {"RES D 2331[ch] 120.00 CNY", "RES C 2901[ch] 120.00 CNY"}},
  };
  return kExamples;
}

TEST(Catalogue, PostsTheLinesOfTheJournals) {
  for (const auto& example : examples()) {
    const auto voucher = make(*example.which, 7, kOwners, {{example.whole_minor, money::kCny}, example.tax_minor}, 9);
    EXPECT_EQ(voucher.event, example.event);
    EXPECT_EQ(voucher.subject, 7);
    EXPECT_EQ(voucher.rule, 9);
    EXPECT_EQ(lines_of(voucher), example.lines) << example.event;
  }
}

TEST(Catalogue, HasAnExampleOfEveryVoucher) {
  std::set<std::string_view> shown;
  for (const auto& example : examples()) shown.insert(example.which->event);
  for (const auto* which : catalogue()) EXPECT_TRUE(shown.contains(which->event)) << which->event;
  EXPECT_EQ(catalogue().size(), examples().size());
}

TEST(Catalogue, NamesAreUnique) {
  std::set<std::string_view> events;
  std::set<std::string_view> names;
  for (const auto* which : catalogue()) {
    EXPECT_TRUE(events.insert(which->event).second) << which->event;
    EXPECT_TRUE(names.insert(which->name).second) << which->name;
  }
}

TEST(Catalogue, SixPercentIncludedInSixYuanIsThirtyFourFen) {
  EXPECT_EQ(money::included_tax({600, money::kCny}, {60000})->minor, 34);
}

// Whatever the amounts: each pool balances, the pools agree with the chart, mirrors move together.
TEST(Catalogue, EveryTemplateBalancesPerPoolAndKeepsTheMirrors) {
  for (const auto* which : catalogue()) {
    for (const Amounts amounts :
         {Amounts{{100, money::kCny}, 6}, Amounts{{1, money::kCny}, 0}, Amounts{{1, money::kCny}, 1}}) {
      std::map<Pool, std::int64_t> sums;
      std::map<int, std::int64_t> growth;
      for (const auto& line : make(*which, 1, kOwners, amounts).lines) {
        const auto* chart = find_in_chart(line.account.code);
        ASSERT_NE(chart, nullptr) << which->event;
        sums[chart->pool] += line.side == Side::Debit ? line.amount_minor : -line.amount_minor;
        growth[line.account.code] += line.side == chart->normal_side ? line.amount_minor : -line.amount_minor;
      }
      for (const auto& [pool, sum] : sums) EXPECT_EQ(sum, 0) << which->event << " " << name_of(pool);
      for (const auto& mirror : mirrors())
        EXPECT_EQ(growth[mirror.res_code], growth[mirror.own_code]) << which->event << " " << mirror.res_code;
    }
    for (const auto& line : which->lines)
      EXPECT_EQ(line.pool, find_in_chart(line.code)->pool) << which->event << " " << line.code;
  }
}

TEST(Catalogue, LeavesOutLinesOfZero) {
  const auto voucher = make(vouchers::kMerchantFee, 1, kOwners, {{1, money::kCny}, 0});
  EXPECT_EQ(lines_of(voucher), (std::vector<std::string>{"RES D 2202[M] 0.01 CNY", "RES C 2501 0.01 CNY",
                                                         "OWN D 1501 0.01 CNY", "OWN C 6001 0.01 CNY"}));
}

TEST(Catalogue, NamesTheAccountsToLoad) {
  for (const auto& example : examples()) {
    const auto keys = accounts_of(*example.which, kOwners, money::kCny);
    for (const auto& line :
         make(*example.which, 7, kOwners, {{example.whole_minor, money::kCny}, example.tax_minor}).lines) {
      EXPECT_TRUE(std::any_of(keys.begin(), keys.end(),
                              [&](const auto& key) {
                                return key.code == line.account.code && key.owner == line.account.owner &&
                                       key.currency == line.account.currency;
                              }))
          << example.event << " " << line.account.code;
    }
  }
}

TEST(CatalogueDeathTest, AmountsMustBePositiveAndTheTaxAPartOfThem) {
  EXPECT_DEATH(make(vouchers::kPaySuccessChannel, 1, kOwners, {{0, money::kCny}}), "check.failed");
  EXPECT_DEATH(make(vouchers::kMerchantFee, 1, kOwners, {{5, money::kCny}, 6}), "check.failed");
  EXPECT_DEATH(make(vouchers::kMerchantFee, 1, kOwners, {{5, money::kCny}, -1}), "check.failed");
}

// --- the chart
// --------------------------------------------------------------------------------------------------------------------------

TEST(Chart, ReserveMoneyHasNoIncomeCostOrEquity) {
  for (const auto& entry : chart()) {
    if (entry.pool != Pool::Res) continue;
    EXPECT_TRUE(entry.type == AccountType::Asset || entry.type == AccountType::Liability ||
                entry.type == AccountType::Common)
        << entry.code;
  }
}

TEST(Chart, NormalSideFollowsFromTheType) {
  for (const auto& entry : chart()) {
    if (entry.code == 2222) continue;  // input tax: a liability's account with a debit balance
    const bool debit = entry.type != AccountType::Liability && entry.type != AccountType::Income;
    EXPECT_EQ(entry.normal_side == Side::Debit, debit) << entry.code;
  }
}

TEST(Chart, MirrorsAreOneReserveAndOneOwnAccount) {
  ASSERT_EQ(mirrors().size(), 4U);
  for (const auto& mirror : mirrors()) {
    EXPECT_EQ(find_in_chart(mirror.res_code)->pool, Pool::Res);
    EXPECT_EQ(find_in_chart(mirror.own_code)->pool, Pool::Own);
  }
}

TEST(Chart, FindsEveryCodeAndNoOther) {
  for (const auto& entry : chart()) EXPECT_EQ(find_in_chart(entry.code), &entry);
  for (const int code : {0, 1, 1001, 1100, 2200, 9003, -1121}) EXPECT_EQ(find_in_chart(code), nullptr) << code;
}

TEST(Chart, CustomerAccountsAreThoseOfPayersAndMerchants) {
  std::set<int> customers;
  for (const auto& entry : chart()) {
    if (entry.keeping == Keeping::Customer) customers.insert(entry.code);
  }
  EXPECT_EQ(customers,
            (std::set<int>{2101, 2102, 2103, 2111, 2112, 2113, 2121, 2201, 2202, 2203, 2204, 2205, 2401, 2402}));
}

}  // namespace
}  // namespace feiqian::ledger
