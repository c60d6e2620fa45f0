#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kBackupUnsupported{"backup.store_unsupported", Consequence::Declined,
                                              "This store is backed up with the tools of its own server."};
inline constexpr ErrorKind kBackupTargetNotEmpty{"backup.target_not_empty", Consequence::Conflict,
                                                 "A backup is restored only into a new or empty directory."};
inline constexpr ErrorKind kBackupNotFound{"backup.not_found", Consequence::NotFound,
                                           "There is no such restore point."};
inline constexpr ErrorKind kBackupOtherKey{"backup.other_key", Consequence::Malformed,
                                           "The backup was made under another master key."};
inline constexpr ErrorKind kBackupBusy{"backup.busy", Consequence::RetrySafe,
                                       "Another process is writing to this backup directory."};
inline constexpr ErrorKind kBackupCancelled{"backup.cancelled", Consequence::RetrySafe,
                                            "The backup was given up because the program ends."};
inline constexpr ErrorKind kBackupFileMissing{"backup.file_missing", Consequence::Internal,
                                              "A file of the backup is missing."};
inline constexpr ErrorKind kBackupManifestBroken{"backup.manifest_broken", Consequence::Internal,
                                                 "A manifest was changed or is not from this chain of backups."};
inline constexpr ErrorKind kBackupFileBroken{"backup.file_broken", Consequence::Internal,
                                             "A data file of the backup was changed or is damaged."};
inline constexpr ErrorKind kBackupImageDiffers{"backup.image_differs", Consequence::Internal,
                                               "The restored pages are not the image that was backed up."};
inline constexpr ErrorKind kBackupBooksDiffer{"backup.books_differ", Consequence::Internal,
                                              "The restored books do not verify."};
}  // namespace feiqian::errors
