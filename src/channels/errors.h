#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kNotificationRejected{"channel.notification_rejected", Consequence::Unauthenticated,
                                                 "The notification is not proven to come from the channel."};
inline constexpr ErrorKind kStatementUnavailable{"channel.statement_unavailable", Consequence::RetrySafe,
                                                 "The channel did not give the statement, or it is damaged."};
inline constexpr ErrorKind kChannelNotFound{"channel.not_found", Consequence::NotFound, "There is no such channel."};
inline constexpr ErrorKind kChannelConflict{"channel.conflict", Consequence::Conflict,
                                            "There is a channel of this code already."};
}  // namespace feiqian::errors
