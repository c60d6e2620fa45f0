// Fee rules: dated, by method and card type, with minimum and maximum. A price list belongs to a contract (what a
// merchant pays) or to a channel (what a channel charges us). Fees are computed once, at success, and kept with the
// rule that made them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/command.h"
#include "money/money.h"

namespace feiqian::pricing {

struct FeeRuleTag {
  static constexpr std::string_view kPrefix = "fee";
};
using FeeRuleId = StrongId<FeeRuleTag>;

enum class CardType : std::int32_t { Any = 0, Debit = 1, Credit = 2 };

struct FeeRuleRow {
  FeeRuleId id;
  std::int64_t price_list = 0;  ///< contract or channel
  std::string method;           ///< `alipay` …, empty: every method
  CardType card_type = CardType::Any;
  std::int64_t rate_ppm = 0;
  std::int64_t least_minor = 0;
  std::optional<std::int64_t> most_minor;
  Date effective_from;
  std::optional<Date> effective_to;  ///< last day, inclusive
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(FeeRuleRow, (),
                      (id, price_list, method, card_type, rate_ppm, least_minor, most_minor, effective_from,
                       effective_to, created_at))
inline const store::Table<FeeRuleRow> kFeeRules{"fee_rule", store::Residency::Resident, store::Evidence::FeeRule};
inline const store::Index<&FeeRuleRow::price_list> kFeeRulesByList{kFeeRules, "fee_rule_by_list", store::Unique::No};

namespace rules {
inline constexpr ErrorKind kNone{"fee.no_rule", Consequence::Declined, "No fee rule covers this method on this day."};
}  // namespace rules

struct Fee {
  money::Money amount;
  FeeRuleId rule;
};

/// The most specific rule in force: exact method before any, exact card type before any, then the latest effective
/// date, then the latest made.
const FeeRuleRow* rule_for(std::span<const FeeRuleRow* const> rules, std::string_view method, CardType card_type,
                           Date day);

/// Half-up, at least the minimum, at most the maximum, never above the amount itself. rules::kNone when no rule is in
/// force.
Result<Fee> fee_of(std::span<const FeeRuleRow* const> rules, std::string_view method, CardType card_type,
                   money::Money amount, Date day);

/// Adds a rule to a price list. Rules are never changed: a new one takes over from its date.
struct CreateFeeRule {
  using Reply = FeeRuleId;
  FeeRuleRow rule;  ///< id and created_at are given by the decision
  void load(engine::Load& load) const { load.all(kFeeRulesByList, rule.price_list); }
  Result<Reply> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::pricing

namespace feiqian::engine {

// Instantiated once, in rows.cc.
extern template class Rows<pricing::FeeRuleRow>;

}  // namespace feiqian::engine
