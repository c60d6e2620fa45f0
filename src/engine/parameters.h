// Dated parameters: limits, fees, deadlines and policies that rules and contracts set. A value holds from its effective
// date until the next one.
//
// Defaults stand in `parameter_catalogue()` with their source; rows of the table `parameter` override them from a date
// on.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/time.h"
#include "store/table.h"

namespace feiqian::engine {

struct ParameterTag {
  static constexpr std::string_view kPrefix = "par";
};
struct ParameterRow {
  StrongId<ParameterTag> id;
  std::string name;
  Date effective_from;
  std::int64_t value = 0;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(ParameterRow, (), (id, name, effective_from, value, created_at))
inline const store::Table<ParameterRow> kParameters{"parameter", store::Residency::Resident,
                                                    store::Evidence::Parameter};

struct ParameterDefinition {
  std::string_view name;
  std::int64_t fallback;
  std::int64_t least;
  std::int64_t most;
  std::string_view unit;
  std::string_view meaning;
};
const std::vector<ParameterDefinition>& parameter_catalogue();
const ParameterDefinition* find_parameter(std::string_view name);

/// An immutable snapshot; the engine makes a new one when rows change.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::vector<ParameterRow> rows);
  /// The value in force on `day`. An unknown name is a fault of the program (CHECK).
  std::int64_t value(std::string_view name, Date day) const;

 private:
  std::map<std::string, std::map<Date, std::int64_t>, std::less<>> values_;
};

}  // namespace feiqian::engine
