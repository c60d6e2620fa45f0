#include "pricing/fee_rules.h"

#include <algorithm>
#include <tuple>

namespace feiqian::pricing {

const FeeRuleRow* rule_for(std::span<const FeeRuleRow* const> rules, std::string_view method, CardType card_type,
                           Date day) {
  const FeeRuleRow* best = nullptr;
  const auto rank = [&](const FeeRuleRow& rule) {
    return std::make_tuple(rule.method == method, rule.card_type == card_type, rule.effective_from, rule.id);
  };
  for (const auto* rule : rules) {
    if (!rule->method.empty() && rule->method != method) continue;
    if (rule->card_type != CardType::Any && rule->card_type != card_type) continue;
    if (rule->effective_from > day || (rule->effective_to && *rule->effective_to < day)) continue;
    if (best == nullptr || rank(*rule) > rank(*best)) best = rule;
  }
  return best;
}

Result<Fee> fee_of(std::span<const FeeRuleRow* const> rules, std::string_view method, CardType card_type,
                   money::Money amount, Date day) {
  const auto* rule = rule_for(rules, method, card_type, day);
  if (rule == nullptr) return Error(rules::kNone);
  auto fee = TRY(money::portion(amount, {rule->rate_ppm}, money::Rounding::HalfUp));
  fee.minor = std::max(fee.minor, rule->least_minor);
  if (rule->most_minor) fee.minor = std::min(fee.minor, *rule->most_minor);
  fee.minor = std::min(fee.minor, amount.minor);
  return Fee{fee, rule->id};
}

Result<FeeRuleId> CreateFeeRule::decide(engine::Decision& decision) const {
  if (rule.rate_ppm < 0 || rule.rate_ppm > 1000000)
    return Error(errors::kValueInvalid, "from 0 to 1000000", "rate_ppm");
  if (rule.least_minor < 0 || (rule.most_minor && *rule.most_minor < rule.least_minor)) {
    return Error(errors::kValueInvalid, "the maximum is below the minimum", "most_minor");
  }
  auto row = rule;
  row.id = decision.new_id<FeeRuleId>(shard_of(rule.price_list));
  row.created_at = decision.context.now;
  return decision.insert(kFeeRules, std::move(row)).id;
}

}  // namespace feiqian::pricing
