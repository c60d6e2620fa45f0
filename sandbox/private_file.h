// Small files of the data directory, written whole and durably. Not for concurrent writers of one path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/result.h"

namespace feiqian::sandbox {

/// nullopt when there is no such file; errors::kFileUnusable when it cannot be read.
Result<std::optional<std::string>> read_file(const std::string& path);
/// As read_file, and refuses one that group or others may read.
Result<std::optional<std::string>> read_private_file(const std::string& path);
/// Atomically (written beside, synced, renamed), with exactly that mode.
Result<void> write_file(const std::string& path, std::string_view content, unsigned mode);
Result<void> make_directory(const std::string& path);

}  // namespace feiqian::sandbox
