#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kConnectFailed{"net.connect_failed", Consequence::RetrySafe,
                                          "The peer could not be reached; nothing was sent."};
inline constexpr ErrorKind kNoAnswer{"net.no_answer", Consequence::OutcomeUnknown,
                                     "The request was sent and no complete answer came."};
inline constexpr ErrorKind kAddressForbidden{"net.address_forbidden", Consequence::Declined,
                                             "The address is not a public one; requests to it are not allowed."};
inline constexpr ErrorKind kUrlInvalid{"url.invalid", Consequence::Malformed, "The URL is not valid."};
inline constexpr ErrorKind kListenFailed{"net.listen_failed", Consequence::Internal,
                                         "The address cannot be listened on."};
inline constexpr ErrorKind kRequestTooLarge{"request.too_large", Consequence::Malformed,
                                            "The request body or header is too large."};
inline constexpr ErrorKind kRequestMalformed{"request.malformed_http", Consequence::Malformed,
                                             "The request is not valid HTTP."};
}  // namespace feiqian::errors
