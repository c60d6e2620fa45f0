// What may go wrong, how often it did, and whether it still may.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/chance.h"

namespace feiqian::simulation {

namespace fault {
// The process and its machine.
inline constexpr std::string_view kKill = "kill";             ///< memory is lost, files stay as written
inline constexpr std::string_view kPowerLoss = "power_loss";  ///< unsynced writes are lost, in part, or torn
inline constexpr std::string_view kStop = "stop";             ///< an orderly stop and start
inline constexpr std::string_view kClockForward = "clock_forward";
inline constexpr std::string_view kClockBack = "clock_back";
// Storage.
inline constexpr std::string_view kIoError = "io_error";
inline constexpr std::string_view kDiskFull = "disk_full";
inline constexpr std::string_view kSlowDisk = "slow_disk";
// Storage that lies: only when detection is what is measured.
inline constexpr std::string_view kBitFlip = "bit_flip";
inline constexpr std::string_view kMisdirectedWrite = "misdirected_write";
inline constexpr std::string_view kDroppedWrite = "dropped_write";
// Calls between processes.
inline constexpr std::string_view kUnreachable = "unreachable";
inline constexpr std::string_view kRequestLost = "request_lost";
inline constexpr std::string_view kAnswerLost = "answer_lost";
inline constexpr std::string_view kSlowNetwork = "slow_network";
inline constexpr std::string_view kDuplicateRequest = "duplicate_request";
// Merchants' webhook receivers.
inline constexpr std::string_view kShopDown = "shop_down";
inline constexpr std::string_view kShopError = "shop_error";
inline constexpr std::string_view kShopSlow = "shop_slow";
}  // namespace fault

/// All of the above but the lying storage, and the channel's kinds as the sandbox names them.
const std::vector<std::string>& ordinary_faults();
/// bit_flip, misdirected_write, dropped_write.
const std::vector<std::string>& lying_faults();

class Faults {
 public:
  Faults(std::uint64_t seed, std::set<std::string> enabled);

  bool enabled(std::string_view kind) const { return enabled_.contains(std::string(kind)); }
  /// Whether it happens here and now; counted when it does.
  bool strikes(std::string_view kind, std::int64_t parts_per_million);
  /// At most once in a run, whatever its kind among those asked for so.
  bool strikes_once(std::string_view kind, std::int64_t parts_per_million) {
    if (struck_once_ || !strikes(kind, parts_per_million)) return false;
    return struck_once_ = true;
  }
  void count(std::string_view kind, std::int64_t times = 1) { injected_[std::string(kind)] += times; }
  /// Nothing more goes wrong.
  void stop() { active_ = false; }
  bool active() const { return active_; }
  const std::map<std::string, std::int64_t>& injected() const { return injected_; }

 private:
  std::uint64_t seed_;
  std::set<std::string> enabled_;
  std::map<std::string, Chance, std::less<>> chances_;
  std::map<std::string, std::int64_t> injected_;
  bool active_ = true;
  bool struck_once_ = false;
};

}  // namespace feiqian::simulation
