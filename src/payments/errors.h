#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kPaymentNotFound{"payment.not_found", Consequence::NotFound, "There is no such payment."};
inline constexpr ErrorKind kOrderNoConflict{"payment.order_no_conflict", Consequence::Conflict,
                                            "A payment with this merchant_order_no exists with other content."};
inline constexpr ErrorKind kMethodNotPermitted{"payment.method_not_permitted", Consequence::Declined,
                                               "The contract does not permit this method, or it is switched off."};
inline constexpr ErrorKind kAmountBelowLeast{"payment.amount_below_minimum", Consequence::Declined,
                                             "The amount is below the contract's minimum."};
inline constexpr ErrorKind kAmountAboveMost{"payment.amount_above_maximum", Consequence::Declined,
                                            "The amount is above the contract's maximum."};
inline constexpr ErrorKind kDailyLimit{"payment.daily_limit", Consequence::Declined,
                                       "The merchant's daily limit would be exceeded."};
inline constexpr ErrorKind kExpiryOutOfRange{"payment.expiry_out_of_range", Consequence::Malformed,
                                             "The expiry is outside the permitted range."};
inline constexpr ErrorKind kPaymentClosed{"payment.closed", Consequence::Conflict, "The payment is closed."};
inline constexpr ErrorKind kPaymentExpired{"payment.expired", Consequence::Conflict, "The payment has expired."};
inline constexpr ErrorKind kPaymentPaid{"payment.already_paid", Consequence::Conflict, "The payment is paid already."};
inline constexpr ErrorKind kTooManyAttempts{"payment.too_many_attempts", Consequence::Declined,
                                            "The payment was attempted too often."};
inline constexpr ErrorKind kAttemptNotFound{"attempt.not_found", Consequence::NotFound, "There is no such attempt."};
inline constexpr ErrorKind kRefundNotFound{"refund.not_found", Consequence::NotFound, "There is no such refund."};
inline constexpr ErrorKind kRefundNoConflict{"refund.refund_no_conflict", Consequence::Conflict,
                                             "A refund with this merchant_refund_no exists with other content."};
inline constexpr ErrorKind kNotRefundable{"refund.not_refundable", Consequence::Declined, "The payment is not paid."};
inline constexpr ErrorKind kRefundWindow{"refund.window_over", Consequence::Declined,
                                         "The payment is too old to be refunded."};
inline constexpr ErrorKind kRefundParts{"refund.too_many_parts", Consequence::Declined,
                                        "The payment was refunded too often."};
inline constexpr ErrorKind kExceedsRemainder{
    "refund.exceeds_remainder", Consequence::Declined,
    "The amount is above what is left to refund (refunds under way are reserved)."};
inline constexpr ErrorKind kRefundBalance{"refund.balance_insufficient", Consequence::Declined,
                                          "The merchant's pending balance does not cover the refund."};
inline constexpr ErrorKind kEventNotFound{"event.not_found", Consequence::NotFound, "There is no such event."};
inline constexpr ErrorKind kNoTarget{"event.no_target", Consequence::Declined,
                                     "The event has no address to deliver to."};
}  // namespace feiqian::errors
