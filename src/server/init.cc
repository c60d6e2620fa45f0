#include "server/init.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "channels/registry.h"
#include "foundation/text.h"
#include "pricing/fee_rules.h"
#include "server/errors.h"
#include "server/platform.h"
#include "server/unionpay_setup.h"

namespace feiqian::server {
namespace {

/// The cost of each channel of the sandbox: 0.20 % (journals.md §C example).
constexpr std::int64_t kSandboxCostPpm = 2000;

Result<void> write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) return Error(errors::kFileUnusable, "cannot be written: " + path);
  return {};
}

/// At UnionPay: 777 and the last twelve digits of the application's number at Alipay.
std::string merchant_id_of(const std::string& app_id) {
  return "777" + app_id.substr(app_id.size() - 12);
}

std::string configuration(const InitOptions& options, const std::string& app_id) {
  auto text = fmt::format(
      "# Feiqian. Every setting: docs/configuration.md. FEIQIAN_SERVER__LISTEN overrides server.listen, and so on.\n\n"
      "[server]\nlisten = \"{0}\"\npublic_url = \"http://{0}\"\n\n[ops]\nlisten = \"{1}\"\n\n[web]\nroot = \"{2}\"\n",
      options.listen, options.ops_listen, options.web_root);
  if (!options.store_url.empty()) text += fmt::format("\n[store]\nurl = \"{}\"\n", options.store_url);
  if (!app_id.empty()) {
    text += fmt::format(
        "\n# Webhooks may go to this machine: for development only.\n[webhooks]\nallow_loopback = true\n\n"
        "[channels.alipay]\ngateway_url = \"{}/alipay/gateway.do\"\napp_id = \"{}\"\n",
        options.sandbox_url, app_id);
    text += fmt::format(
        "\n[channels.unionpay]\ngateway_url = \"{0}/unionpay\"\nfile_url = \"{0}/unionpay/file\"\n"
        "merchant_id = \"{1}\"\ncertificate_name = \"00040000:SIGN\"\n",
        options.sandbox_url, merchant_id_of(app_id));
  }
  return text;
}

/// Our application's key pair: private half into the key store, public half to the sandbox; the provider's public half
/// to us.
Result<void> exchange_keys(const InitOptions& options, const std::string& app_id) {
  SystemRandom random;
  const DataFiles files(options.data);
  auto keys = TRY(crypto::KeyStore::open(files.keys, random));
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
  TRY(write_file(options.sandbox_data + "/alipay/apps/" + app_id + ".pem", app_key.public_pem()));
  return exchange_unionpay_keys(options.sandbox_data, merchant_id_of(app_id), files, keys, random);
}

Result<void> register_channels(const std::string& data) {
  auto platform = TRY(Platform::open(TRY(read_settings(data, process_environment()))));
  for (const char* code : {"alipay", "unionpay"}) {
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
  std::string app_id;
  if (with_sandbox) {
    SystemRandom random;
    app_id = "2021" + std::to_string(100000000000 + random.below(900000000000));
    TRY(exchange_keys(options, app_id));
  }
  auto made = options;
  made.web_root = std::filesystem::absolute(options.web_root).lexically_normal().string();
  TRY(write_file(options.data + "/feiqian.toml", configuration(made, app_id)));
  if (with_sandbox) TRY(register_channels(options.data));
  return "initialised " + options.data + "\n";
}

}  // namespace feiqian::server
