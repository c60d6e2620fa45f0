// The event loop that servers, clients and timers share. Asio stays behind this header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace feiqian::net {

class Runtime {
 public:
  explicit Runtime(int threads);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Runs `work` on a loop thread, soon.
  void post(std::function<void()> work);
  /// Runs `work` on a loop thread after `ms`, unless the runtime stops first.
  void after_ms(std::int64_t ms, std::function<void()> work);
  /// Ends the loop and joins its threads; pending work is dropped. Idempotent.
  void stop();

  struct Loop;
  Loop& loop() { return *loop_; }

 private:
  std::unique_ptr<Loop> loop_;
};

}  // namespace feiqian::net
