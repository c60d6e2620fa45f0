// Commands of operators on a platform, whichever process holds it: `feiqian merchant …`, `channel …`, `parameter …`,
// `webhook …`, `heads sign`.
#pragma once

#include <string>
#include <vector>

#include "server/control_socket.h"
#include "server/platform.h"

namespace feiqian::server {

/// Whether the command changes or needs the live platform (and so goes to the process that has it).
bool is_admin_command(const std::vector<std::string>& args);

/// `directory`: where the caller stands, for relative file names. Prints what a person reads; files it writes have mode
/// 0600.
ControlAnswer run_admin(Platform& platform, const std::vector<std::string>& args, const std::string& directory);

}  // namespace feiqian::server
