#include "engine/chain.h"

#include <algorithm>

#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::engine {
namespace {

constexpr std::int64_t kLeaseMs = 10000;
constexpr int kMostTries = 20;
constexpr int kEpochColumn = 2;
constexpr int kVersionColumn = 1;

store::TableWrites guarded(const store::TableInfo& table, const void* row, int column, std::int64_t expected) {
  return {&table, {}, {}, {}, {}, {{row, column, expected}}};
}

std::vector<std::int64_t> every_worker() {
  std::vector<std::int64_t> ids;
  for (int chain = 0; chain < kMostChains; ++chain) ids.push_back(worker_of_chain(chain).value);
  return ids;
}

}  // namespace

Timestamp Chain::lease_end() const {
  return clock_->now().plus_ms(kLeaseMs);
}

void Chain::measure() {
  if (ms_between(measured_, mine_.lease_until) < 1000) return;
  measured_ = mine_.lease_until;
  const metrics::Labels labels{{"chain", std::to_string(number())}};
  metrics::gauge("feiqian_engine_epoch", "Epoch under which this node holds the chain", labels)
      .set(static_cast<double>(mine_.epoch));
  metrics::gauge("feiqian_engine_lease_until_timestamp_seconds", "End of the lease as it was last committed", labels)
      .set(static_cast<double>(mine_.lease_until.us) / 1e6);
}

Result<void> Chain::take() {
  if (!shared()) {
    const auto reader = TRY(store_->open_reader());
    const auto head = TRY(store::Query(kBatches).equal<&BatchRow::chain>(0).first(*reader));
    mine_.head_number = head ? head->number : 0;
    mine_.head_hash = head ? head->hash : store::Blob();
    newest_id_ = head ? head->id.value : 0;
    return {};
  }
  auto taken = try_to_take();
  for (int again = 1; !taken && taken.error().is(errors::kStoreConflict) && again < kMostTries; ++again)
    taken = try_to_take();
  return taken;
}

Result<void> Chain::try_to_take() {
  workers_.clear();
  reference_ = {};
  const auto see_worker = [this](const store::RowSource& source) {
    kWorkers.info().read(&workers_.emplace_back(), source);
  };
  const auto see_version = [this](const store::RowSource& source) {
    kReferenceVersion.info().read(&reference_, source);
  };
  const store::RowRequest requests[] = {
      {&kWorkers.info(), every_worker(), -1, {}, see_worker},
      {&kReferenceVersion.info(), {kTheReferenceVersion.value}, -1, {}, see_version, false}};
  TRY(store_->load(requests));
  auto chosen = choose();
  if (!chosen) {
    store_->abandon();
    return chosen.error();
  }
  const bool fresh = chosen->epoch == 0;
  chosen->node = node_;
  ++chosen->epoch;
  chosen->lease_until = lease_end();
  std::vector<store::TableWrites> writes;
  auto& worker = writes.emplace_back(store::TableWrites{&kWorkers.info(), {}, {}, {}, {}, {}});
  (fresh ? worker.inserts : worker.updates).push_back(&chosen.value());
  const ReferenceVersionRow first{kTheReferenceVersion, 1};
  if (!reference_.id) {
    reference_ = first;
    writes.push_back({&kReferenceVersion.info(), {&first}, {}, {}, {}, {}});
  }
  TRY(store_->flush(writes));
  mine_ = std::move(chosen).value();
  number_ = chain_of_worker(mine_.id);
  measured_ = Timestamp();
  measure();
  // Later takings leave it alone: whoever keeps rows in memory must still notice what changed meanwhile.
  if (seen_version_ == 0) seen_version_ = reference_.version;
  for (const auto& row : workers_) newest_id_ = std::max(newest_id_, row.head_id);
  log::info("engine.chain_taken", {{"chain", number()}, {"epoch", mine_.epoch}, {"batches", mine_.head_number}});
  return {};
}

Result<WorkerRow> Chain::choose() const {
  const auto find = [this](auto matches) -> const WorkerRow* {
    const auto found = std::find_if(workers_.begin(), workers_.end(), matches);
    return found == workers_.end() ? nullptr : &*found;
  };
  if (const auto* own = find([this](const WorkerRow& row) { return row.node == node_; })) return *own;
  if (const auto* free = find([](const WorkerRow& row) { return row.node.empty(); })) return *free;
  if (workers_.size() < static_cast<std::size_t>(kMostChains)) {
    WorkerRow fresh;
    fresh.id = worker_of_chain(static_cast<int>(workers_.size()));
    return fresh;
  }
  const auto now = clock_->now();
  if (const auto* expired = find([now](const WorkerRow& row) { return row.lease_until <= now; })) return *expired;
  return Error(errors::kNoChainFree);
}

void Chain::release() {
  if (!shared() || mine_.epoch == 0) return;
  next_ = mine_;
  next_.lease_until = clock_->now();
  const auto writes = {guarded(kWorkers.info(), &next_, kEpochColumn, mine_.epoch)};
  if (auto released = store_->flush(writes); !released)
    log::warn("engine.chain_not_released", {{"chain", number()}, {"error", released.error()}});
}

void Chain::watch(std::vector<store::RowRequest>& requests, bool first_round) {
  std::vector<std::int64_t> ids;
  if (first_round) {
    ids = every_worker();
    const auto see_version = [this](const store::RowSource& source) {
      kReferenceVersion.info().read(&reference_, source);
    };
    requests.push_back({&kReferenceVersion.info(), {kTheReferenceVersion.value}, -1, {}, see_version, false});
  } else {
    for (const auto& row : workers_) ids.push_back(row.id.value);
  }
  workers_.clear();
  requests.push_back(
      {&kWorkers.info(),
       std::move(ids),
       -1,
       {},
       [this](const store::RowSource& source) { kWorkers.info().read(&workers_.emplace_back(), source); },
       false});
}

Result<void> Chain::check() {
  const auto own =
      std::find_if(workers_.begin(), workers_.end(), [this](const auto& row) { return row.id == mine_.id; });
  // Another head under the same epoch: the database lost commits (it was restored, or a standby behind took over).
  if (own == workers_.end() || own->epoch != mine_.epoch || own->head_number != mine_.head_number)
    return Error(errors::kLeaseLost, "chain " + std::to_string(number()));
  for (const auto& row : workers_) {
    if (row.id != mine_.id) newest_id_ = std::max(newest_id_, row.head_id);
  }
  if (std::exchange(seen_version_, reference_.version) != reference_.version)
    return Error(errors::kStoreConflict, "reference data changed");
  return {};
}

void Chain::write(std::vector<store::TableWrites>& writes, const BatchRow& batch, bool reference_changed) {
  if (!shared()) return;
  next_ = mine_;
  next_.lease_until = lease_end();
  next_.head_number = batch.number;
  next_.head_hash = batch.hash;
  next_.head_id = batch.id.value;
  writes.push_back(guarded(kWorkers.info(), &next_, kEpochColumn, mine_.epoch));
  if (!reference_changed) return;
  next_reference_ = {kTheReferenceVersion, seen_version_ + 1};
  writes.push_back(guarded(kReferenceVersion.info(), &next_reference_, kVersionColumn, seen_version_));
}

void Chain::advance(const BatchRow& batch, bool reference_changed) {
  if (shared()) {
    mine_ = next_;
    measure();
    if (reference_changed) ++seen_version_;
    return;
  }
  mine_.head_number = batch.number;
  mine_.head_hash = batch.hash;
}

Result<void> Chain::renew() {
  if (!shared() || ms_between(clock_->now(), mine_.lease_until) > kLeaseMs * 2 / 3) return {};
  next_ = mine_;
  next_.lease_until = lease_end();
  const auto writes = {guarded(kWorkers.info(), &next_, kEpochColumn, mine_.epoch)};
  auto renewed = store_->flush(writes);
  if (renewed) {
    mine_ = next_;
    measure();
    return {};
  }
  if (renewed.error().is(errors::kStoreConflict)) return Error(errors::kLeaseLost, renewed.error().detail());
  return renewed;
}

}  // namespace feiqian::engine
