#include "server/init.h"

#include <fmt/format.h>

#include <filesystem>

#include "channels/registry.h"
#include "pricing/fee_rules.h"
#include "server/channel_kinds.h"
#include "server/errors.h"
#include "server/files.h"
#include "server/platform.h"

namespace feiqian::server {
namespace {

/// The cost of each channel of the sandbox: 0.20 % (journals.md §C example).
constexpr std::int64_t kSandboxCostPpm = 2000;

/// `channel_sections`: empty without a sandbox.
std::string configuration(const InitOptions& options, const std::string& channel_sections) {
  auto text = fmt::format(
      "# Feiqian. Every setting: docs/configuration.md. FEIQIAN_SERVER__LISTEN overrides server.listen, and so on.\n\n"
      "[server]\nlisten = \"{0}\"\npublic_url = \"http://{0}\"\n\n[ops]\nlisten = \"{1}\"\n\n[web]\nroot = \"{2}\"\n",
      options.listen, options.ops_listen, options.web_root);
  if (!options.store_url.empty()) text += fmt::format("\n[store]\nurl = \"{}\"\n", options.store_url);
  if (!channel_sections.empty()) {
    text += "\n# Webhooks may go to this machine: for development only.\n[webhooks]\nallow_loopback = true\n" +
            channel_sections;
  }
  return text;
}

/// Exchanges keys for every channel; their sections of the configuration.
Result<std::string> join_sandbox(const InitOptions& options) {
  if (!std::filesystem::exists(options.sandbox_data + "/sandbox.token"))
    return Error(errors::kFileUnusable, "the sandbox has no keys yet; start it first: " + options.sandbox_data);
  SystemRandom random;
  const DataFiles files(options.data);
  auto keys = TRY(crypto::KeyStore::open(files.keys, random));
  const SandboxJoin join{options.sandbox_url, options.sandbox_data, files, keys, random, SystemClock().now()};
  std::string sections;
  for (const auto& kind : channel_kinds()) sections += "\n" + TRY(kind.join_sandbox(join));
  return sections;
}

Result<void> register_channels(const std::string& data) {
  auto platform = TRY(Platform::open(TRY(read_settings(data, process_environment()))));
  for (const auto& code : channel_codes()) {
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
  const auto channel_sections = with_sandbox ? TRY(join_sandbox(options)) : std::string();
  auto made = options;
  made.web_root = std::filesystem::absolute(options.web_root).lexically_normal().string();
  TRY(write_file(options.data + "/feiqian.toml", configuration(made, channel_sections)));
  if (with_sandbox) TRY(register_channels(options.data));
  return "initialised " + options.data + "\n";
}

}  // namespace feiqian::server
