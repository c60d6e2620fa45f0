// What a node does besides when other nodes write to the same database: it takes over the tasks of nodes that are gone,
// notices changed keys and merchants, and looks again at what somebody waits for, since commits of other nodes are not
// seen here. Timers and reading threads do the work; nothing blocks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "api/ledger_clients.h"
#include "engine/engine.h"
#include "engine/read_pool.h"
#include "engine/surely.h"
#include "engine/task_runner.h"
#include "parties/directory.h"
#include "payments/feed.h"

namespace feiqian::server {

class Cluster {
 public:
  struct Surroundings {
    engine::Engine* engine;
    engine::ReadPool* reads;
    engine::TaskRunner* tasks;
    parties::Directory* directory;
    api::LedgerClients* ledger_clients;
    payments::PaymentFeed* feed;
    const Clock* clock;
    engine::Timer timer;
  };
  explicit Cluster(Surroundings surroundings) : it_(std::move(surroundings)) {}

  /// Before the engine starts.
  void install();
  /// From now on until the timers end.
  void begin();

 private:
  void every(std::int64_t ms, std::function<void()> work);
  void look_for_abandoned_tasks();
  void take_over(store::Reader& reader, const engine::WorkerRow& worker);
  void look_for_changed_reference_data();

  Surroundings it_;
  std::atomic<std::int64_t> reference_version_{0};
  std::atomic<bool> alone_{false};  // when last looked, no other node was at work
};

}  // namespace feiqian::server
