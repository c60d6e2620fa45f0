// Small files of a data directory, whole.
#pragma once

#include <string>

#include "foundation/result.h"
#include "server/errors.h"

namespace feiqian::server {

/// errors::kFileUnusable, like the others.
Result<std::string> read_file(const std::string& path);
Result<void> write_file(const std::string& path, const std::string& content);
/// Readable by its owner alone, before it holds anything.
Result<void> write_private_file(const std::string& path, const std::string& content);

}  // namespace feiqian::server
