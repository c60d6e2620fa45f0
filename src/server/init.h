// `feiqian init`: a new data directory with configuration, keys and, if named, the channels wired to a sandbox.
#pragma once

#include <string>

#include "foundation/result.h"

namespace feiqian::server {

struct InitOptions {
  std::string data;
  std::string listen = "127.0.0.1:9400";
  std::string ops_listen = "127.0.0.1:0";
  std::string web_root = "web/dist";
  std::string store_url;     ///< empty: the embedded store
  std::string sandbox_url;   ///< empty: no channel
  std::string sandbox_data;  ///< the sandbox's data directory: the two sides' public keys are exchanged there
};
/// errors::kAlreadyInitialised. Returns what a person should know.
Result<std::string> initialise(const InitOptions& options);

}  // namespace feiqian::server
