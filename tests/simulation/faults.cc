#include "simulation/faults.h"

#include "sandbox/faults.h"

namespace feiqian::simulation {

const std::vector<std::string>& ordinary_faults() {
  static const auto kAll = [] {
    std::vector<std::string> all;
    for (const auto kind :
         {fault::kKill, fault::kPowerLoss, fault::kStop, fault::kClockForward, fault::kClockBack, fault::kIoError,
          fault::kDiskFull, fault::kSlowDisk, fault::kUnreachable, fault::kRequestLost, fault::kAnswerLost,
          fault::kSlowNetwork, fault::kDuplicateRequest, fault::kShopDown, fault::kShopError, fault::kShopSlow}) {
      all.emplace_back(kind);
    }
    for (const auto kind : sandbox::all_fault_kinds()) all.emplace_back(sandbox::name_of(kind));
    return all;
  }();
  return kAll;
}

const std::vector<std::string>& lying_faults() {
  static const std::vector<std::string> kAll{std::string(fault::kBitFlip), std::string(fault::kMisdirectedWrite),
                                             std::string(fault::kDroppedWrite)};
  return kAll;
}

Faults::Faults(std::uint64_t seed, std::set<std::string> enabled) : seed_(seed), enabled_(std::move(enabled)) {}

bool Faults::strikes(std::string_view kind, std::int64_t parts_per_million) {
  if (!active_) return false;
  auto chance = chances_.find(kind);
  if (chance == chances_.end()) {
    if (!enabled(kind)) return false;
    chance = chances_.try_emplace(std::string(kind), seed_, kind).first;
  }
  if (!chance->second.ppm(parts_per_million)) return false;
  count(kind);
  return true;
}

}  // namespace feiqian::simulation
