#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kStoreFailed{"store.failed", Consequence::Internal,
                                        "The database could not be read or written."};
inline constexpr ErrorKind kStoreLocked{"store.locked", Consequence::Internal,
                                        "Another process is using this data directory."};
inline constexpr ErrorKind kStoreVersion{"store.version", Consequence::Internal,
                                         "The database was written by a newer version."};
inline constexpr ErrorKind kStoreBusy{"store.busy", Consequence::RetrySafe, "The database is busy; nothing happened."};
inline constexpr ErrorKind kStoreUnavailable{
    "store.unavailable", Consequence::RetrySafe,
    "The database refused the write (disk full, read-only, busy); nothing happened."};
inline constexpr ErrorKind kStoreConflict{"store.conflict", Consequence::RetrySafe,
                                          "Another worker changed the same rows; nothing happened."};
inline constexpr ErrorKind kCommitUnknown{
    "store.commit_unknown", Consequence::OutcomeUnknown,
    "The commit was interrupted; ask with the same number whether it took effect."};
}  // namespace feiqian::errors
