#include "server/alipay_setup.h"

#include <fmt/format.h>

#include <filesystem>

#include "channels/alipay/alipay.h"
#include "server/files.h"

namespace feiqian::server {

Result<std::unique_ptr<channels::Channel>> make_alipay(const ChannelSurroundings& with) {
  const auto& given = with.settings.alipay;
  auto app_key = TRY(crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, TRY(with.keys.read(kAlipayAppKey))));
  auto provider_key =
      TRY(crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256, TRY(read_file(with.files.alipay_public_key))));
  return std::unique_ptr<channels::Channel>(std::make_unique<channels::alipay::Alipay>(
      channels::alipay::Settings{given.gateway_url, given.app_id, std::move(app_key), std::move(provider_key),
                                 given.timeout_ms},
      with.client, with.clock));
}

Result<std::string> join_alipay_sandbox(const SandboxJoin& join) {
  const auto app_id = "2021" + std::to_string(100000000000 + join.random.below(900000000000));
  const auto app_key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  TRY(join.keys.write(kAlipayAppKey, app_key.private_pem()));
  TRY(write_file(join.files.alipay_public_key, TRY(read_file(join.data + "/alipay/alipay_public_key.pem"))));
  std::error_code ignored;
  std::filesystem::create_directories(join.data + "/alipay/apps", ignored);
  TRY(write_file(join.data + "/alipay/apps/" + app_id + ".pem", app_key.public_pem()));
  return fmt::format("[channels.alipay]\ngateway_url = \"{}/alipay/gateway.do\"\napp_id = \"{}\"\n", join.url, app_id);
}

}  // namespace feiqian::server
