#include "server/backup_commands.h"

#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <iostream>

#include "backup/restore.h"
#include "foundation/text.h"
#include "server/errors.h"
#include "server/migrations.h"
#include "server/platform.h"

namespace feiqian::server {
namespace {

namespace fs = std::filesystem;

std::string seconds(std::int64_t ms) {
  return fmt::format("{}.{:03} s", ms / 1000, ms % 1000);
}

std::string described(const backup::Manifest& point) {
  return fmt::format("{}  taken {}  batch {}  {} of {} pages  {} bytes  {}", point.place("manifest"),
                     to_rfc3339(point.taken_at), point.batch, point.pages, point.page_count, point.data.size,
                     point.is_full() ? "full" : "increment");
}

std::string report(const backup::Restored& restored) {
  std::string text;
  for (const auto& problem : restored.passed_over) text += "passed over: " + problem.text() + "\n";
  const auto& point = restored.point;
  return text +
         fmt::format(
             "restored {}\nhead of the books: batch {} {}\nlast commit: {}\nverify: ok: {} batches, {} vouchers, "
             "{} accounts\nRPO {} (since the restore point of {})\nRTO {}\n",
             point.place("manifest"), point.batch, point.batch_hash, to_rfc3339(point.committed_at),
             restored.books.batches, restored.books.vouchers, restored.books.accounts, seconds(restored.age_ms),
             to_rfc3339(point.taken_at), seconds(restored.duration_ms));
}

/// An existing key store: a backup must never make a master key.
Result<crypto::KeyStore> keys_of(const std::string& data, Random& random) {
  const auto directory = DataFiles(data).keys;
  if (!fs::exists(directory + "/master.key")) return Error(errors::kNotInitialised, data + " has no master key");
  return crypto::KeyStore::open(directory, random);
}

/// Waits so long, or until the program is asked to end.
bool ended_within(std::int64_t wait_s) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const timespec wait{static_cast<time_t>(wait_s), 0};
  return sigtimedwait(&signals, nullptr, &wait) > 0;
}

}  // namespace

backup::Subject backup_subject(const std::string& data_directory) {
  backup::Subject subject{data_directory, DataFiles(data_directory).database, {"feiqian.toml"}};
  const auto collect = [&](const std::string& folder, std::string_view extension) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(data_directory + "/" + folder, ignored)) {
      if (entry.path().extension() == extension) subject.files.push_back(fs::path(folder) / entry.path().filename());
    }
  };
  collect("", ".pem");
  collect("keys", ".sealed");
  return subject;
}

backup::SchedulePlan backup_plan(const Settings& settings) {
  const auto& wanted = settings.backup;
  return {backup_subject(settings.data_directory),
          {wanted.directory, false, wanted.full_every_s},
          wanted.every_s,
          {wanted.keep_chains, wanted.keep_days}};
}

BackupCommands::BackupCommands(CLI::App& app) {
  add(app, "backup", "Back up while the platform runs: a full image, then increments", &BackupCommands::take);
  auto& backup = *last_;
  backup.require_subcommand(0, 1);
  backup.add_option("TARGET_DIR", directory_);
  backup.add_flag("--full", full_, "Begin a new chain");
  backup.add_option("--full-every", full_every_s_, "Seconds after which a chain gets a successor");
  backup.add_flag("--watch", watch_, "Go on, every so often");
  backup.add_option("--every", every_s_, "Seconds between backups with --watch");
  const auto add_retention = [this](CLI::App& command) {
    command.add_option("--keep-chains", keep_chains_, "The newest whole chains")->check(CLI::PositiveNumber);
    command.add_option("--keep-days", keep_days_, "And every chain with a point younger than that");
  };
  add_retention(backup);
  add(backup, "list", "The restore points of a directory", &BackupCommands::list);
  last_->add_option("SOURCE_DIR", directory_)->required();
  add(backup, "prune", "Remove old chains", &BackupCommands::prune);
  last_->add_option("SOURCE_DIR", directory_)->required();
  add_retention(*last_);
  add(backup, "drill", "Restore elsewhere, verify, report, remove", &BackupCommands::drill);
  last_->add_option("SOURCE_DIR", directory_)->required();
  last_->add_option("--scratch", scratch_, "Where there is room (default: the temporary directory)");
  add_point_options(*last_);
  add(app, "restore", "Restore a backup into a new data directory", &BackupCommands::restore);
  last_->add_option("SOURCE_DIR", directory_)->required();
  last_->add_option("--to", to_, "The new data directory")->required();
  add_point_options(*last_);
}

void BackupCommands::add(CLI::App& parent, const char* name, const char* text, Action action) {
  last_ = parent.add_subcommand(name, text);
  // The outer command's callback comes after the inner one's.
  last_->callback([this, action] {
    if (action_ == nullptr) action_ = action;
  });
}

void BackupCommands::add_point_options(CLI::App& command) {
  auto* at = command.add_option("--at", at_, "The last point at or before this moment, RFC 3339");
  command.add_option("--batch", batch_, "The last point at or before this batch")->excludes(at);
  command.add_option("--archives", archives_, "Directory of archived years (default: the data directory's)");
  command.add_option("--master-key", master_key_file_, "The master key kept apart (default: the data directory's)");
}

std::optional<Result<int>> BackupCommands::run(const std::string& data) {
  if (action_ == nullptr) return std::nullopt;
  return (this->*action_)(data);
}

Result<backup::Choice> BackupCommands::choice() const {
  backup::Choice choice;
  if (!at_.empty()) choice.at = TRY(from_rfc3339(at_));
  if (batch_ >= 0) choice.batch = batch_;
  return choice;
}

std::string BackupCommands::archives(const std::string& data) const {
  return archives_.empty() ? DataFiles(data).archives : archives_;
}

std::string BackupCommands::master_key(const std::string& data) const {
  return master_key_file_.empty() ? DataFiles(data).keys + "/master.key" : master_key_file_;
}

Result<int> BackupCommands::take(const std::string& data) {
  if (directory_.empty()) return Error(errors::kUsage, "name the directory to back up to");
  if (!TRY(read_settings(data, process_environment())).store_url.empty())
    return Error(errors::kBackupUnsupported, "PostgreSQL: pg_basebackup and its log archive (docs/operations.md)");
  SystemRandom random;
  const SystemClock clock;
  const backup::Keys keys(TRY(keys_of(data, random)));
  const backup::SchedulePlan plan{
      backup_subject(data), {directory_, full_, full_every_s_}, every_s_, {keep_chains_, keep_days_}};
  if (watch_) {
    do {
      static_cast<void>(backup::take_and_prune(plan, keys, random, clock).ok());
    } while (!ended_within(every_s_));
    return 0;
  }
  const auto taken = TRY(backup::take(plan.subject, plan.options, keys, random, clock));
  std::cout << described(taken.point) << "  in " << seconds(taken.duration_ms) << "\n";
  return 0;
}

Result<int> BackupCommands::list(const std::string& data) {
  SystemRandom random;
  const auto catalogue = TRY(backup::read_settled_catalogue(directory_, backup::Keys(TRY(keys_of(data, random)))));
  bool sound = true;
  for (const auto& chain : catalogue.chains) {
    for (const auto& point : chain.points) std::cout << described(point) << "\n";
    if (chain.problem) std::cout << "problem: " << chain.problem->text() << "\n";
    sound = sound && !chain.problem;
  }
  return sound ? 0 : 1;
}

Result<int> BackupCommands::prune(const std::string& data) {
  SystemRandom random;
  const backup::Keys keys(TRY(keys_of(data, random)));
  for (const auto& chain : TRY(backup::prune(directory_, {keep_chains_, keep_days_}, keys, SystemClock())))
    std::cout << "removed " << chain << "\n";
  return 0;
}

Result<int> BackupCommands::restore(const std::string& data) {
  SystemRandom random;
  const backup::RestoreRequest request{directory_, to_, master_key(data), TRY(choice()), archives(data)};
  std::cout << report(TRY(backup::restore(request, migrations(), random, SystemClock())));
  return 0;
}

Result<int> BackupCommands::drill(const std::string& data) {
  SystemRandom random;
  const auto scratch = scratch_.empty() ? fs::temp_directory_path() : fs::path(scratch_);
  const auto to = (scratch / ("feiqian-drill-" + to_hex(random.bytes(8)))).string();
  const backup::RestoreRequest request{directory_, to, master_key(data), TRY(choice()), archives(data)};
  const auto restored = backup::restore(request, migrations(), random, SystemClock());
  std::error_code failed;
  fs::remove_all(to, failed);
  if (!restored) return restored.error();
  std::cout << report(*restored) << "drill: ok; " << (failed ? "NOT removed: " + to : "removed") << "\n";
  return failed ? 1 : 0;
}

}  // namespace feiqian::server
