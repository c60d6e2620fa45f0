// What UnionPay needs beside its settings: our key and certificate, the roots that we trust, or the agreed key. A line
// of `channel_kinds.cc`.
#pragma once

#include "server/channel_kinds.h"

namespace feiqian::server {

inline constexpr const char* kUnionPayAppKey = "unionpay-app";        ///< PEM, of our certificate
inline constexpr const char* kUnionPaySecureKey = "unionpay-secure";  ///< text, of sign methods 11 and 12

/// errors::kKeyInvalid also when the certificate is not of our key.
Result<std::unique_ptr<channels::Channel>> make_unionpay(const ChannelSurroundings& surroundings);
Result<std::string> join_unionpay_sandbox(const SandboxJoin& join);

}  // namespace feiqian::server
