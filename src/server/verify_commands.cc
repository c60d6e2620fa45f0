#include "server/verify_commands.h"

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>

#include "crypto/key_store.h"
#include "foundation/text.h"
#include "ledger/proof.h"
#include "server/errors.h"
#include "server/files.h"
#include "server/platform.h"
#include "server/proof_document.h"
#include "server/stores.h"

namespace feiqian::server {
namespace {

namespace json = boost::json;

std::atomic<bool> interrupted{false};  // by a signal

/// The key of the data directory, where its key store is here and may be read.
Result<std::optional<engine::HeadKey>> own_key(const std::string& data) {
  const auto directory = DataFiles(data).keys;
  std::error_code hidden;
  if (!std::filesystem::exists(directory + "/master.key", hidden)) return std::optional<engine::HeadKey>();
  SystemRandom random;
  const auto keys = TRY(crypto::KeyStore::open(directory, random));
  if (!keys.has(kHeadKeyName)) return std::optional<engine::HeadKey>();
  auto signer = TRY(crypto::Signer::from_pem(crypto::Algorithm::Ed25519, TRY(keys.read(kHeadKeyName))));
  return std::optional<engine::HeadKey>(TRY(engine::HeadKey::from_raw(signer.raw_public_key())));
}

/// Lines of JSON objects, as `heads export` writes them.
Result<std::vector<engine::HeadRow>> read_heads(const std::string& path) {
  std::vector<engine::HeadRow> heads;
  const auto text = TRY(read_file(path));
  for (const auto line : split(text, '\n')) {
    if (trim(line).empty()) continue;
    json::error_code failed;
    const auto value = json::parse(trim(line), failed);
    const auto* note = !failed && value.is_object() ? value.get_object().if_contains("note") : nullptr;
    if (note == nullptr || !note->is_string())
      return Error(errors::kHeadMalformed, fmt::format("line {} of {}", heads.size() + 1, path));
    heads.push_back(TRY(engine::parse_head_note(note->get_string())));
  }
  return heads;
}

}  // namespace

std::string report(const ledger::Verification& verified) {
  std::string text;
  for (const auto& problem : verified.problems) text += "problem: " + problem + "\n";
  text += fmt::format("verify: {}: {} batches, {} vouchers, {} accounts\n", verified.problems.empty() ? "ok" : "FAILED",
                      verified.batches, verified.vouchers, verified.accounts);
  if (verified.batches_before > 0)
    text += fmt::format("since an earlier verification: {} batches\n", verified.batches - verified.batches_before);
  if (verified.heads + verified.heads_passed_over > 0) {
    text += fmt::format("heads: {} compared, {} older ones passed over; {} batches are signed\n", verified.heads,
                        verified.heads_passed_over, verified.batches_signed);
  }
  return text;
}

VerifyCommands::VerifyCommands(CLI::App& app) {
  auto* verify = add(app, "verify", "Re-derive everything from the vouchers, and compare", &VerifyCommands::verify);
  verify->add_option("--resume", progress_,
                     "File that keeps the progress: goes on from it, and after a whole run reads only what is new");
  verify->add_option("--heads", heads_, "Signed heads that were kept elsewhere, as `heads export` printed them");
  verify->add_option("--key", key_files_, "Public keys that may have signed heads, beside the data directory's own");
  verify->add_option("--store", store_, "postgresql://… or a SQLite file, instead of the data directory's");
  verify->add_option("--archives", archives_, "Directory of the archives, with --store");
  auto* heads = app.add_subcommand("heads", "Signed heads of the ledger's chains");
  heads->require_subcommand(1);
  add(*heads, "key", "The public key that signs heads", &VerifyCommands::print_key);
  auto* exported = add(*heads, "export", "All heads, for keeping elsewhere", &VerifyCommands::export_heads);
  exported->add_option("--key", key_files_, "Public key, when the data directory's cannot be read");
  exported->add_option("--store", store_, "postgresql://… or a SQLite file, instead of the data directory's");
  heads->add_subcommand("sign", "Sign what is not signed yet, now");
  auto* proof = add(app, "proof", "Prove one voucher to a third party", &VerifyCommands::prove);
  proof->add_option("VOUCHER", voucher_, "vou_…")->required();
  proof->add_option("--key", key_files_, "Public key, when the data directory's cannot be read");
  proof->add_option("--store", store_, "postgresql://… or a SQLite file, instead of the data directory's");
  proof->add_option("--archives", archives_, "Directory of the archives, with --store");
}

CLI::App* VerifyCommands::add(CLI::App& parent, const char* name, const char* text, Action action) {
  auto* command = parent.add_subcommand(name, text);
  command->callback([this, action] { action_ = action; });
  return command;
}

std::optional<Result<int>> VerifyCommands::run(const std::string& data) {
  if (action_ == nullptr) return std::nullopt;
  return (this->*action_)(data);
}

Result<std::unique_ptr<store::Reader>> VerifyCommands::open(const std::string& data) const {
  const auto archives = archives_.empty() ? DataFiles(data).archives : archives_;
  if (!store_.empty()) return open_store_reader(store_, archives);
  if (!std::filesystem::exists(data + "/feiqian.toml"))
    return Error(errors::kNotInitialised, data + " has no feiqian.toml");
  return open_store_reader(TRY(read_settings(data, process_environment())));
}

Result<std::vector<engine::HeadKey>> VerifyCommands::keys(const std::string& data) const {
  std::vector<engine::HeadKey> keys;
  for (const auto& file : key_files_) keys.push_back(TRY(engine::HeadKey::parse(TRY(read_file(file)))));
  auto own = own_key(data);
  // A key that was named will do.
  if (!own && keys.empty()) return own.error();
  if (own && *own) keys.push_back(**own);
  return keys;
}

Result<int> VerifyCommands::verify(const std::string& data) {
  const auto reader = TRY(open(data));
  ledger::VerifyOptions options;
  options.keys = TRY(keys(data));
  options.progress_file = progress_;
  if (!heads_.empty()) options.kept = TRY(read_heads(heads_));
  if (!progress_.empty()) {
    for (const int number : {SIGINT, SIGTERM}) ::signal(number, [](int) { interrupted = true; });
    options.interrupted = [] { return interrupted.load(); };
  }
  const auto verified = TRY(ledger::verify(*reader, options));
  std::cout << report(verified);
  if (options.keys.empty() && verified.heads > 0)
    std::cout << "the signatures of heads were not checked: there is no public key here; --key names one\n";
  return verified.problems.empty() ? 0 : 1;
}

Result<int> VerifyCommands::print_key(const std::string& data) {
  const auto own = TRY(own_key(data));
  if (!own) return Error(errors::kNotInitialised, data + " has no key for heads; the first start makes it");
  std::cout << own->text() << "\n";
  return 0;
}

Result<int> VerifyCommands::export_heads(const std::string& data) {
  const auto reader = TRY(open(data));
  const auto known = TRY(keys(data));
  Result<void> printed;
  TRY(store::Query(engine::kHeads).oldest_first().limit(INT64_MAX).visit(*reader, [&](const engine::HeadRow& head) {
    for (const auto& key : known) {
      if (key.name() != head.key) continue;
      std::cout << json::serialize(json::object{{"chain", head.chain},
                                                {"batch", head.batch},
                                                {"signed_at", to_rfc3339(head.signed_at)},
                                                {"note", key.note(head)}})
                << "\n";
      return;
    }
    printed = Error(errors::kKeyInvalid, "no public key of " + head.key + " is given");
  }));
  TRY(std::move(printed));
  return 0;
}

Result<int> VerifyCommands::prove(const std::string& data) {
  const auto reader = TRY(open(data));
  const auto proof = TRY(ledger::prove_voucher(*reader, TRY(ledger::VoucherId::parse(voucher_))));
  for (const auto& key : TRY(keys(data))) {
    if (!key.signed_head(proof.head)) continue;
    std::cout << proof_document(proof, key) << "\n";
    return 0;
  }
  return Error(errors::kKeyInvalid, "signed_head " + proof.head.id.text() + " was signed by another key");
}

}  // namespace feiqian::server
