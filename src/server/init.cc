#include "server/init.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "channels/registry.h"
#include "foundation/text.h"
#include "pricing/fee_rules.h"
#include "server/errors.h"
#include "server/platform.h"

namespace feiqian::server {
namespace {

/// The demo channels' cost: 0.20 % (journals.md §C example).
constexpr std::int64_t kSandboxCostPpm = 2000;

Result<void> write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) return Error(errors::kFileUnusable, "cannot be written: " + path);
  return {};
}

/// Who we are at the sandbox's providers.
struct Accounts {
  std::string alipay_app_id;
  std::string wechat_mchid;
  std::string wechat_appid;
  std::string wechat_serial_no;
};

Accounts new_accounts(Random& random) {
  auto serial = random.bytes(20);
  // Forty digits, and a number that is positive.
  serial[0] = static_cast<char>((serial[0] & 0x3F) | 0x40);
  Accounts made;
  made.alipay_app_id = "2021" + std::to_string(100000000000 + random.below(900000000000));
  made.wechat_mchid = "19" + std::to_string(10000000 + random.below(90000000));
  made.wechat_appid = "wx" + to_hex(random.bytes(8));
  made.wechat_serial_no = to_hex(serial);
  for (char& c : made.wechat_serial_no) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return made;
}

std::string configuration(const InitOptions& options, const std::optional<Accounts>& accounts) {
  auto text = fmt::format(
      "# Feiqian. Every setting: docs/configuration.md. FEIQIAN_SERVER__LISTEN overrides server.listen, and so on.\n\n"
      "[server]\nlisten = \"{0}\"\npublic_url = \"http://{0}\"\n\n[ops]\nlisten = \"{1}\"\n\n[web]\nroot = \"{2}\"\n",
      options.listen, options.ops_listen, options.web_root);
  if (!options.store_url.empty()) text += fmt::format("\n[store]\nurl = \"{}\"\n", options.store_url);
  if (accounts) {
    text += fmt::format(
        "\n# Webhooks may go to this machine: for development only.\n[webhooks]\nallow_loopback = true\n\n"
        "[channels.alipay]\ngateway_url = \"{0}/alipay/gateway.do\"\napp_id = \"{1}\"\n\n"
        "[channels.wechatpay]\nbase_url = \"{0}\"\nmchid = \"{2}\"\nappid = \"{3}\"\nserial_no = \"{4}\"\n",
        options.sandbox_url, accounts->alipay_app_id, accounts->wechat_mchid, accounts->wechat_appid,
        accounts->wechat_serial_no);
  }
  return text;
}

/// Our application's key pair: private half into the key store, public half to the sandbox; the provider's public half
/// to us.
Result<void> exchange_alipay_keys(const InitOptions& options, const std::string& app_id, crypto::KeyStore& keys) {
  const DataFiles files(options.data);
  const auto app_key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  TRY(keys.write("alipay-app", app_key.private_pem()));
  std::ifstream provider(options.sandbox_data + "/alipay/alipay_public_key.pem", std::ios::binary);
  std::stringstream pem;
  pem << provider.rdbuf();
  if (!provider)
    return Error(errors::kFileUnusable, "the sandbox has no key yet; start it first: " + options.sandbox_data);
  TRY(write_file(files.alipay_public_key, pem.str()));
  std::error_code ignored;
  std::filesystem::create_directories(options.sandbox_data + "/alipay/apps", ignored);
  return write_file(options.sandbox_data + "/alipay/apps/" + app_id + ".pem", app_key.public_pem());
}

/// Our certificate's key and the APIv3 key that both sides know. The provider's certificates are fetched later.
Result<void> exchange_wechat_keys(const InitOptions& options, const Accounts& accounts, crypto::KeyStore& keys,
                                  Random& random) {
  const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  const auto api_v3_key = to_hex(random.bytes(16));
  TRY(keys.write("wechatpay-merchant", key.private_pem()));
  TRY(keys.write("wechatpay-apiv3", Secret(api_v3_key)));
  const auto directory = options.sandbox_data + "/wechatpay/merchants";
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  const auto path = directory + "/" + accounts.wechat_mchid + ".json";
  // Made and closed to others before it holds a secret.
  TRY(write_file(path, ""));
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  return write_file(path, boost::json::serialize(boost::json::object{{"mchid", accounts.wechat_mchid},
                                                                     {"appid", accounts.wechat_appid},
                                                                     {"serial_no", accounts.wechat_serial_no},
                                                                     {"public_key_pem", key.public_pem()},
                                                                     {"api_v3_key", api_v3_key}}));
}

Result<void> exchange_keys(const InitOptions& options, const Accounts& accounts, Random& random) {
  auto keys = TRY(crypto::KeyStore::open(DataFiles(options.data).keys, random));
  TRY(exchange_alipay_keys(options, accounts.alipay_app_id, keys));
  return exchange_wechat_keys(options, accounts, keys, random);
}

Result<void> register_channels(const std::string& data) {
  auto platform = TRY(Platform::open(TRY(read_settings(data, process_environment()))));
  for (const char* code : {"alipay", "wechatpay"}) {
    const auto channel = TRY(platform->engine().run(channels::RegisterChannel{code, true}));
    pricing::FeeRuleRow cost;
    cost.price_list = channel.value;
    cost.rate_ppm = kSandboxCostPpm;
    cost.effective_from = Date{20250101};
    TRY(platform->engine().run(pricing::CreateFeeRule{cost}));
  }
  platform->stop();
  return {};
}

}  // namespace

Result<std::string> initialise(const InitOptions& options) {
  std::error_code failed;
  if (std::filesystem::exists(options.data + "/feiqian.toml")) return Error(errors::kAlreadyInitialised, options.data);
  std::filesystem::create_directories(options.data, failed);
  if (failed) return Error(errors::kFileUnusable, "cannot be made: " + options.data);
  std::filesystem::permissions(options.data, std::filesystem::perms::owner_all, failed);
  const bool with_sandbox = !options.sandbox_url.empty();
  std::optional<Accounts> accounts;
  if (with_sandbox) {
    SystemRandom random;
    accounts = new_accounts(random);
    TRY(exchange_keys(options, *accounts, random));
  }
  auto made = options;
  made.web_root = std::filesystem::absolute(options.web_root).lexically_normal().string();
  TRY(write_file(options.data + "/feiqian.toml", configuration(made, accounts)));
  if (with_sandbox) TRY(register_channels(options.data));
  return "initialised " + options.data + "\n";
}

}  // namespace feiqian::server
