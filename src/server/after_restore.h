// The first start of a data directory that was restored from a backup (the mark of backup/restore.h).
#pragma once

#include "engine/engine.h"
#include "store/store.h"

namespace feiqian::server {

/// Before any task runs: says it loudly, records an incident, makes everything due that asks channels about what was
/// live, and removes the mark. Without a mark it does nothing. A crash in between repeats it harmlessly.
Result<void> take_note_of_restore(const std::string& mark_file, engine::Engine& engine, store::Store& store);

}  // namespace feiqian::server
