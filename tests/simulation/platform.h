// One life of the platform's process: the production objects, wired as `server::Platform` wires them, on simulated
// storage, network, clock and timers. Whoever drives it calls `step_engine` and `step_reads`.
//
// After the process died (Disk::process_died) nothing it does is seen by anybody; it is destroyed and a new life
// begins.
#pragma once

#include <memory>
#include <string>

#include "api/channel_callbacks.h"
#include "crypto/key_store.h"
#include "engine/engine.h"
#include "engine/read_pool.h"
#include "engine/task_runner.h"
#include "ledger/seal.h"
#include "notices/webhooks.h"
#include "payments/executors.h"
#include "payments/view.h"
#include "simulation/disk.h"
#include "simulation/network.h"
#include "simulation/replica.h"
#include "store/sqlite_store.h"

namespace feiqian::simulation {

inline constexpr const char* kPlatformAuthority = "127.0.0.1:9400";
inline constexpr const char* kDatabasePath = "/simulated/platform/feiqian.db";
inline constexpr const char* kAppId = "2021000000000001";

/// Keys that every run uses; made once, since making RSA keys takes long.
struct Credentials {
  std::string directory;  ///< a run's own: the sandbox's keys and, below `keystore`, the platform's
  crypto::Signer app_key;
  crypto::Signer provider_signer;
  crypto::Verifier provider_key;
  crypto::Signer platform_key;  ///< Ed25519, of webhooks
};
Result<Credentials> make_credentials();
/// The same keys as files in a directory of their own.
Result<Credentials> laid_out(const Credentials& credentials, const std::string& directory);

/// What a life needs of the world; all of it outlives it.
struct Surroundings {
  Disk& disk;
  Timeline& timeline;
  Network& network;
  Replica& replica;
  const Credentials& credentials;
  const crypto::KeyStore& keys;
  WallClock& clock;
};

class Platform {
 public:
  static Result<std::unique_ptr<Platform>> start(Surroundings surroundings);
  ~Platform();

  engine::Engine& engine() { return *engine_; }
  engine::ReadPool& reads() { return *reads_; }
  std::size_t tasks() const { return tasks_->backlog(); }
  Timeline::Life life() const { return life_; }
  bool alive() const { return !it_.disk.process_died(); }

  /// False when there was nothing to do.
  bool step_engine();
  bool step_reads() { return reads_->step(); }
  /// The engine took no commands any more: an invariant of the books would break.
  bool refuses() const { return refuses_; }

  template <class Command>
  void submit(Command command, std::function<void(Result<typename Command::Reply>)> callback) {
    engine_->submit(std::move(command), [this, callback = std::move(callback)](Result<typename Command::Reply> reply) {
      if (alive()) callback(std::move(reply));
    });
  }
  /// As the cashier does it: where the payer's browser goes for an attempt.
  Result<std::string> redirect_url(const payments::PaymentView& view);

 private:
  explicit Platform(Surroundings surroundings) : it_(surroundings), life_(surroundings.disk.life()) {}
  Result<void> open();
  void probe_later();

  Surroundings it_;
  Timeline::Life life_;
  bool refuses_ = false;
  bool probe_planned_ = false;
  /// Small, so that entries are merged behind within a run of some thousand steps.
  static constexpr ledger::PendingEntries::Limits kEntryLimits{8, 24};
  ledger::LedgerSeal seal_{kEntryLimits};
  std::unique_ptr<store::SqliteStore> file_;
  std::unique_ptr<ObservedStore> store_;
  std::unique_ptr<net::HttpClient> client_;
  std::unique_ptr<engine::TaskRunner> tasks_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::ReadPool> reads_;
  channels::Channels channels_;
  std::unique_ptr<payments::Executors> executors_;
  std::unique_ptr<notices::Webhooks> webhooks_;
  std::unique_ptr<api::ChannelCallbacks> callbacks_;
};

}  // namespace feiqian::simulation
