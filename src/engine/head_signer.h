// Signs heads when they are due: performs the task `head.sign`. While nothing new was said the task is only looked at
// again, and nothing is written. Any thread.
#pragma once

#include "engine/engine.h"
#include "engine/heads.h"
#include "engine/read_pool.h"
#include "engine/surely.h"
#include "engine/task_runner.h"

namespace feiqian::engine {

class HeadSigner {
 public:
  HeadSigner(Engine& engine, ReadPool& reads, HeadSigningKey key, const Clock& clock, Timer timer)
      : engine_(&engine), reads_(&reads), key_(std::move(key)), clock_(&clock), timer_(std::move(timer)) {}

  /// Before the engine starts.
  void install(TaskRunner& tasks);
  /// Makes the task once, for all nodes and starts.
  void begin();
  /// At once, on the caller's thread, which waits. errors::kHeadRefused and what the engine answers.
  Result<std::vector<HeadRow>> sign_now(store::Reader& reader);
  const HeadKey& key() const { return key_.shown(); }

 private:
  void perform(const TaskRow& task, std::function<void()> done);

  Engine* engine_;
  ReadPool* reads_;
  HeadSigningKey key_;
  const Clock* clock_;
  Timer timer_;
};

}  // namespace feiqian::engine
