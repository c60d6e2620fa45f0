#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kCurrencyUnknown{"currency.unknown", Consequence::Malformed,
                                            "The currency is not an ISO 4217 code."};
inline constexpr ErrorKind kAmountOverflow{"amount.overflow", Consequence::Malformed,
                                           "The amount does not fit 64 bits of minor units."};
inline constexpr ErrorKind kAmountInvalid{"amount.invalid", Consequence::Malformed, "The amount is not valid."};
}  // namespace feiqian::errors
