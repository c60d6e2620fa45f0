#include "pricing/fee_rules.h"

#include <gtest/gtest.h>

#include "engine/testing/harness.h"

namespace feiqian::pricing {
namespace {

using engine::testing::code_of;
using engine::testing::Harness;
using engine::testing::must;

constexpr Date kDay{20261122};

FeeRuleRow rule(std::int64_t id, std::string method = "", CardType card = CardType::Any, int from = 20260101,
                std::optional<int> to = std::nullopt) {
  FeeRuleRow row;
  row.id = FeeRuleId{id};
  row.method = std::move(method);
  row.card_type = card;
  row.rate_ppm = 6000;
  row.effective_from = Date{from};
  if (to) row.effective_to = Date{*to};
  return row;
}

std::int64_t chosen(const std::vector<FeeRuleRow>& rows, std::string_view method, CardType card, Date day = kDay) {
  // Whatever the order in which they come.
  std::vector<const FeeRuleRow*> forwards;
  for (const auto& row : rows) forwards.push_back(&row);
  const std::vector<const FeeRuleRow*> backwards(forwards.rbegin(), forwards.rend());
  const auto* found = rule_for(forwards, method, card, day);
  EXPECT_EQ(rule_for(backwards, method, card, day), found);
  return found == nullptr ? 0 : found->id.value;
}

TEST(RuleFor, TheMostSpecificRuleInForce) {
  struct Case {
    const char* name;
    std::vector<FeeRuleRow> rules;
    std::string method;
    CardType card;
    std::int64_t chosen;
  };
  for (const auto& c : std::vector<Case>{
           {"none", {}, "alipay", CardType::Any, 0},
           {"any method", {rule(1)}, "alipay", CardType::Any, 1},
           {"another method", {rule(1, "wechatpay")}, "alipay", CardType::Any, 0},
           {"method before any", {rule(1, "alipay"), rule(2)}, "alipay", CardType::Any, 1},
           {"card before any", {rule(1, "", CardType::Credit), rule(2)}, "alipay", CardType::Credit, 1},
           {"another card", {rule(1, "", CardType::Credit), rule(2)}, "alipay", CardType::Debit, 2},
           {"only another card", {rule(1, "", CardType::Credit)}, "alipay", CardType::Any, 0},
           {"method before card", {rule(1, "alipay"), rule(2, "", CardType::Credit)}, "alipay", CardType::Credit, 1},
           {"method and card", {rule(1, "alipay"), rule(2, "alipay", CardType::Credit)}, "alipay", CardType::Credit, 2},
           {"later date",
            {rule(2, "", CardType::Any, 20260101), rule(1, "", CardType::Any, 20260601)},
            "alipay",
            CardType::Any,
            1},
           {"method before later date",
            {rule(1, "alipay", CardType::Any, 20260101), rule(2, "", CardType::Any, 20260601)},
            "alipay",
            CardType::Any,
            1},
           {"latest made", {rule(1), rule(2)}, "alipay", CardType::Any, 2},
           {"not yet", {rule(1), rule(2, "", CardType::Any, 20261123)}, "alipay", CardType::Any, 1},
           {"from today", {rule(1), rule(2, "", CardType::Any, 20261122)}, "alipay", CardType::Any, 2},
           {"last day is included",
            {rule(1), rule(2, "", CardType::Any, 20260601, 20261122)},
            "alipay",
            CardType::Any,
            2},
           {"over since yesterday",
            {rule(1), rule(2, "", CardType::Any, 20260601, 20261121)},
            "alipay",
            CardType::Any,
            1},
       }) {
    EXPECT_EQ(chosen(c.rules, c.method, c.card), c.chosen) << c.name;
  }
}

TEST(FeeOf, HalfUpWithLeastAndMostAndNeverAboveTheAmount) {
  struct Case {
    std::int64_t amount;
    std::int64_t ppm;
    std::int64_t least;
    std::optional<std::int64_t> most;
    std::int64_t fee;
  };
  for (const auto& c :
       {Case{100000, 6000, 0, std::nullopt, 600}, Case{83, 6000, 0, std::nullopt, 0},
        Case{84, 6000, 0, std::nullopt, 1}, Case{250, 6000, 0, std::nullopt, 2}, Case{100000, 0, 0, std::nullopt, 0},
        Case{100, 6000, 10, std::nullopt, 10}, Case{5, 6000, 10, std::nullopt, 5}, Case{100000, 6000, 10, 500, 500},
        Case{100000, 6000, 10, 10, 10}, Case{100, 6000, 0, 0, 0}, Case{100, 1000000, 0, std::nullopt, 100}}) {
    auto row = rule(7);
    row.rate_ppm = c.ppm;
    row.least_minor = c.least;
    row.most_minor = c.most;
    const FeeRuleRow* const rules[] = {&row};
    const auto fee = must(fee_of(rules, "alipay", CardType::Any, {c.amount, money::kCny}, kDay));
    EXPECT_EQ(fee.amount.minor, c.fee) << c.amount << " " << c.ppm;
    EXPECT_EQ(fee.rule.value, 7);
  }
}

TEST(FeeOf, WithoutARule) {
  const auto row = rule(1, "wechatpay");
  const FeeRuleRow* const rules[] = {&row};
  EXPECT_EQ(code_of(fee_of(rules, "alipay", CardType::Any, {100, money::kCny}, kDay)), "fee.no_rule");
}

TEST(CreateFeeRule, EveryRefusalAndTheBounds) {
  struct Case {
    std::int64_t ppm;
    std::int64_t least;
    std::optional<std::int64_t> most;
    std::string field;
  };
  Harness harness;
  for (const auto& c : {Case{-1, 0, std::nullopt, "rate_ppm"}, Case{1000001, 0, std::nullopt, "rate_ppm"},
                        Case{0, -1, std::nullopt, "most_minor"}, Case{0, 10, 9, "most_minor"}, Case{0, 10, 10, ""},
                        Case{1000000, 0, std::nullopt, ""}}) {
    auto row = rule(0);
    row.rate_ppm = c.ppm;
    row.least_minor = c.least;
    row.most_minor = c.most;
    const auto result = harness.run(CreateFeeRule{row});
    EXPECT_EQ(code_of(result), c.field.empty() ? "ok" : "value.invalid");
    EXPECT_EQ(result ? "" : result.error().field(), c.field);
  }
  EXPECT_EQ(harness.all(kFeeRules).size(), 2U);
}

}  // namespace
}  // namespace feiqian::pricing
