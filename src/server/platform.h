// The whole platform in one object: wiring only. `open` gives the engine without any listener (for commands on a
// stopped platform); `serve` adds the ways in and performs tasks.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/channel_callbacks.h"
#include "api/ledger_api.h"
#include "api/merchant_api.h"
#include "backup/schedule.h"
#include "cashier/cashier.h"
#include "crypto/key_store.h"
#include "engine/engine.h"
#include "engine/head_signer.h"
#include "engine/read_pool.h"
#include "engine/task_runner.h"
#include "ledger/seal.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "notices/webhooks.h"
#include "payments/executors.h"
#include "payments/feed.h"
#include "server/cluster.h"
#include "server/data_files.h"
#include "server/settings.h"
#include "store/store.h"

namespace feiqian::server {

/// The key in the store that signs the heads of the ledger's chains; made at the first start.
inline constexpr const char* kHeadKeyName = "heads-ed25519";

/// One process at a time uses a data directory.
class DataLock {
 public:
  /// errors::kStoreLocked when another process has it.
  static Result<DataLock> take(const std::string& directory);
  DataLock(DataLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  DataLock& operator=(DataLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~DataLock();

 private:
  explicit DataLock(int file) : file_(file) {}
  int file_;
};

class Platform {
 public:
  /// Takes the data directory (errors::kStoreLocked when another process has it), migrates, recovers, starts the
  /// engine.
  static Result<std::unique_ptr<Platform>> open(Settings settings);
  ~Platform();

  /// Starts performing tasks and listening.
  Result<void> serve();
  /// From now on `/readyz` may say so: everything that callers reach is open.
  void announce() { announced_ = true; }
  /// Stops accepting, answers what is under way, commits what is queued. Idempotent.
  void stop();

  engine::Engine& engine() { return *engine_; }
  crypto::KeyStore& keys() { return *keys_; }
  Random& random() { return random_; }
  parties::Directory& directory() { return *directory_; }
  engine::HeadSigner& heads() { return *heads_; }
  api::LedgerClients& ledger_clients() { return *ledger_clients_; }
  store::Store& store() { return *store_; }
  /// nullptr: not configured on this node.
  channels::Channel* channel(std::string_view code) const { return channels_.find(code); }
  const Clock& clock() const { return clock_; }
  const Settings& settings() const { return settings_; }
  std::uint16_t port() const { return server_->port(); }

 private:
  explicit Platform(Settings settings) : settings_(std::move(settings)), files_(settings_.data_directory) {}
  Result<void> start_core();
  Result<void> add_channels();
  void sign_last_heads();
  void route(net::HttpRequest request, const net::Responder& responder);
  void route_ops(const net::HttpRequest& request, const net::Responder& responder);
  net::HttpResponse readiness() const;
  Result<void> listen();
  Result<void> listen_for_ledger();

  Settings settings_;
  DataFiles files_;
  SystemClock clock_;
  SystemRandom random_;
  std::optional<DataLock> lock_;
  std::string ops_token_;
  std::optional<crypto::KeyStore> keys_;
  std::optional<api::PlatformKey> platform_key_;
  ledger::LedgerSeal seal_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<net::Runtime> runtime_;
  std::unique_ptr<net::HttpClient> client_;
  std::unique_ptr<payments::PaymentFeed> feed_;
  std::unique_ptr<engine::TaskRunner> tasks_;
  /// Of further workers in a shared store.
  struct Worker {
    ledger::LedgerSeal seal;
    std::unique_ptr<store::Store> store;
  };
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::ReadPool> reads_;
  std::unique_ptr<parties::Directory> directory_;
  channels::Channels channels_;
  std::unique_ptr<payments::Awaiting> awaiting_;
  std::unique_ptr<payments::Executors> executors_;
  std::unique_ptr<notices::Webhooks> webhooks_;
  std::unique_ptr<engine::HeadSigner> heads_;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<cashier::Cashier> cashier_;
  std::unique_ptr<api::MerchantApi> api_;
  std::unique_ptr<api::ChannelCallbacks> callbacks_;
  std::unique_ptr<api::LedgerClients> ledger_clients_;
  std::unique_ptr<api::LedgerApi> ledger_api_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpServer> ops_server_;
  std::unique_ptr<net::HttpServer> ledger_server_;
  std::unique_ptr<backup::Schedule> backups_;
  std::atomic<bool> announced_ = false;
  bool stopped_ = false;
};

}  // namespace feiqian::server
