// What `feiqian.toml` says; every value with its default, bounds and check (docs/configuration.md).
#pragma once

#include <string>

#include "foundation/config.h"
#include "foundation/log.h"

namespace feiqian::server {

struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};

struct AlipaySettings {
  bool enabled = false;
  std::string gateway_url;
  std::string app_id;
  std::int64_t timeout_ms = 8000;
};

struct WechatPaySettings {
  bool enabled = false;
  std::string base_url;
  std::string mchid;
  std::string appid;
  std::string serial_no;      ///< of our certificate at WeChat Pay
  std::string public_key_id;  ///< of the platform public key; empty: platform certificates only
  std::string store_id;
  std::int64_t timeout_ms = 8000;
};

struct UnionPaySettings {
  bool enabled = false;
  std::string gateway_url;  ///< without a trailing slash
  std::string file_url;
  std::string merchant_id;
  std::string sign_method;       ///< 01, 11 or 12
  std::string certificate_name;  ///< whose certificate signs what UnionPay sends (01)
  std::int64_t timeout_ms = 8000;
};

/// Backups at intervals by `serve`.
struct BackupSettings {
  std::string directory;  ///< empty: none
  std::int64_t every_s = 300;
  std::int64_t full_every_s = 86400;
  std::int64_t keep_chains = 7;
  std::int64_t keep_days = 0;
};

struct Settings {
  std::string data_directory;
  ListenAddress listen;
  std::string public_url;
  int threads = 2;
  int read_threads = 2;
  std::int64_t max_body_bytes = 0;
  std::int64_t max_connections = 0;
  std::string tls_certificate_file;
  std::string tls_key_file;
  bool behind_proxy = false;
  ListenAddress ops_listen;
  std::string store_url;  ///< empty: the embedded store in the data directory
  std::string node;       ///< names this process among those of one database
  int cache_mib = 256;
  std::int64_t queue_limit = 0;
  std::int64_t batch_limit = 0;
  int workers = 1;  ///< of the engine
  std::int64_t slow_ms = 0;
  std::int64_t api_rate_per_s = 0;
  std::int64_t api_burst = 0;
  bool webhooks_allow_loopback = false;
  std::string web_root;
  bool ledger_by_hand = false;  ///< vouchers may be posted from outside (docs/ledger.md)
  bool ledger_listens = false;  ///< the ledger API is on
  ListenAddress ledger_listen;
  std::int64_t ledger_max_body_bytes = 0;
  AlipaySettings alipay;
  WechatPaySettings wechatpay;
  UnionPaySettings unionpay;
  BackupSettings backup;
  log::Level log_level = log::Level::Info;
  std::string log_file;
};

/// `data_directory`/feiqian.toml. errors::kConfigInvalid with every problem on a line of its own.
Result<Settings> read_settings(const std::string& data_directory, const Environment& environment);
Result<Settings> parse_settings(Config config, const std::string& data_directory);

}  // namespace feiqian::server
