#include "backup/prune.h"

#include <algorithm>
#include <filesystem>

namespace feiqian::backup {
namespace {

constexpr std::int64_t kDayS = 24 * 3600;

/// The oldest chain that must stay; everything before it may go.
std::size_t first_kept(const Catalogue& catalogue, const Retention& retention, Timestamp now) {
  std::int64_t whole = 0;
  std::size_t first = catalogue.chains.size();
  while (first > 0 && whole < std::max<std::int64_t>(1, retention.keep_chains)) {
    const auto& chain = catalogue.chains[--first];
    if (!chain.problem && !chain.points.empty()) ++whole;
  }
  const auto young = now.plus_s(-retention.keep_days * kDayS);
  for (std::size_t i = 0; i < first; ++i) {
    const auto& points = catalogue.chains[i].points;
    if (!points.empty() && points.back().taken_at > young) return i;
  }
  return first;
}

}  // namespace

Result<std::vector<std::string>> prune(const std::string& target, const Retention& retention, const Keys& keys,
                                       const Clock& clock) {
  const auto lock = TRY(DirectoryLock::take(target));
  const auto catalogue = TRY(read_catalogue(target, keys));
  std::vector<std::string> removed;
  const auto kept = first_kept(catalogue, retention, clock.now());
  for (std::size_t i = 0; i < kept; ++i) {
    const auto& name = catalogue.chains[i].name;
    // Out of the catalogue first: half a chain must never look like one.
    const auto doomed = target + "/removing-" + name;
    std::error_code failed;
    std::filesystem::rename(target + "/" + name, doomed, failed);
    if (!failed) std::filesystem::remove_all(doomed, failed);
    if (failed) return Error(errors::kFileUnusable, "cannot be removed: " + doomed);
    removed.push_back(name);
  }
  return removed;
}

}  // namespace feiqian::backup
