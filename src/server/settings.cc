#include "server/settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "foundation/text.h"
#include "net/http.h"
#include "store/postgres.h"

namespace feiqian::server {
namespace {

ListenAddress listen_address(Config& config, const std::string& key, const std::string& fallback) {
  const auto text = config.text(key, fallback);
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_int(std::string_view(text).substr(colon + 1));
  if (!port || *port < 0 || *port > 65535 || colon == 0) {
    config.refuse(key, "must be ADDRESS:PORT, for example 127.0.0.1:9400");
    return {};
  }
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, static_cast<std::uint16_t>(*port)};
}

/// The same after a restart, and another's nowhere: a data directory has one process at a time.
std::string node_of(const std::string& data_directory) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return std::string(host.data()) + ":" + std::filesystem::absolute(data_directory).lexically_normal().string();
}

void check_url(Config& config, const std::string& key, const std::string& url) {
  const auto parsed = net::Url::parse(url);
  if (!parsed) config.refuse(key, "must be an http or https address: " + parsed.error().detail());
}

WechatPaySettings wechatpay_settings(Config& config) {
  WechatPaySettings read;
  read.enabled = config.has_section("channels.wechatpay");
  if (!read.enabled) return read;
  read.base_url = config.text("channels.wechatpay.base_url", "https://api.mch.weixin.qq.com");
  while (read.base_url.ends_with('/')) read.base_url.pop_back();
  check_url(config, "channels.wechatpay.base_url", read.base_url);
  read.mchid = config.required_text("channels.wechatpay.mchid");
  read.appid = config.required_text("channels.wechatpay.appid");
  read.serial_no = config.required_text("channels.wechatpay.serial_no");
  read.public_key_id = config.text("channels.wechatpay.public_key_id", "");
  read.store_id = config.text("channels.wechatpay.store_id", "0001");
  read.timeout_ms = config.integer("channels.wechatpay.timeout_ms", 8000, 100, 60000);
  return read;
}

UnionPaySettings unionpay_settings(Config& config) {
  UnionPaySettings unionpay;
  unionpay.enabled = config.has_section("channels.unionpay");
  if (!unionpay.enabled) return unionpay;
  unionpay.gateway_url = config.text("channels.unionpay.gateway_url", "https://gateway.95516.com");
  while (unionpay.gateway_url.ends_with('/')) unionpay.gateway_url.pop_back();
  check_url(config, "channels.unionpay.gateway_url", unionpay.gateway_url);
  unionpay.file_url = config.text("channels.unionpay.file_url", "https://filedownload.95516.com/");
  check_url(config, "channels.unionpay.file_url", unionpay.file_url);
  unionpay.merchant_id = config.required_text("channels.unionpay.merchant_id");
  const bool named = unionpay.merchant_id.size() == 15 &&
                     std::all_of(unionpay.merchant_id.begin(), unionpay.merchant_id.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                     });
  if (!unionpay.merchant_id.empty() && !named)
    config.refuse("channels.unionpay.merchant_id", "must have 15 letters or digits");
  unionpay.sign_method = config.one_of("channels.unionpay.sign_method", "01", {"01", "11", "12"});
  unionpay.certificate_name = config.text("channels.unionpay.certificate_name", "中国银联股份有限公司");
  unionpay.timeout_ms = config.integer("channels.unionpay.timeout_ms", 8000, 100, 60000);
  return unionpay;
}

}  // namespace

Result<Settings> parse_settings(Config config, const std::string& data_directory) {
  Settings settings;
  settings.data_directory = data_directory;
  settings.listen = listen_address(config, "server.listen", "127.0.0.1:9400");
  settings.public_url =
      config.text("server.public_url", "http://" + settings.listen.host + ":" + std::to_string(settings.listen.port));
  while (settings.public_url.ends_with('/')) settings.public_url.pop_back();
  check_url(config, "server.public_url", settings.public_url);
  settings.threads = static_cast<int>(config.integer("server.threads", 2, 1, 64));
  settings.read_threads = static_cast<int>(config.integer("server.read_threads", 2, 1, 64));
  settings.max_body_bytes = config.integer("server.max_body_bytes", 65536, 1024, 16 << 20);
  settings.max_connections = config.integer("server.max_connections", 20000, 16, 1000000);
  settings.tls_certificate_file = config.text("server.tls_certificate_file", "");
  settings.tls_key_file = config.text("server.tls_key_file", "");
  settings.behind_proxy = config.boolean("server.plaintext_behind_proxy", false);
  if (settings.tls_certificate_file.empty() != settings.tls_key_file.empty()) {
    config.refuse("server.tls_key_file", "and server.tls_certificate_file go together");
  }
  const bool loopback = net::is_loopback_address(settings.listen.host);
  if (!loopback && settings.tls_certificate_file.empty() && !settings.behind_proxy) {
    config.refuse(
        "server.listen",
        "is not a loopback address: give server.tls_certificate_file, or say server.plaintext_behind_proxy = true");
  }
  settings.ops_listen = listen_address(config, "ops.listen", "127.0.0.1:0");
  if (!net::is_loopback_address(settings.ops_listen.host)) config.refuse("ops.listen", "must be a loopback address");
  settings.store_url = config.text("store.url", "");
  if (!settings.store_url.empty() && !store::is_postgres_url(settings.store_url))
    config.refuse("store.url", "must begin with postgresql://");
  settings.node = config.text("store.node", node_of(data_directory));
  settings.cache_mib = static_cast<int>(config.integer("store.cache_mib", 256, 1, 65536));
  settings.queue_limit = config.integer("engine.queue_limit", 65536, 1, 10000000);
  settings.batch_limit = config.integer("engine.batch_limit", 8192, 1, 65536);
  settings.workers = static_cast<int>(config.integer("engine.workers", 1, 1, 8));
  settings.slow_ms = config.integer("engine.slow_ms", 500, 0, 3600000);
  if (settings.store_url.empty() && settings.workers > 1) config.refuse("engine.workers", "needs store.url");
  settings.api_rate_per_s = config.integer("api.rate_per_s", 2000, 1, 10000000);
  settings.api_burst = config.integer("api.burst", 4000, 1, 10000000);
  settings.webhooks_allow_loopback = config.boolean("webhooks.allow_loopback", false);
  settings.web_root = config.text("web.root", "web/dist");
  settings.ledger_by_hand = config.boolean("ledger.by_hand", false);
  settings.ledger_max_body_bytes = config.integer("ledger.max_body_bytes", 16 << 20, 65536, 64 << 20);
  settings.ledger_listens = !config.text("ledger.listen", "").empty();
  if (settings.ledger_listens) {
    settings.ledger_listen = listen_address(config, "ledger.listen", "");
    if (!settings.ledger_by_hand) config.refuse("ledger.listen", "needs ledger.by_hand = true");
    if (!net::is_loopback_address(settings.ledger_listen.host) && settings.tls_certificate_file.empty())
      config.refuse("ledger.listen", "is not a loopback address: give server.tls_certificate_file");
  }
  settings.alipay.enabled = config.has_section("channels.alipay");
  if (settings.alipay.enabled) {
    settings.alipay.gateway_url = config.required_text("channels.alipay.gateway_url");
    if (!settings.alipay.gateway_url.empty())
      check_url(config, "channels.alipay.gateway_url", settings.alipay.gateway_url);
    settings.alipay.app_id = config.required_text("channels.alipay.app_id");
    settings.alipay.timeout_ms = config.integer("channels.alipay.timeout_ms", 8000, 100, 60000);
  }
  settings.wechatpay = wechatpay_settings(config);
  settings.unionpay = unionpay_settings(config);
  settings.backup.directory = config.text("backup.directory", "");
  if (!settings.backup.directory.empty() && !settings.store_url.empty())
    config.refuse("backup.directory", "is for the embedded store; a PostgreSQL server is backed up by its own tools");
  settings.backup.every_s = config.integer("backup.every_s", 300, 1, 86400);
  settings.backup.full_every_s = config.integer("backup.full_every_s", 86400, 60, 366 * 86400);
  settings.backup.keep_chains = config.integer("backup.keep_chains", 7, 1, 100000);
  settings.backup.keep_days = config.integer("backup.keep_days", 0, 0, 100000);
  const auto level = config.one_of("log.level", "info", {"debug", "info", "warn", "error"});
  settings.log_level = level == "debug"  ? log::Level::Debug
                       : level == "info" ? log::Level::Info
                       : level == "warn" ? log::Level::Warn
                                         : log::Level::Error;
  settings.log_file = config.text("log.file", "");
  TRY(config.finish());
  return settings;
}

Result<Settings> read_settings(const std::string& data_directory, const Environment& environment) {
  return parse_settings(TRY(Config::load(data_directory + "/feiqian.toml", environment)), data_directory);
}

}  // namespace feiqian::server
