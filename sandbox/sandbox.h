// The sandbox: one process (or one object in a test) that plays the payment providers on loopback. Wires the common
// parts and the counterparties together.
//
//   /alipay/…  /v3/… and /wechatpay/…  /unionpay/…  counterparties
//   /control/…  JSON, by token      /  steering page      /healthz
//
// `start` and `stop` from one thread; everything else happens on its own loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foundation/secret.h"
#include "sandbox/surroundings.h"

namespace feiqian::sandbox {

/// 4 m, 10 m, 10 m, 1 h, 2 h, 6 h, 15 h.
std::vector<std::int64_t> default_notify_schedule_ms();

struct SandboxOptions {
  std::string address = "127.0.0.1";  ///< loopback only
  std::uint16_t port = 0;             ///< 0: any free one
  std::string data_directory;
  std::uint64_t seed = 1;  ///< of the chance that faults are drawn by
  std::vector<std::int64_t> notify_schedule_ms = default_notify_schedule_ms();
  CloseUnscanned close_unscanned = CloseUnscanned::NotExist;
  const Clock* clock = nullptr;  ///< nullptr: the system's
};

class Sandbox {
 public:
  /// Errors: errors::kListenFailed, kFileUnusable, kStoreLocked (another sandbox uses the directory), store errors.
  static Result<std::unique_ptr<Sandbox>> start(SandboxOptions options);
  ~Sandbox();

  /// Answers what is under way and ends. Idempotent.
  void stop();

  std::uint16_t port() const;
  /// `http://127.0.0.1:PORT`
  std::string url() const;
  const Secret& control_token() const;

 private:
  struct Parts;
  explicit Sandbox(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace feiqian::sandbox
