// `feiqian verify`, `heads key`, `heads export`, `proof`: they only read, beside a running platform or without one.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ledger/verify.h"
#include "server/settings.h"

namespace feiqian::server {

/// What a person reads.
std::string report(const ledger::Verification& verified);

class VerifyCommands {
 public:
  explicit VerifyCommands(CLI::App& app);
  /// The exit code, when one of these commands was given.
  std::optional<Result<int>> run(const std::string& data);

 private:
  using Action = Result<int> (VerifyCommands::*)(const std::string& data);
  CLI::App* add(CLI::App& parent, const char* name, const char* text, Action action);
  Result<std::unique_ptr<store::Reader>> open(const std::string& data) const;
  Result<std::vector<engine::HeadKey>> keys(const std::string& data) const;
  Result<int> verify(const std::string& data);
  Result<int> print_key(const std::string& data);
  Result<int> export_heads(const std::string& data);
  Result<int> prove(const std::string& data);

  Action action_ = nullptr;
  std::string store_, archives_, progress_, heads_, voucher_;
  std::vector<std::string> key_files_;
};

}  // namespace feiqian::server
