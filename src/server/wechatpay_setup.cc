#include "server/wechatpay_setup.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <optional>
#include <utility>

#include "channels/wechatpay/wechatpay.h"
#include "crypto/certificate.h"
#include "foundation/text.h"
#include "server/files.h"

namespace feiqian::server {

Result<std::unique_ptr<channels::Channel>> make_wechatpay(const ChannelSurroundings& with) {
  const auto& given = with.settings.wechatpay;
  auto key = TRY(crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, TRY(with.keys.read(kWechatPayMerchantKey))));
  auto api_v3_key = TRY(with.keys.read(kWechatPayApiV3Key));
  TRY(check_key(*find_channel_key(kWechatPayApiV3Key), api_v3_key));
  std::optional<std::pair<std::string, crypto::Verifier>> public_key;
  if (!given.public_key_id.empty()) {
    public_key.emplace(given.public_key_id,
                       TRY(crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256,
                                                      TRY(read_file(with.files.wechatpay_public_key)))));
  }
  return std::unique_ptr<channels::Channel>(std::make_unique<channels::wechatpay::WechatPay>(
      channels::wechatpay::Settings{given.base_url, given.appid,
                                    channels::wechatpay::Merchant{given.mchid, given.serial_no, std::move(key)},
                                    std::move(api_v3_key), std::move(public_key), given.store_id, given.timeout_ms},
      with.client, with.clock, with.random));
}

/// The provider's certificates are fetched later.
Result<std::string> join_wechatpay_sandbox(const SandboxJoin& join) {
  const auto mchid = "19" + std::to_string(10000000 + join.random.below(90000000));
  const auto appid = "wx" + to_hex(join.random.bytes(8));
  const auto serial_no = crypto::new_serial_hex(join.random);
  const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  const auto api_v3_key = to_hex(join.random.bytes(16));
  TRY(join.keys.write(kWechatPayMerchantKey, key.private_pem()));
  TRY(join.keys.write(kWechatPayApiV3Key, Secret(api_v3_key)));
  const auto directory = join.data + "/wechatpay/merchants";
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  TRY(write_private_file(directory + "/" + mchid + ".json",
                         boost::json::serialize(boost::json::object{{"mchid", mchid},
                                                                    {"appid", appid},
                                                                    {"serial_no", serial_no},
                                                                    {"public_key_pem", key.public_pem()},
                                                                    {"api_v3_key", api_v3_key}})));
  return fmt::format("[channels.wechatpay]\nbase_url = \"{}\"\nmchid = \"{}\"\nappid = \"{}\"\nserial_no = \"{}\"\n",
                     join.url, mchid, appid, serial_no);
}

}  // namespace feiqian::server
