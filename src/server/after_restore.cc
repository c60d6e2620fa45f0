#include "server/after_restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "backup/restore.h"
#include "engine/tables.h"
#include "foundation/log.h"
#include "foundation/text.h"
#include "payments/after_restore.h"
#include "server/files.h"
#include "server/platform.h"
#include "server/stores.h"

namespace feiqian::server {
namespace {

constexpr std::size_t kTasksACommand = 1000;

Result<std::int64_t> hurry_tasks(engine::Engine& engine, store::Store& store) {
  const auto reader = TRY(store.open_reader());
  const auto tasks = TRY(payments::tasks_that_ask(*reader));
  std::int64_t hurried = 0;
  for (std::size_t i = 0; i < tasks.size(); i += kTasksACommand) {
    const auto end = std::min(tasks.size(), i + kTasksACommand);
    const auto from = tasks.begin() + static_cast<std::ptrdiff_t>(i);
    const auto to = tasks.begin() + static_cast<std::ptrdiff_t>(end);
    hurried += TRY(engine.run(payments::HurryTasks{{from, to}}));
  }
  return hurried;
}

}  // namespace

Result<void> take_note_of_restore(const std::string& mark_file, engine::Engine& engine, store::Store& store) {
  if (!std::filesystem::exists(mark_file)) return {};
  const auto mark = TRY(backup::mark_from_text(TRY(read_file(mark_file))));
  const auto words = fmt::format(
      "restored at {} from the backup of {}, batch {} {}; what was committed later is lost here, but channels and "
      "merchants may know of it",
      to_rfc3339(mark.restored_at), to_rfc3339(mark.taken_at), mark.batch, mark.batch_hash);
  TRY(engine.run(payments::RecordRestore{words}));
  const auto hurried = TRY(hurry_tasks(engine, store));
  log::error("server.restored_from_backup", {{"restored_at", to_rfc3339(mark.restored_at)},
                                             {"taken_at", to_rfc3339(mark.taken_at)},
                                             {"batch", mark.batch},
                                             {"batch_hash", mark.batch_hash},
                                             {"asking_again", hurried}});
  std::error_code failed;
  std::filesystem::remove(mark_file, failed);
  if (failed) return Error(errors::kFileUnusable, "cannot be removed: " + mark_file);
  return {};
}

Result<std::string> mark_restored(const Settings& settings, const Clock& clock) {
  const auto lock = TRY(DataLock::take(settings.data_directory));
  const auto reader = TRY(open_store_reader(settings));
  const auto head = TRY(store::Query(engine::kBatches).first(*reader));
  backup::RestoreMark mark{clock.now(), {}, 0, {}};
  if (head) mark = {clock.now(), head->committed_at, head->number, to_hex(head->hash.bytes)};
  TRY(write_file(DataFiles(settings.data_directory).restore_mark, backup::to_text(mark)));
  return fmt::format(
      "newest batch: {} {} of {}\nthe next start here asks the channels about everything that was live\n", mark.batch,
      mark.batch_hash, to_rfc3339(mark.taken_at));
}

}  // namespace feiqian::server
