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
    : clock_(&clock), options_(std::move(options)) {
  add_worker(store, std::move(seals));
}

void Engine::add_worker(store::Store& store, std::vector<BatchSeal*> seals) {
  CHECK(processors_.empty() || !store.exclusive());
  const auto node = processors_.empty() ? options_.node : options_.node + "#" + std::to_string(processors_.size());
  processors_.push_back(std::make_unique<BatchProcessor>(store, *clock_, std::move(seals), node));
  processors_.back()->set_pause(pause_with_jitter);
  processors_.back()->set_watch(static_cast<int>(processors_.size()) - 1, options_.slow_ms);
}

void Engine::observe(CommitObserver& observer) {
  for (auto& processor : processors_) processor->observe(observer);
}

bool Engine::owns(int chain) const {
  return std::any_of(processors_.begin(), processors_.end(),
                     [chain](const auto& processor) { return processor->chain_number() == chain; });
}

Engine::~Engine() {
  stop();
}

Result<void> Engine::start(TaskListener listener) {
  TRY(start_stepped(std::move(listener)));
  for (auto& processor : processors_) threads_.emplace_back([this, worker = processor.get()] { work(*worker); });
  return {};
}

Result<void> Engine::start_stepped(TaskListener listener) {
  listener_ = std::move(listener);
  for (auto& processor : processors_) {
    const auto start = std::chrono::steady_clock::now();
    auto tasks = TRY(processor->recover());
    const auto took = std::chrono::steady_clock::now() - start;
    log::info("engine.recovered", {{"chain", processor->chain_number()},
                                   {"tasks", tasks.size()},
                                   {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
    if (listener_) listener_({std::move(tasks), {}});
  }
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
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
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
  std::vector<std::unique_ptr<Submission>> batch;
  if (queue_.size() <= options_.batch_limit) {
    batch.swap(queue_);
  } else {
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(options_.batch_limit);
    std::move(queue_.begin(), end, std::back_inserter(batch));
    queue_.erase(queue_.begin(), end);
  }
  return batch;
}

bool Engine::process(BatchProcessor& processor, std::span<const std::unique_ptr<Submission>> batch) {
  const bool go_on = processor.process(batch, [&](const TaskChanges& changes) {
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

void Engine::probe(BatchProcessor& processor) {
  processor.probe([&](const TaskChanges& changes) {
    if (listener_) listener_(changes);
  });
}

void Engine::work(BatchProcessor& processor) {
  while (true) {
    std::vector<std::unique_ptr<Submission>> batch;
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [&] { return stopping_ || !queue_.empty(); };
      if (!wake_.wait_for(lock, kIdlePause, has_work)) {
        lock.unlock();
        idle(processor);
        continue;
      }
      if (queue_.empty()) {
        processor.release_chain();
        return;
      }
      batch = take_batch();
    }
    if (!process(processor, batch)) return;
  }
}

void Engine::idle(BatchProcessor& processor) {
  if (processor.store_healthy()) {
    processor.keep_lease();
  } else {
    // Nobody may be sending because we are not ready: find out by ourselves whether the store is well again.
    probe(processor);
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
    process(*processors_.front(), batch);
    return true;
  }
  if (processors_.front()->store_healthy()) return false;
  probe(*processors_.front());
  return true;
}

bool Engine::healthy() const {
  const std::lock_guard lock(mutex_);
  return accepting_ && std::all_of(processors_.begin(), processors_.end(),
                                   [](const auto& processor) { return processor->store_healthy(); });
}

std::size_t Engine::queue_depth() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Engine::measure() const {
  metrics::gauge("feiqian_engine_queue_commands", "Commands waiting now").set(static_cast<double>(queue_depth()));
  metrics::gauge("feiqian_engine_queue_limit_commands", "Commands that may wait")
      .set(static_cast<double>(options_.queue_limit));
}

}  // namespace feiqian::engine
