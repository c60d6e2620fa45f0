// feiqian: the program. Commands that only read go straight to the files; commands that change go to the process that
// holds the data.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>

#include "api/ledger_json.h"
#include "ledger/history.h"
#include "payments/tables.h"
#include "server/admin.h"
#include "server/after_restore.h"
#include "server/backup_commands.h"
#include "server/channel_sign_commands.h"
#include "server/copy_store.h"
#include "server/error_catalogue.h"
#include "server/errors.h"
#include "server/init.h"
#include "server/ledger_commands.h"
#include "server/migrate_command.h"
#include "server/stores.h"
#include "server/verify_commands.h"
#include "store/postgres_schema.h"
#include "store/sqlite_store.h"

namespace {

using namespace feiqian;  // NOLINT(google-build-using-namespace)
using server::Platform;

int fail(const Error& error) {
  std::cerr << "feiqian: " << error.text() << "\n";
  return error.is(errors::kUsage) ? 2 : 1;
}

Result<void> check_data(const std::string& data) {
  if (std::filesystem::exists(data + "/feiqian.toml")) return {};
  return Error(errors::kNotInitialised, data + " has no feiqian.toml");
}

Result<int> serve(const std::string& data) {
  TRY(check_data(data));
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto platform = TRY(Platform::open(TRY(server::read_settings(data, process_environment()))));
  TRY(platform->serve());
  auto control =
      TRY(server::ControlSocket::listen(server::DataFiles(data).socket, [&](const auto& args, const auto& directory) {
        return server::run_admin(*platform, args, directory);
      }));
  platform->announce();
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("server.stopping", {});
  control.reset();
  platform->stop();
  return 0;
}

Result<int> admin(const std::string& data, const std::vector<std::string>& args) {
  TRY(check_data(data));
  auto asked = server::ask_server(server::DataFiles(data).socket, args);
  if (asked) {
    std::cout << asked->output;
    return asked->exit;
  }
  auto settings = TRY(server::read_settings(data, process_environment()));
  settings.log_level = log::Level::Warn;
  auto platform = TRY(Platform::open(std::move(settings)));
  const auto answer = server::run_admin(*platform, args, std::filesystem::current_path().string());
  std::cout << answer.output;
  return answer.exit;
}

Result<std::unique_ptr<store::Reader>> open_books(const std::string& data) {
  TRY(check_data(data));
  return server::open_store_reader(TRY(server::read_settings(data, process_environment())));
}

/// Copies everything to another store and verifies it there. The configuration still names the old one.
Result<int> copy_books(const std::string& data, const std::string& to) {
  TRY(check_data(data));
  const auto settings = TRY(server::read_settings(data, process_environment()));
  auto target = settings;
  target.store_url = to == "embedded" ? "" : to;
  if (target.store_url == settings.store_url) return Error(errors::kUsage, "the store is there already", "to");
  const auto report = TRY(server::copy_platform(settings, target));
  for (const auto& [table, rows] : report.rows) std::cout << fmt::format("{:<24}{:>12}\n", table, rows);
  std::cout << server::report(report.books);
  if (!report.books.problems.empty()) return 1;
  std::cout << "copied; set store.url in feiqian.toml to use it\n";
  return 0;
}

Result<int> migrate(const std::string& data, bool contract) {
  TRY(check_data(data));
  const auto settings = TRY(server::read_settings(data, process_environment()));
  std::cout << TRY(contract ? server::contract_schema(settings) : server::describe_schema(settings));
  return 0;
}

Result<int> note_restore(const std::string& data) {
  TRY(check_data(data));
  std::cout << TRY(server::mark_restored(TRY(server::read_settings(data, process_environment())), SystemClock()));
  return 0;
}

/// At a time, at the end of a day, or now.
Result<ledger::TrialBalance> trial_of(store::Reader& reader, const std::string& at, const std::string& date) {
  if (!at.empty()) return ledger::trial_balance_at(reader, TRY(from_rfc3339(at)));
  if (!date.empty()) return ledger::trial_balance_at(reader, ledger::end_of(TRY(date_from_text(date))));
  return ledger::trial_balance(reader);
}

Result<int> trial_balance(const std::string& data, bool as_json, const std::string& at, const std::string& date) {
  const auto reader = TRY(open_books(data));
  const auto trial = TRY(trial_of(*reader, at, date));
  const bool right = trial.balanced && trial.mirrored;
  if (as_json) {
    std::cout << boost::json::serialize(api::to_json(trial)) << "\n";
    return right ? 0 : 1;
  }
  std::cout << fmt::format("{:<5}{:<6}{:<48}{:<5}{:>18}{:>18}{:>18}\n", "pool", "code", "account", "ccy", "debit",
                           "credit", "balance");
  const auto amount = [](std::int64_t minor, money::Currency currency) { return money::to_decimal({minor, currency}); };
  for (const auto& row : trial.rows) {
    std::cout << fmt::format("{:<5}{:<6}{:<48}{:<5}{:>18}{:>18}{:>18}\n", name_of(row.pool), row.code,
                             ledger::find_in_chart(row.code)->name_en, row.currency.code(),
                             amount(row.debit_minor, row.currency), amount(row.credit_minor, row.currency),
                             amount(row.balance_minor, row.currency));
  }
  std::cout << (right ? "balanced per pool and currency; mirrors equal\n" : "NOT BALANCED\n");
  return right ? 0 : 1;
}

Result<int> statement(const std::string& data, const std::string& what) {
  const auto reader = TRY(open_books(data));
  for (const auto& account : TRY(ledger::find_accounts(*reader, what))) {
    const auto result = TRY(ledger::statement(*reader, account));
    const auto* chart = ledger::find_in_chart(account.code);
    std::cout << fmt::format("{}  {} {} {}  {}\n", account.id.text(), account.code, chart->name_zh, chart->name_en,
                             account.currency.code());
    for (const auto& line : result.lines) {
      const auto amount = [&](std::int64_t minor) {
        return minor == 0 ? std::string() : money::to_decimal({minor, account.currency});
      };
      std::cout << fmt::format("  {}  {:<20} {:<14}{:>16}{:>16}{:>18}\n", to_china_time(line.posted_at), line.reference,
                               line.event, amount(line.debit_minor), amount(line.credit_minor),
                               money::to_decimal({line.balance_minor, account.currency}));
    }
  }
  return 0;
}

Result<int> list_incidents(const std::string& data, bool as_json) {
  const auto reader = TRY(open_books(data));
  boost::json::array all;
  TRY(store::Query(payments::kIncidents)
          .oldest_first()
          .limit(INT64_MAX)
          .visit(*reader, [&](const payments::IncidentRow& incident) {
            if (as_json) {
              all.push_back(boost::json::object{{"id", incident.id.text()},
                                                {"at", to_rfc3339(incident.at)},
                                                {"kind", incident.kind},
                                                {"subject", incident.subject},
                                                {"detail", incident.detail}});
            } else {
              std::cout << fmt::format("{}  {}  {:<24} {}\n", incident.id.text(), to_rfc3339(incident.at),
                                       incident.kind, incident.detail);
            }
          }));
  if (as_json) std::cout << boost::json::serialize(all) << "\n";
  return 0;
}

int finish(Result<int> result) {
  return result ? *result : fail(result.error());
}

/// `--data DIR` or `--data=DIR` anywhere; FEIQIAN_DATA or ./data otherwise. The rest is the command.
std::string take_data(std::vector<std::string>& args) {
  const auto variable = process_environment()("FEIQIAN_DATA");
  std::string data = variable ? *variable : "data";
  for (std::size_t i = 0; i < args.size();) {
    if (args[i] == "--data" && i + 1 < args.size()) {
      data = args[i + 1];
      args.erase(args.begin() + static_cast<std::ptrdiff_t>(i), args.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    } else if (args[i].starts_with("--data=")) {
      data = args[i].substr(7);
      args.erase(args.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return data;
}

int run(std::vector<std::string> args) {
  const auto data = take_data(args);
  if (server::is_admin_command(args)) return finish(admin(data, args));

  CLI::App app(
      "Feiqian 飞钱: a payment platform. --data DIR names its data directory (default: $FEIQIAN_DATA, else ./data).");
  app.require_subcommand(1);
  server::InitOptions init;
  std::string account, at, date, schema_store = "sqlite";
  bool as_json = false;
  auto* init_command = app.add_subcommand("init", "Make a data directory");
  init_command->add_option("--listen", init.listen);
  init_command->add_option("--ops-listen", init.ops_listen);
  init_command->add_option("--web-root", init.web_root);
  init_command->add_option("--sandbox-url", init.sandbox_url);
  init_command->add_option("--sandbox-data", init.sandbox_data);
  init_command->add_option("--store", init.store_url, "postgresql://…; without: a file in the data directory");
  auto* serve_command = app.add_subcommand("serve", "Run the platform");
  auto* ledger_command = app.add_subcommand("ledger", "The books");
  ledger_command->require_subcommand(1);
  auto* trial_command = ledger_command->add_subcommand("trial-balance", "Trial balance");
  trial_command->add_flag("--json", as_json);
  trial_command->add_option("--at", at, "RFC 3339: of everything posted before");
  trial_command->add_option("--date", date, "yyyy-mm-dd: at the end of the day");
  server::LedgerReading ledger_reading(*ledger_command, open_books);
  for (const auto& [name, text] : server::ledger_writing_commands()) ledger_command->add_subcommand(name, text);
  auto* statement_command = ledger_command->add_subcommand("statement", "Statement of an account");
  statement_command->add_option("ACCOUNT", account, "acc_…, 2202, or 2202/mer_…")->required();
  std::string copy_to;
  auto* copy_command = app.add_subcommand("copy-store", "Copy everything to another store, and verify it there");
  copy_command->add_option("--to", copy_to, "postgresql://… or `embedded`")->required();
  bool contract = false;
  auto* migrate_command = app.add_subcommand("migrate", "The tables of a shared database, and the nodes at work on it");
  migrate_command->add_flag("--contract", contract, "Take away what only older nodes needed");
  auto* restored_command = app.add_subcommand("note-restore", "The database was put back to an earlier moment");
  auto* config_command = app.add_subcommand("config", "Check the configuration");
  auto* schema_command = app.add_subcommand("schema", "DDL of all tables");
  schema_command->add_option("--store", schema_store, "sqlite or postgresql")
      ->check(CLI::IsMember({"sqlite", "postgresql"}));
  auto* errors_command = app.add_subcommand("errors", "docs/errors.md");
  auto* openapi_command = app.add_subcommand("openapi", "The OpenAPI document");
  auto* incident_command = app.add_subcommand("incident", "What people must look at");
  incident_command->require_subcommand(1);
  auto* incidents_command = incident_command->add_subcommand("list", "All incidents, the oldest first");
  incidents_command->add_flag("--json", as_json);
  server::BackupCommands backup_commands(app);
  server::VerifyCommands verify_commands(app);
  server::ChannelSignCommands sign_commands(app);
  for (const auto& [name, text] :
       {std::pair{"merchant", "Merchants, contracts, keys"}, std::pair{"parameter", "Dated parameters"},
        std::pair{"webhook", "Webhook events"}}) {
    app.add_subcommand(name, text);
  }
  try {
    std::reverse(args.begin(), args.end());
    app.parse(args);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const auto done = backup_commands.run(data)) return finish(*done);
  if (const auto done = sign_commands.run()) return finish(*done);
  if (const auto done = verify_commands.run(data)) return finish(*done);
  if (const auto done = ledger_reading.run(data)) return finish(*done);
  init.data = data;
  if (*init_command) {
    log::set_level(log::Level::Warn);
    const auto made = server::initialise(init);
    if (!made) return fail(made.error());
    std::cout << *made;
  } else if (*serve_command) {
    return finish(serve(data));
  } else if (*trial_command) {
    return finish(trial_balance(data, as_json, at, date));
  } else if (*statement_command) {
    return finish(statement(data, account));
  } else if (*incidents_command) {
    return finish(list_incidents(data, as_json));
  } else if (*copy_command) {
    return finish(copy_books(data, copy_to));
  } else if (*restored_command) {
    return finish(note_restore(data));
  } else if (*migrate_command) {
    return finish(migrate(data, contract));
  } else if (*config_command) {
    const auto settings = server::read_settings(data, process_environment());
    if (!settings) return fail(settings.error());
    std::cout << "the configuration is valid\n";
  } else if (*schema_command) {
    std::cout << (schema_store == "sqlite" ? store::sqlite_schema() : store::postgres_schema());
  } else if (*errors_command) {
    std::cout << server::error_document();
  } else if (*openapi_command) {
    std::cout << api::MerchantApi::openapi("https://api.example.com") << "\n";
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(std::vector<std::string>(argv + 1, argv + argc));
}
