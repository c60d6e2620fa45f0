// What every counterparty of the sandbox shares. Owned by Sandbox; lives as long as it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "foundation/random.h"
#include "foundation/time.h"
#include "sandbox/database.h"
#include "sandbox/faults.h"
#include "sandbox/notifications.h"

namespace feiqian::sandbox {

/// What a close does to an order whose code nobody scanned. The real provider knows no trade then and says so, and the
/// code stays payable until its own time is up; some integrations want to see the other behaviour.
enum class CloseUnscanned { NotExist, Revoke };

struct Surroundings {
  Database& database;
  const Clock& clock;
  Random& random;
  Faults& faults;
  Notifications& notifications;
  std::string data_directory;
  std::string address;
  std::atomic<std::uint16_t> port{0};
  CloseUnscanned close_unscanned = CloseUnscanned::NotExist;

  /// `http://127.0.0.1:9401`, as browsers and codes lead here.
  std::string base_url() const {
    return "http://" + (address.find(':') == std::string::npos ? address : "[" + address + "]") + ":" +
           std::to_string(port);
  }
};

}  // namespace feiqian::sandbox
