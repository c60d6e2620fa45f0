// What WeChat Pay needs beside its settings: our certificate's key, the key that both sides know, and the platform's
// public key if one was given. A line of `channel_kinds.cc`.
#pragma once

#include "server/channel_kinds.h"

namespace feiqian::server {

inline constexpr const char* kWechatPayMerchantKey = "wechatpay-merchant";  ///< PEM, of our certificate
inline constexpr const char* kWechatPayApiV3Key = "wechatpay-apiv3";        ///< 32 bytes of text

Result<std::unique_ptr<channels::Channel>> make_wechatpay(const ChannelSurroundings& surroundings);
Result<std::string> join_wechatpay_sandbox(const SandboxJoin& join);

}  // namespace feiqian::server
