// `feiqian migrate`: how far the tables of a shared database are, who works on it, and the last step of an upgrade.
#pragma once

#include <string>

#include "server/settings.h"

namespace feiqian::server {

/// Applied and missing migrations, and the nodes at work, as text. errors::kUsage for the embedded store, which one
/// process brings up to date at its start.
Result<std::string> describe_schema(const Settings& settings);
/// Applies what waits for the end of older nodes, and says which; errors::kOlderNodes names those that are at work.
Result<std::string> contract_schema(const Settings& settings);

}  // namespace feiqian::server
