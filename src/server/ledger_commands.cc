#include "server/ledger_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "api/idempotent.h"
#include "api/ledger_json.h"
#include "api/merchant_api.h"
#include "ledger/accounts.h"
#include "ledger/archive.h"
#include "ledger/export.h"
#include "ledger/sql_file.h"
#include "server/errors.h"

namespace feiqian::server {

namespace json = boost::json;
using Output = Result<std::string>;

// --- reading
// -----------------------------------------------------------------------------------------------------------------------------

LedgerReading::LedgerReading(CLI::App& group, OpenBooks open_books) : open_books_(std::move(open_books)) {
  for (const auto& read : api::ledger_reads()) {
    if (read.name == "trial-balance") continue;  // has a form of its own
    auto& command = *commands_.emplace_back(std::make_unique<Command>());
    command.read = &read;
    command.app = group.add_subcommand(std::string(read.name), std::string(read.meaning));
    for (const auto name : read.parameters) {
      std::string option(name);
      auto& value = command.given[option];
      if (name == "id") {
        command.app->add_option("ID", value)->required();
        continue;
      }
      std::replace(option.begin(), option.end(), '_', '-');
      command.app->add_option("--" + option, value);
    }
  }
  export_ = group.add_subcommand("export", "Every line of every voucher, as CSV or JSON lines");
  export_->add_option("--format", format_)->check(CLI::IsMember({"csv", "jsonl"}));
  export_->add_option("--from-date", from_date_, "yyyy-mm-dd, first accounting date");
  export_->add_option("--to-date", to_date_, "yyyy-mm-dd, last accounting date");
  sql_file_ = group.add_subcommand("sql-file", "Vouchers as tables of an SQLite file, or what is new of them");
  sql_file_->add_option("FILE", file_)->required();
}

std::optional<Result<int>> LedgerReading::run(const std::string& data) {
  if (*export_) return write_export(data);
  if (*sql_file_) return fill_file(data);
  for (const auto& command : commands_) {
    if (*command->app) return read(*command, data);
  }
  return std::nullopt;
}

Result<int> LedgerReading::read(const Command& command, const std::string& data) const {
  api::Parameters parameters;
  for (const auto& [name, value] : command.given) {
    if (!value.empty()) parameters[name] = value;
  }
  const auto reader = TRY(open_books_(data));
  const auto body = TRY(command.read->run(*reader, parameters, nullptr));
  const auto* rows = body.if_contains("data");
  if (rows == nullptr) {
    std::cout << json::serialize(body) << "\n";
    return 0;
  }
  for (const auto& row : rows->get_array()) std::cout << json::serialize(row) << "\n";
  if (const auto* next = body.if_contains("next_cursor"); next != nullptr && next->is_string())
    std::cerr << "there may be more: --cursor " << std::string_view(next->get_string()) << "\n";
  const auto* agree = body.if_contains("agree");
  return agree != nullptr && !agree->get_bool() ? 1 : 0;
}

Result<int> LedgerReading::write_export(const std::string& data) const {
  ledger::ExportRange range;
  if (!from_date_.empty()) range.first = TRY(date_from_text(from_date_));
  if (!to_date_.empty()) range.last = TRY(date_from_text(to_date_));
  const auto reader = TRY(open_books_(data));
  const auto write = [](std::string_view text) {
    std::cout << text;
    return static_cast<bool>(std::cout);
  };
  const auto format = format_ == "csv" ? ledger::ExportFormat::Csv : ledger::ExportFormat::JsonLines;
  const auto lines = TRY(ledger::export_lines(*reader, range, format, write));
  std::cerr << lines << " lines\n";
  return 0;
}

Result<int> LedgerReading::fill_file(const std::string& data) const {
  const auto reader = TRY(open_books_(data));
  const auto added = TRY(ledger::fill_sql_file(*reader, file_));
  std::cout << added << " vouchers added to " << file_ << "\n";
  return 0;
}

// --- posting by hand
// ---------------------------------------------------------------------------------------------------------------------

namespace {

Result<ledger::AccountId> account_of(const std::string& text, const char* field) {
  const auto id = ledger::AccountId::parse(text);
  if (!id) return Error(errors::kAccountNotFound, text, field);
  return *id;
}
Result<ledger::HoldId> hold_of(const std::string& text) {
  const auto id = ledger::HoldId::parse(text);
  if (!id) return Error(errors::kHoldNotFound, text, "hold");
  return *id;
}

/// Vouchers of a file, one JSON object a line, in portions that one command takes.
class VoucherFile {
 public:
  explicit VoucherFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {}

  /// Linked ones stay together. Empty at the end.
  Result<std::vector<ledger::VoucherToPost>> next_portion() {
    std::vector<ledger::VoucherToPost> portion = std::move(rest_);
    rest_.clear();
    if (!file_ && line_ == 0) return Error(errors::kFileUnusable, "cannot be read: " + path_);
    std::string text;
    while (portion.size() < ledger::kMostVouchersAtOnce && std::getline(file_, text)) {
      ++line_;
      if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
      portion.push_back(TRY(voucher_of(text)));
    }
    if (portion.size() < ledger::kMostVouchersAtOnce) return portion;
    auto whole = portion.end();
    while (whole != portion.begin() && std::prev(whole)->linked) --whole;
    if (whole == portion.begin()) return Error(errors::kTooManyVouchers, "linked ones must fit one request", "linked");
    rest_.assign(std::make_move_iterator(whole), std::make_move_iterator(portion.end()));
    portion.erase(whole, portion.end());
    return portion;
  }

 private:
  Result<ledger::VoucherToPost> voucher_of(const std::string& text) const {
    auto reader = codec::JsonReader::parse(text);
    if (!reader) return in_line(reader.error());
    auto voucher = api::read_voucher(*reader);
    if (const auto finished = reader->finish(); !finished) return in_line(finished.error());
    return voucher;
  }
  Error in_line(const Error& error) const {
    return Error(errors::kUsage, fmt::format("line {}: {}", line_, error.text()));
  }

  std::string path_;
  std::ifstream file_;
  std::int64_t line_ = 0;
  std::vector<ledger::VoucherToPost> rest_;
};

json::object posted_of(const ledger::PostVouchers::Reply& results) {
  json::array each;
  std::int64_t posted = 0;
  for (const auto& result : results) {
    posted += result.ok() ? 1 : 0;
    each.push_back(api::to_json(result));
  }
  return {{"posted", posted}, {"results", std::move(each)}};
}

/// One invocation.
class LedgerWriting {
 public:
  LedgerWriting(Platform& platform, std::string directory)
      : platform_(platform), directory_(std::move(directory)), app_("feiqian ledger") {
    app_.require_subcommand(1);
    add_posting();
    add_holds();
    add_accounts();
    add_clients();
    add_archive();
  }

  ControlAnswer run(std::vector<std::string> args) {
    std::reverse(args.begin(), args.end());
    try {
      app_.parse(args);
    } catch (const CLI::ParseError& error) {
      std::ostringstream out;
      const int code = app_.exit(error, out, out);
      return {code == 0 ? 0 : 2, out.str()};
    }
    const bool posts = by_hand_ && !platform_.settings().ledger_by_hand;
    auto output = posts ? Output(Error(errors::kLedgerClosed)) : action_();
    platform_.ledger_clients().invalidate();
    if (!output) return {1, "feiqian: " + output.error().text() + "\n"};
    return {refused_ > 0 ? 1 : 0, std::move(output).value()};
  }

 private:
  CLI::App* command(CLI::App& parent, const char* name, const char* text, std::function<Output()> action,
                    bool by_hand = true) {
    auto* made = parent.add_subcommand(name, text);
    made->callback([this, action = std::move(action), by_hand] {
      action_ = action;
      by_hand_ = by_hand;
    });
    return made;
  }
  template <class Command>
  Output shown(Command command) {
    return api::serialized(api::to_json(TRY(platform_.engine().run(std::move(command))))) + "\n";
  }
  /// The account as it is now.
  template <class Command>
  Output changed(Command command) {
    return with_balance(TRY(platform_.engine().run(std::move(command))));
  }
  Output with_balance(const ledger::AccountRow& account) const {
    const auto reader = TRY(platform_.store().open_reader());
    const auto balance = TRY(store::Query(ledger::kBalances).equal<&ledger::BalanceRow::id>(account.id).first(*reader));
    return api::serialized(api::to_json(account, balance.value_or(ledger::BalanceRow{account.id}))) + "\n";
  }

  void add_posting() {
    auto* open = command(app_, "open", "Open an account, or give the one that is there", [this]() -> Output {
      ledger::AccountKey key{code_, TRY(api::owner_from_text(owner_)), TRY(money::Currency::parse(currency_))};
      return TRY(platform_.engine().run(ledger::OpenAccount{key})).text() + "\n";
    });
    open->add_option("CODE", code_)->required();
    open->add_option("--owner", owner_, "An id or a number; 0: the platform itself")->default_val("0");
    open->add_option("--currency", currency_)->default_val("CNY");
    auto* post =
        command(app_, "post", "Post the vouchers of a file, a JSON object a line", [this] { return post_file(); });
    post->add_option("FILE", file_)->required();
    post->add_option("--key", key_, "Names this file: the same key again posts nothing twice")->required();
  }

  Output post_file() {
    if (key_.empty() || key_.size() > 40) return Error(errors::kValueInvalid, "1 to 40 characters", "key");
    VoucherFile file((std::filesystem::path(directory_) / file_).string());
    std::string refused;
    std::int64_t posted = 0, first = 1;
    for (int portion = 1;; ++portion) {
      auto vouchers = TRY(file.next_portion());
      if (vouchers.empty()) return refused + fmt::format("posted {}, refused {}\n", posted, refused_);
      const auto count = static_cast<std::int64_t>(vouchers.size());
      const auto answer = TRY(post_once(std::move(vouchers), fmt::format("{}-{}", key_, portion)));
      posted += answer.at("posted").as_int64();
      const auto& results = answer.at("results").get_array();
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (!results[i].get_object().contains("error")) continue;
        ++refused_;
        refused += fmt::format("voucher {}: {}\n", first + static_cast<std::int64_t>(i), json::serialize(results[i]));
      }
      first += count;
    }
  }

  /// As the API does it: the first answer is kept under the key.
  Result<json::object> post_once(std::vector<ledger::VoucherToPost> vouchers, const std::string& key) {
    api::Idempotent<ledger::PostVouchers> command;
    std::string content;
    for (const auto& voucher : vouchers) content += text_of(voucher);
    command.command.vouchers = std::move(vouchers);
    command.key = key;
    command.request_hash = crypto::sha256(content);
    command.render = [](const Result<ledger::PostVouchers::Reply>& result) {
      return result ? api::Answer{200, api::serialized(posted_of(*result))} : api::answer_of(result.error(), "");
    };
    const auto reply = TRY(platform_.engine().run(std::move(command)));
    if (reply.answer.status != 200) return Error(errors::kUsage, reply.answer.body);
    return json::parse(reply.answer.body).get_object();
  }
  static std::string text_of(const ledger::VoucherToPost& voucher) {
    auto text = fmt::format("{} {} {} ", voucher.subject, voucher.linked, voucher.memo);
    for (const auto& line : voucher.lines)
      text += fmt::format("{} {} {} ", line.account.value, line.side == ledger::Side::Debit, line.amount_minor);
    return text + "\n";
  }

  void add_holds() {
    auto* hold = command(app_, "hold", "Keep a part of a balance for later", [this]() -> Output {
      const auto account = TRY(account_of(id_, "account"));
      return shown(
          ledger::PlaceHold{account, amount_, subject_, expires_ > 0 ? std::optional(expires_) : std::nullopt});
    });
    hold->add_option("ACCOUNT", id_)->required();
    hold->add_option("AMOUNT", amount_, "Minor units")->required();
    hold->add_option("--subject", subject_, "Your number for it");
    hold->add_option("--expires-in-s", expires_);
    auto* capture = command(app_, "capture", "Move held money to another account", [this]() -> Output {
      return shown(ledger::CaptureHold{TRY(hold_of(id_)), TRY(account_of(to_, "to")), amount_, final_});
    });
    capture->add_option("HOLD", id_)->required();
    capture->add_option("TO", to_)->required();
    capture->add_option("AMOUNT", amount_, "Minor units")->required();
    capture->add_flag("--final", final_, "Let go of the rest");
    auto* release = command(app_, "release", "Let go of what is still held", [this]() -> Output {
      return shown(ledger::ReleaseHold{TRY(hold_of(id_)), false});
    });
    release->add_option("HOLD", id_)->required();
  }

  void add_accounts() {
    auto* freeze = command(app_, "freeze", "Let nothing leave, or keep a part", [this]() -> Output {
      return changed(ledger::FreezeAccount{TRY(account_of(id_, "account")), amount_ == 0, amount_});
    });
    freeze->add_option("ACCOUNT", id_)->required();
    freeze->add_option("--amount", amount_, "Minor units; without: everything")->check(CLI::PositiveNumber);
    auto* unfreeze = command(app_, "unfreeze", "Let go again", [this]() -> Output {
      return changed(ledger::FreezeAccount{TRY(account_of(id_, "account")), false, 0});
    });
    unfreeze->add_option("ACCOUNT", id_)->required();
    auto* limit = command(app_, "limit", "The most that may be on an account", [this]() -> Output {
      return changed(ledger::LimitAccount{TRY(account_of(id_, "account")), amount_});
    });
    limit->add_option("ACCOUNT", id_)->required();
    limit->add_option("MOST", amount_, "Minor units; 0: no limit")->required();
    auto* close = command(app_, "close", "Close an empty account for good", [this]() -> Output {
      return changed(ledger::CloseAccount{TRY(account_of(id_, "account"))});
    });
    close->add_option("ACCOUNT", id_)->required();
  }

  void add_clients() {
    auto* group = app_.add_subcommand("client", "Systems that may use the ledger API");
    group->require_subcommand(1);
    auto* add = command(*group, "add", "Add a client with its public key", [this] { return add_client(); });
    add->add_option("--name", name_)->required();
    add->add_option("--algorithm", algorithm_)->default_val("ed25519");
    add->add_option("--public-key", file_, "PEM file; without it a key pair is made");
    add->add_option("--codes", codes_, "Codes of the chart, comma-separated, or *")->required();
    add->add_option("--owner", owner_, "Accounts of this owner only; 0: of anybody")->default_val("0");
    command(
        *group, "list", "All clients", [this] { return list_clients(); }, false);
    auto* revoke = command(
        *group, "revoke", "End a client's access at once",
        [this]() -> Output {
          const auto id = api::LedgerClientId::parse(id_);
          if (!id) return Error(errors::kLedgerClientNotFound, id_);
          return TRY(platform_.engine().run(api::RevokeLedgerClient{*id})).id.text() + " revoked\n";
        },
        false);
    revoke->add_option("CLIENT", id_)->required();
  }

  void add_archive() {
    auto* archive = command(
        app_, "archive", "Put the vouchers of a year that has ended into a file of its own",
        [this] { return archive_year(); }, false);
    archive->add_option("YEAR", year_)->required()->check(CLI::Range(2025, 9999));
  }

  /// What was interrupted goes on where it was.
  Output archive_year() {
    const auto directory = DataFiles(platform_.settings().data_directory).archives;
    const auto reader = TRY(platform_.store().open_reader());
    const auto archive = TRY(platform_.engine().run(
        ledger::RecordArchive{TRY(ledger::write_archive(*reader, year_, platform_.clock().now(), directory))}));
    const auto file = directory + "/" + ledger::archive_name(year_);
    // They leave the store only while the file is there, and is the one that was recorded, perhaps long ago.
    TRY(ledger::check_archive(archive, directory));
    constexpr std::int64_t kPortion = 64;
    std::int64_t dropped = 0;
    for (std::vector<ledger::VoucherId> blocks;;) {
      blocks = TRY(ledger::archived_in_store(*reader, archive, kPortion));
      if (blocks.empty()) break;
      const auto left = TRY(platform_.engine().run(ledger::DropArchived{archive.id, blocks}));
      if (left == 0) return Error(errors::kArchiveDiffers, "blocks do not leave the store: " + blocks.front().text());
      dropped += left;
    }
    return fmt::format("{} blocks with {} vouchers are in {}; {} left the store now\n", archive.blocks,
                       archive.vouchers, file, dropped);
  }

  Output add_client() {
    const auto algorithm = crypto::algorithm_of(algorithm_);
    if (!algorithm || *algorithm == crypto::Algorithm::HmacSha256)
      return Error(errors::kValueInvalid, "ed25519, rsa-v1_5-sha256 or ecdsa-p256-sha256", "algorithm");
    std::string pem, shown_once;
    if (file_.empty()) {
      const auto signer = crypto::Signer::generate(*algorithm);
      pem = signer.public_pem();
      shown_once = signer.private_pem().reveal();
    } else {
      std::ifstream file((std::filesystem::path(directory_) / file_).string(), std::ios::binary);
      pem.assign(std::istreambuf_iterator<char>(file), {});
      if (!file && pem.empty()) return Error(errors::kFileUnusable, "cannot be read: " + file_);
    }
    TRY(crypto::Verifier::from_pem(*algorithm, pem));
    const auto id = TRY(platform_.engine().run(
        api::CreateLedgerClient{name_, algorithm_, pem, codes_, TRY(api::owner_from_text(owner_))}));
    return "client " + id.text() + "\n" + shown_once;
  }

  Output list_clients() {
    const auto reader = TRY(platform_.store().open_reader());
    std::string text;
    for (const auto& row : TRY(store::Query(api::kLedgerClients).oldest_first().limit(10000).run(*reader))) {
      text += fmt::format("{}  {:<18} {:<8} codes {}  owner {}  {}\n", row.id.text(), row.algorithm,
                          row.revoked_at ? "revoked" : "active", row.codes,
                          row.owner == 0 ? "any" : std::to_string(row.owner), row.name);
    }
    return text;
  }

  Platform& platform_;
  std::string directory_;
  CLI::App app_;
  std::function<Output()> action_;
  bool by_hand_ = true;
  std::int64_t refused_ = 0;
  std::string id_, to_, owner_, currency_, file_, key_, name_, algorithm_, codes_;
  std::int64_t amount_ = 0, subject_ = 0, expires_ = 0;
  int code_ = 0, year_ = 0;
  bool final_ = false;
};

}  // namespace

const std::vector<std::pair<const char*, const char*>>& ledger_writing_commands() {
  static const std::vector<std::pair<const char*, const char*>> kCommands{
      {"open", "Open an account"},
      {"post", "Post the vouchers of a file"},
      {"hold", "Keep a part of a balance for later"},
      {"capture", "Move held money to another account"},
      {"release", "Let go of what is still held"},
      {"freeze", "Let nothing leave an account, or keep a part"},
      {"unfreeze", "Let go again"},
      {"limit", "The most that may be on an account"},
      {"close", "Close an empty account for good"},
      {"client", "Systems that may use the ledger API"},
      {"archive", "Put the vouchers of a year that has ended into a file of its own"},
  };
  return kCommands;
}

bool is_ledger_writing(const std::vector<std::string>& args) {
  if (args.size() < 2 || args[0] != "ledger") return false;
  const auto& all = ledger_writing_commands();
  return std::any_of(all.begin(), all.end(), [&](const auto& command) { return args[1] == command.first; });
}

ControlAnswer run_ledger(Platform& platform, const std::vector<std::string>& args, const std::string& directory) {
  return LedgerWriting(platform, directory).run({args.begin() + 1, args.end()});
}

}  // namespace feiqian::server
