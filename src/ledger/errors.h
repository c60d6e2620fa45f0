#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kBalanceInsufficient{"balance.insufficient", Consequence::Declined,
                                                "The account's balance does not cover the amount."};
inline constexpr ErrorKind kVoucherNotFound{"voucher.not_found", Consequence::NotFound, "There is no such voucher."};
inline constexpr ErrorKind kVoucherReversed{"voucher.already_reversed", Consequence::Conflict,
                                            "The voucher has been reversed already."};
inline constexpr ErrorKind kAccountNotFound{"account.not_found", Consequence::NotFound, "There is no such account."};
inline constexpr ErrorKind kVerifyFailed{"verify.failed", Consequence::Internal, "The books do not verify."};
}  // namespace feiqian::errors
