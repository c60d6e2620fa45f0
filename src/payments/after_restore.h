// The first start after a restore from a backup: channels and merchants may know more than we do.
#pragma once

#include <string>
#include <vector>

#include "engine/command.h"
#include "payments/tables.h"

namespace feiqian::payments {

/// An incident `platform.restored`, once for the same words.
struct RecordRestore {
  using Reply = bool;
  std::string words;  ///< which point, which head of the chain

  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;
};

/// These tasks are due now, as if never tried: what was live at the restore point is asked about at once, not after the
/// long pauses that a long wait has earned. Tasks that are gone are left alone.
struct HurryTasks {
  using Reply = std::int64_t;  ///< how many
  std::vector<engine::TaskId> tasks;

  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;
};

/// Everything that asks a channel what became of an attempt or refund, or ends one there.
Result<std::vector<engine::TaskId>> tasks_that_ask(store::Reader& reader);

}  // namespace feiqian::payments
