#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kOverloaded{"engine.overloaded", Consequence::RetrySafe,
                                       "Too many requests are waiting; nothing happened."};
inline constexpr ErrorKind kEngineStopped{"engine.stopped", Consequence::RetrySafe,
                                          "The engine is stopping or stopped; nothing happened."};
inline constexpr ErrorKind kLeaseLost{"engine.lease_lost", Consequence::RetrySafe,
                                      "Another node took over this worker's chain of batches; nothing happened."};
inline constexpr ErrorKind kNoChainFree{"engine.no_chain_free", Consequence::RetrySafe,
                                        "As many workers as one database can have are at work already."};
inline constexpr ErrorKind kInvariantBroken{
    "engine.invariant_broken", Consequence::Internal,
    "An invariant of the books would break; the batch was refused and the engine stopped."};
inline constexpr ErrorKind kHeadMalformed{"head.malformed", Consequence::Malformed,
                                          "This is not a signed head of a chain of batches."};
inline constexpr ErrorKind kHeadRefused{
    "head.refused", Consequence::Internal,
    "A chain of batches was not signed: it does not follow from what was signed before. Run `feiqian verify`."};
}  // namespace feiqian::errors
