// `feiqian backup …` and `feiqian restore`. They work on files, beside a running platform or without one.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "backup/schedule.h"
#include "crypto/key_store.h"
#include "server/settings.h"

namespace feiqian::server {

/// What of a data directory is backed up: the database, the configuration, public keys and sealed keys. Not the master
/// key, which must be kept apart, nor what each start makes anew.
backup::Subject backup_subject(const std::string& data_directory);
/// What `serve` does at intervals.
backup::SchedulePlan backup_plan(const Settings& settings);

class BackupCommands {
 public:
  explicit BackupCommands(CLI::App& app);
  /// The exit code, when one of these commands was given.
  std::optional<Result<int>> run(const std::string& data);

 private:
  using Action = Result<int> (BackupCommands::*)(const std::string& data);
  void add(CLI::App& parent, const char* name, const char* text, Action action);
  void add_point_options(CLI::App& command);
  Result<backup::Choice> choice() const;
  std::string master_key(const std::string& data) const;
  std::string archives(const std::string& data) const;
  Result<int> take(const std::string& data);
  Result<int> list(const std::string& data);
  Result<int> prune(const std::string& data);
  Result<int> drill(const std::string& data);
  Result<int> restore(const std::string& data);

  Action action_ = nullptr;
  CLI::App* last_ = nullptr;
  std::string directory_, to_, at_, master_key_file_, archives_, scratch_;
  std::int64_t batch_ = -1, every_s_ = 300, full_every_s_ = 86400, keep_chains_ = 7, keep_days_ = 0;
  bool full_ = false, watch_ = false;
};

}  // namespace feiqian::server
