#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kOverloaded{"engine.overloaded", Consequence::RetrySafe,
                                       "Too many requests are waiting; nothing happened."};
inline constexpr ErrorKind kEngineStopped{"engine.stopped", Consequence::RetrySafe,
                                          "The engine is stopping or stopped; nothing happened."};
inline constexpr ErrorKind kInvariantBroken{
    "engine.invariant_broken", Consequence::Internal,
    "An invariant of the books would break; the batch was refused and the engine stopped."};
}  // namespace feiqian::errors
