#include "engine/engine.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "foundation/log.h"
#include "foundation/metrics.h"

namespace feiqian::engine {
namespace {

constexpr std::chrono::seconds kIdlePause{1};

/// Two workers that met once should not meet again at once.
void pause_with_jitter(int again) {
  static thread_local std::minstd_rand chance{std::random_device{}()};
  const int most_us = 500 << std::min(again, 7);
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<int>(0, most_us)(chance)));
}

}  // namespace

Engine::Engine(store::Store& store, const Clock& clock, std::vector<BatchSeal*> seals, Options options)
    : processor_(store, clock, std::move(seals), options.node), options_(std::move(options)) {
  processor_.set_pause(pause_with_jitter);
}

Engine::~Engine() {
  stop();
}

Result<void> Engine::start(TaskListener listener) {
  TRY(start_stepped(std::move(listener)));
  thread_ = std::thread([this] { work(); });
  return {};
}

Result<void> Engine::start_stepped(TaskListener listener) {
  listener_ = std::move(listener);
  auto tasks = TRY(processor_.recover());
  if (listener_) listener_({std::move(tasks), {}});
  accepting_ = true;
  return {};
}

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    accepting_ = false;
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Engine::add(std::unique_ptr<Submission> submission) {
  static const auto kOverload =
      metrics::counter("feiqian_engine_overloaded_total", "Commands refused because the queue was full");
  const ErrorKind* refusal = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!accepting_) {
      refusal = &errors::kEngineStopped;
    } else if (queue_.size() >= options_.queue_limit) {
      refusal = &errors::kOverloaded;
    } else {
      queue_.push_back(std::move(submission));
    }
  }
  if (refusal == nullptr) {
    wake_.notify_one();
    return;
  }
  if (refusal == &errors::kOverloaded) kOverload.add();
  submission->fail(Error(*refusal));
}

std::vector<std::unique_ptr<Submission>> Engine::take_batch() {
  static const auto kDepth =
      metrics::gauge("feiqian_engine_queue_commands", "Commands waiting when the last batch was taken");
  std::vector<std::unique_ptr<Submission>> batch;
  if (queue_.size() <= options_.batch_limit) {
    batch.swap(queue_);
  } else {
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(options_.batch_limit);
    std::move(queue_.begin(), end, std::back_inserter(batch));
    queue_.erase(queue_.begin(), end);
  }
  kDepth.set(static_cast<double>(queue_.size()));
  return batch;
}

bool Engine::process(std::span<const std::unique_ptr<Submission>> batch) {
  const bool go_on = processor_.process(batch, [&](const TaskChanges& changes) {
    if (listener_) listener_(changes);
  });
  if (go_on) return true;
  log::error("engine.stopped", {{"why", "an invariant of the books would break"}});
  std::vector<std::unique_ptr<Submission>> rest;
  {
    const std::lock_guard lock(mutex_);
    accepting_ = false;
    rest.swap(queue_);
  }
  for (const auto& submission : rest) submission->fail(Error(errors::kEngineStopped));
  return false;
}

void Engine::probe() {
  processor_.probe([&](const TaskChanges& changes) {
    if (listener_) listener_(changes);
  });
}

void Engine::work() {
  while (true) {
    std::vector<std::unique_ptr<Submission>> batch;
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [&] { return stopping_ || !queue_.empty(); };
      if (!wake_.wait_for(lock, kIdlePause, has_work)) {
        lock.unlock();
        idle();
        continue;
      }
      if (queue_.empty()) {
        processor_.release_chain();
        return;
      }
      batch = take_batch();
    }
    if (!process(batch)) return;
  }
}

void Engine::idle() {
  if (processor_.store_healthy()) {
    processor_.keep_lease();
  } else {
    // Nobody may be sending because we are not ready: find out by ourselves whether the store is well again.
    probe();
  }
}

bool Engine::step() {
  std::vector<std::unique_ptr<Submission>> batch;
  {
    const std::lock_guard lock(mutex_);
    if (!accepting_) return false;
    batch = take_batch();
  }
  if (!batch.empty()) {
    process(batch);
    return true;
  }
  if (processor_.store_healthy()) return false;
  probe();
  return true;
}

bool Engine::healthy() const {
  const std::lock_guard lock(mutex_);
  return accepting_ && processor_.store_healthy();
}

std::size_t Engine::queue_depth() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

}  // namespace feiqian::engine
