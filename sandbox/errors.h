#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kControlUnauthenticated{"control.unauthenticated", Consequence::Unauthenticated,
                                                   "The control token is missing or wrong."};
inline constexpr ErrorKind kPageNotFound{"request.not_found", Consequence::NotFound,
                                         "There is nothing at this address."};
inline constexpr ErrorKind kMethodNotAllowed{"request.method", Consequence::Malformed,
                                             "This address does not answer that method."};
inline constexpr ErrorKind kHostForbidden{"request.host", Consequence::Forbidden,
                                          "The sandbox answers on loopback only."};
inline constexpr ErrorKind kFaultNotFound{"fault.not_found", Consequence::NotFound, "No such fault rule."};
inline constexpr ErrorKind kTradeNotFound{"trade.not_found", Consequence::NotFound,
                                          "No such trade, and no code that leads to one."};
inline constexpr ErrorKind kTradeNotPayable{"trade.not_payable", Consequence::Conflict,
                                            "The trade cannot be paid (any more)."};
inline constexpr ErrorKind kBalanceNotEnough{"payer.balance_not_enough", Consequence::Declined,
                                             "The payer's balance is not enough."};
}  // namespace feiqian::errors
