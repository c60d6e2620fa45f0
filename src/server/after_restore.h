// The first start after a restore from a backup (the mark of backup/restore.h).
#pragma once

#include "engine/engine.h"
#include "server/settings.h"
#include "store/store.h"

namespace feiqian::server {

/// Before any task runs: says it loudly, records an incident, makes everything due that asks channels about what was
/// live, and removes the mark. Without a mark it does nothing. A crash in between repeats it harmlessly.
Result<void> take_note_of_restore(const std::string& mark_file, engine::Engine& engine, store::Store& store);

/// For a database that its server's own tools put back to an earlier moment: leaves the mark in the data directory,
/// with the newest batch that is there now, and says it. errors::kStoreLocked while the platform runs there.
Result<std::string> mark_restored(const Settings& settings, const Clock& clock);

}  // namespace feiqian::server
