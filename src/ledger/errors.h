#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kBalanceInsufficient{"balance.insufficient", Consequence::Declined,
                                                "The account's balance does not cover the amount."};
inline constexpr ErrorKind kVoucherNotFound{"voucher.not_found", Consequence::NotFound, "There is no such voucher."};
inline constexpr ErrorKind kVoucherReversed{"voucher.already_reversed", Consequence::Conflict,
                                            "The voucher has been reversed already."};
inline constexpr ErrorKind kAccountNotFound{"account.not_found", Consequence::NotFound, "There is no such account."};
inline constexpr ErrorKind kAccountNotCustomer{"account.not_customer", Consequence::Declined,
                                               "Only customer accounts can be held, frozen, limited or closed."};
inline constexpr ErrorKind kAccountFrozen{"account.frozen", Consequence::Declined,
                                          "The account is frozen: nothing can leave it."};
inline constexpr ErrorKind kAccountClosed{"account.closed", Consequence::Declined, "The account is closed."};
inline constexpr ErrorKind kAccountNotEmpty{"account.not_empty", Consequence::Declined,
                                            "Money is still on the account, or held."};
inline constexpr ErrorKind kBalanceLimit{"balance.limit", Consequence::Declined,
                                         "The account's balance would be above its limit."};
inline constexpr ErrorKind kHoldNotFound{"hold.not_found", Consequence::NotFound, "There is no such hold."};
inline constexpr ErrorKind kHoldEnded{"hold.ended", Consequence::Conflict,
                                      "The hold was captured, released or has expired."};
inline constexpr ErrorKind kHoldExceeded{"hold.exceeded", Consequence::Declined,
                                         "The amount is more than what is still held."};
inline constexpr ErrorKind kAccountCodeUnknown{"account.code_unknown", Consequence::Malformed,
                                               "The chart of accounts has no such code."};
inline constexpr ErrorKind kVoucherUnbalanced{
    "voucher.unbalanced", Consequence::Malformed,
    "Debits and credits of a voucher must be equal in each pool and currency."};
inline constexpr ErrorKind kVoucherLines{"voucher.lines", Consequence::Malformed,
                                         "A voucher has 2 to 64 lines of 1 to 10^15 minor units each."};
inline constexpr ErrorKind kVoucherMirror{"voucher.mirror", Consequence::Malformed,
                                          "Accounts that mirror each other must move together."};
inline constexpr ErrorKind kTurnoverTooLarge{"account.turnover_too_large", Consequence::Declined,
                                             "The account's turnover would be more than can be counted."};
inline constexpr ErrorKind kLinkedRefused{"voucher.linked_refused", Consequence::Declined,
                                          "A voucher that is linked with this one was refused."};
inline constexpr ErrorKind kTooManyVouchers{"voucher.too_many", Consequence::Malformed,
                                            "A request holds at most 8,190 vouchers."};
inline constexpr ErrorKind kVerifyFailed{"verify.failed", Consequence::Internal, "The books do not verify."};
inline constexpr ErrorKind kVerifyInterrupted{
    "verify.interrupted", Consequence::RetrySafe,
    "Verification was interrupted; with the same --resume file it goes on from where it was."};
inline constexpr ErrorKind kVerifyProgress{"verify.progress_unusable", Consequence::Malformed,
                                           "The file with the progress of a verification cannot be used."};
inline constexpr ErrorKind kVoucherUnsigned{"voucher.unsigned", Consequence::RetrySafe,
                                            "No signed head is over the voucher's batch yet."};
inline constexpr ErrorKind kVouchersArchived{
    "voucher.archived", Consequence::NotFound,
    "The vouchers are in an archive that is not here; put the file that is named into the archives' directory."};
inline constexpr ErrorKind kArchiveYearOpen{"archive.year_open", Consequence::Malformed,
                                            "Only years that have ended can be archived."};
inline constexpr ErrorKind kArchiveNothing{"archive.nothing", Consequence::Conflict, "There is nothing to archive."};
inline constexpr ErrorKind kArchiveDiffers{"archive.differs", Consequence::Internal,
                                           "The archive is not what the books say."};
}  // namespace feiqian::errors
