// What Alipay needs beside its settings; a line of `channel_kinds.cc`.
#pragma once

#include "server/channel_kinds.h"

namespace feiqian::server {

inline constexpr const char* kAlipayAppKey = "alipay-app";  ///< PEM, of our application

Result<std::unique_ptr<channels::Channel>> make_alipay(const ChannelSurroundings& surroundings);
Result<std::string> join_alipay_sandbox(const SandboxJoin& join);

}  // namespace feiqian::server
