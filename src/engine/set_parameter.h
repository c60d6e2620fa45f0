// Gives a parameter a value from a day on.
#pragma once

#include "engine/command.h"

namespace feiqian::engine {

struct SetParameter {
  using Reply = StrongId<ParameterTag>;
  std::string name;
  std::int64_t value = 0;
  Date effective_from;
  void load(Load&) const {}
  /// errors::kValueInvalid: no such parameter, or out of its bounds.
  Result<Reply> decide(Decision& decision) const {
    const auto* definition = find_parameter(name);
    if (definition == nullptr) return Error(errors::kValueInvalid, "there is no such parameter", name);
    if (value < definition->least || value > definition->most) {
      return Error(errors::kValueInvalid,
                   "from " + std::to_string(definition->least) + " to " + std::to_string(definition->most), name);
    }
    const auto id = decision.new_id<Reply>();
    decision.insert(kParameters, ParameterRow{id, name, effective_from, value, decision.context.now});
    return id;
  }
};

}  // namespace feiqian::engine
