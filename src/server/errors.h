#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kUsage{"command.usage", Consequence::Malformed, "The command line is not right."};
inline constexpr ErrorKind kNotInitialised{"data.not_initialised", Consequence::NotFound,
                                           "The data directory was not made by `feiqian init`."};
inline constexpr ErrorKind kAlreadyInitialised{"data.already_initialised", Consequence::Conflict,
                                               "The data directory exists already."};
inline constexpr ErrorKind kStoreNotEmpty{"store.not_empty", Consequence::Conflict,
                                          "The store to copy to holds rows already."};
inline constexpr ErrorKind kNoServer{"control.unreachable", Consequence::RetrySafe,
                                     "The server that holds the data does not answer."};
}  // namespace feiqian::errors
