#include "engine/read_pool.h"

#include <algorithm>

namespace feiqian::engine {

Result<std::unique_ptr<ReadPool>> ReadPool::start(const Open& open, int threads) {
  std::unique_ptr<ReadPool> pool(new ReadPool());
  for (int i = 0; i < std::max(threads, 1); ++i) pool->readers_.push_back(TRY(open()));
  if (threads == 0) return pool;
  for (auto& reader : pool->readers_) {
    pool->threads_.emplace_back([self = pool.get(), mine = reader.get()] { self->run(*mine); });
  }
  return pool;
}

ReadPool::~ReadPool() {
  stop();
}

bool ReadPool::post(Work work) {
  constexpr std::size_t kMostWaiting = 20000;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= kMostWaiting) return false;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

bool ReadPool::step() {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return false;
    work = std::move(queue_.front());
    queue_.pop_front();
  }
  work(*readers_.front());
  return true;
}

std::size_t ReadPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void ReadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ReadPool::run(store::Reader& reader) {
  while (true) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work(reader);
  }
}

}  // namespace feiqian::engine
