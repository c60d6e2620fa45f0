#include "engine/parameters.h"

#include <algorithm>

namespace feiqian::engine {

const std::vector<ParameterDefinition>& parameter_catalogue() {
  static const std::vector<ParameterDefinition> kCatalogue{
      {"tax.vat", 60000, 0, 500000, "ppm", "value-added tax included in fee income"},
      {"payments.default_expiry", 900, 1, 86400, "s", "time a payer has when the merchant names none"},
      {"payments.least_expiry", 60, 1, 86400, "s", "shortest expiry a merchant may ask for"},
      {"payments.most_expiry", 86400, 60, 604800, "s", "longest expiry a merchant may ask for"},
      {"payments.unknown_query_first", 2, 1, 3600, "s",
       "first query of an attempt with unknown or pending outcome; doubles each time"},
      {"payments.unknown_query_longest", 7200, 1, 86400, "s", "longest pause between two queries"},
      {"payments.pending_query_first", 10, 1, 3600, "s",
       "first query of an attempt that waits for its payer; doubles each time"},
      {"payments.barcode_doubt", 60, 1, 3600, "s",
       "a barcode payment that the channel does not know after so long is cancelled there"},
      {"payments.late_watch", 3600, 0, 2592000, "s",
       "how long after its expiry a payment is still asked about whose closing the channel could not confirm"},
      {"refunds.window_days", 365, 1, 3650, "days", "a payment may be refunded so long after it was paid"},
      {"refunds.most_parts", 50, 1, 1000, "", "refunds of one payment"},
      {"ledger.head_interval", 60, 1, 86400, "s", "pause between two signed heads of a chain that has new batches"},
      {"webhooks.most_tries", 12, 1, 100, "", "tries of a delivery before it counts as exhausted"},
  };
  return kCatalogue;
}

const ParameterDefinition* find_parameter(std::string_view name) {
  const auto& catalogue = parameter_catalogue();
  const auto found =
      std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& definition) { return definition.name == name; });
  return found == catalogue.end() ? nullptr : &*found;
}

Parameters::Parameters(std::vector<ParameterRow> rows) {
  // Of several values for one day the latest given counts.
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  for (const auto& row : rows) values_[row.name][row.effective_from] = row.value;
}

std::int64_t Parameters::value(std::string_view name, Date day) const {
  const auto* definition = find_parameter(name);
  CHECK(definition != nullptr);
  const auto dated = values_.find(name);
  if (dated == values_.end()) return definition->fallback;
  const auto after = dated->second.upper_bound(day);
  return after == dated->second.begin() ? definition->fallback : std::prev(after)->second;
}

}  // namespace feiqian::engine
