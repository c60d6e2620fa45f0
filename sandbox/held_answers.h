// Answers that faults keep back: delayed ones, and ones that never come. Held here rather than in timers, so that a
// stop can let go of all of them while the loop still runs. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "net/http_server.h"
#include "sandbox/counterparty.h"

namespace feiqian::sandbox {

class HeldAnswers {
 public:
  explicit HeldAnswers(net::Runtime& runtime) : runtime_(runtime) {}

  /// Sends the reply as its faults have it.
  void send(Reply reply, net::Responder responder);
  /// Drops all: those clients get a 500.
  void let_go();

 private:
  struct Held {
    net::HttpResponse response;
    net::Responder responder;
  };
  void release(std::int64_t number);

  net::Runtime& runtime_;
  std::mutex mutex_;
  std::int64_t last_ = 0;
  std::map<std::int64_t, Held> held_;
};

}  // namespace feiqian::sandbox
