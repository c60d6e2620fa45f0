#include "server/channel_kinds.h"

#include <fmt/format.h>

#include "crypto/signature.h"
#include "server/alipay_setup.h"
#include "server/unionpay_setup.h"
#include "server/wechatpay_setup.h"

namespace feiqian::server {

const std::vector<ChannelKind>& channel_kinds() {
  using Form = ChannelKey::Form;
  static const auto* const kKinds = new std::vector<ChannelKind>{
      {"alipay",
       {{kAlipayAppKey}},
       [](const Settings& settings) { return settings.alipay.enabled; },
       make_alipay,
       join_alipay_sandbox},
      {"wechatpay",
       {{kWechatPayMerchantKey}, {kWechatPayApiV3Key, Form::Text, 32, 32}},
       [](const Settings& settings) { return settings.wechatpay.enabled; },
       make_wechatpay,
       join_wechatpay_sandbox},
      {"unionpay",
       {{kUnionPayAppKey}, {kUnionPaySecureKey, Form::Text, 16, 1024}},
       [](const Settings& settings) { return settings.unionpay.enabled; },
       make_unionpay,
       join_unionpay_sandbox},
  };
  return *kKinds;
}

Result<void> check_key(const ChannelKey& key, const Secret& content) {
  if (key.form == ChannelKey::Form::RsaPem) {
    TRY(crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, content));
    return {};
  }
  const auto size = content.reveal().size();
  if (size >= key.least_bytes && size <= key.most_bytes) return {};
  return Error(errors::kKeyInvalid, key.least_bytes == key.most_bytes
                                        ? fmt::format("{} must have {} bytes", key.name, key.most_bytes)
                                        : fmt::format("{} must have at least {} bytes", key.name, key.least_bytes));
}

std::vector<std::string> channel_codes() {
  std::vector<std::string> codes;
  for (const auto& kind : channel_kinds()) codes.emplace_back(kind.code);
  return codes;
}

std::vector<std::string> channel_key_names() {
  std::vector<std::string> names;
  for (const auto& kind : channel_kinds()) {
    for (const auto& key : kind.keys) names.emplace_back(key.name);
  }
  return names;
}

const ChannelKey* find_channel_key(std::string_view name) {
  for (const auto& kind : channel_kinds()) {
    for (const auto& key : kind.keys) {
      if (key.name == name) return &key;
    }
  }
  return nullptr;
}

}  // namespace feiqian::server
