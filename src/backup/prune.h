// Retention by chains: a chain is kept or removed as a whole, so the full image of a kept increment is never removed.
#pragma once

#include "backup/catalogue.h"

namespace feiqian::backup {

struct Retention {
  std::int64_t keep_chains = 7;  ///< the newest whole ones; at least 1
  std::int64_t keep_days = 0;    ///< and every chain with a point younger than that
};

/// Names of the chains removed, the oldest first. A chain with a problem does not count as one that is kept, and is
/// removed only when it is older than all that are. errors::kBackupBusy.
Result<std::vector<std::string>> prune(const std::string& target, const Retention& retention, const Keys& keys,
                                       const Clock& clock);

}  // namespace feiqian::backup
