#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kRouteNotFound{"request.no_such_path", Consequence::NotFound, "There is no such path."};
inline constexpr ErrorKind kMethodNotAllowed{"request.method", Consequence::Malformed,
                                             "This path does not take this method."};
inline constexpr ErrorKind kMediaType{"request.media_type", Consequence::Malformed,
                                      "The body must be application/json."};
inline constexpr ErrorKind kQueryInvalid{"request.invalid_query", Consequence::Malformed,
                                         "A query parameter is not valid."};
inline constexpr ErrorKind kRateLimited{"request.rate_limited", Consequence::RetrySafe,
                                        "Too many requests; slow down."};
inline constexpr ErrorKind kSignatureMissing{"auth.signature_missing", Consequence::Unauthenticated,
                                             "The request is not signed."};
inline constexpr ErrorKind kSignatureMalformed{"auth.signature_malformed", Consequence::Unauthenticated,
                                               "The signature headers are not as RFC 9421 and the merchant API ask."};
inline constexpr ErrorKind kSignatureInvalid{"auth.signature_invalid", Consequence::Unauthenticated,
                                             "The signature does not verify."};
inline constexpr ErrorKind kSignatureExpired{"auth.signature_expired", Consequence::Unauthenticated,
                                             "The signature's time is outside the window, or its expiry has passed."};
inline constexpr ErrorKind kSignatureReplayed{"auth.signature_replayed", Consequence::Unauthenticated,
                                              "The nonce was used before."};
inline constexpr ErrorKind kDigestMismatch{"auth.digest_mismatch", Consequence::Unauthenticated,
                                           "Content-Digest does not fit the body."};
inline constexpr ErrorKind kKeyUnknown{"auth.key_unknown", Consequence::Unauthenticated, "There is no such key."};
inline constexpr ErrorKind kKeyRevoked{"auth.key_revoked", Consequence::Unauthenticated,
                                       "The key was revoked or has expired."};
inline constexpr ErrorKind kKeyReused{"idempotency.key_reused", Consequence::Conflict,
                                      "The Idempotency-Key was used with another path or body."};
inline constexpr ErrorKind kLedgerClientNotFound{"ledger.client_not_found", Consequence::NotFound,
                                                 "There is no such ledger client."};
inline constexpr ErrorKind kLedgerForbidden{"ledger.forbidden", Consequence::Forbidden,
                                            "The ledger client may not see or touch this."};
inline constexpr ErrorKind kLedgerClosed{"ledger.not_by_hand", Consequence::Forbidden,
                                         "Nothing is posted by hand here: ledger.by_hand is not set."};
}  // namespace feiqian::errors
