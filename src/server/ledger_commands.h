// `feiqian ledger …` beside the trial balance and the statement: reading in a process of its own, posting by hand in
// the process that holds the data (docs/ledger.md).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/ledger_reads.h"
#include "server/control_socket.h"
#include "server/platform.h"

namespace feiqian::server {

/// What only reads: vouchers, entries, balances, sums, export. Prints JSON, a row a line.
class LedgerReading {
 public:
  using OpenBooks = std::function<Result<std::unique_ptr<store::Reader>>(const std::string& data)>;
  /// `group`: the command `ledger`.
  LedgerReading(CLI::App& group, OpenBooks open_books);
  /// The exit code, when one of these commands was given.
  std::optional<Result<int>> run(const std::string& data);

 private:
  struct Command {
    CLI::App* app;
    const api::LedgerRead* read;
    std::map<std::string, std::string> given;  ///< empty: not given
  };
  Result<int> read(const Command& command, const std::string& data) const;
  Result<int> write_export(const std::string& data) const;
  Result<int> fill_file(const std::string& data) const;

  OpenBooks open_books_;
  std::vector<std::unique_ptr<Command>> commands_;
  CLI::App* export_ = nullptr;
  CLI::App* sql_file_ = nullptr;
  std::string format_ = "csv", from_date_, to_date_, file_;
};

/// Whether the command posts, or is about ledger clients: then it goes to the process that holds the data.
bool is_ledger_writing(const std::vector<std::string>& args);
/// Names of these commands, for `--help`.
const std::vector<std::pair<const char*, const char*>>& ledger_writing_commands();
/// errors::kLedgerClosed unless ledger.by_hand is set.
ControlAnswer run_ledger(Platform& platform, const std::vector<std::string>& args, const std::string& directory);

}  // namespace feiqian::server
