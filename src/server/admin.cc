#include "server/admin.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <sstream>

#include "channels/registry.h"
#include "engine/set_parameter.h"
#include "foundation/text.h"
#include "payments/deliveries.h"
#include "server/channel_kinds.h"
#include "server/channel_sign_commands.h"
#include "server/errors.h"
#include "server/files.h"
#include "server/ledger_commands.h"
#include "server/merchant_setup.h"

namespace feiqian::server {
namespace {

using Output = Result<std::string>;
using Action = std::function<Output()>;

/// The text of a line and a file name resolved against the caller's directory.
struct Caller {
  std::string directory;
  std::string path(const std::string& name) const { return (std::filesystem::path(directory) / name).string(); }
};

Result<Date> day_or_today(const std::string& text, const Clock& clock) {
  if (text.empty()) return china_date(clock.now());
  return date_from_text(text);
}

/// A decimal percentage, at most 4 decimals: `0.6` is 6000 ppm.
Result<std::int64_t> ppm_of_percent(const std::string& text) {
  const auto point = text.find('.');
  std::string digits = text.substr(0, point);
  std::string decimals = point == std::string::npos ? "" : text.substr(point + 1);
  if (decimals.size() > 4) return Error(errors::kValueInvalid, "at most 4 decimals", "rate");
  decimals.append(4 - decimals.size(), '0');
  const auto ppm = parse_int(digits + decimals);
  if (!ppm || *ppm < 0 || *ppm > 1000000) return Error(errors::kValueInvalid, "a percentage such as 0.6", "rate");
  return *ppm;
}

/// All commands of one invocation: CLI11 parses, `action` runs.
class Commands {
 public:
  Commands(Platform& platform, Caller caller) : platform_(platform), caller_(std::move(caller)), app_("feiqian") {
    app_.require_subcommand(1);
    add_merchant_commands();
    add_channel_commands();
    add_parameter_commands();
    add_webhook_commands();
    add_head_commands();
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
    auto output = action_();
    platform_.directory().invalidate();
    if (!output) return {1, "feiqian: " + output.error().text() + "\n"};
    return {0, std::move(output).value()};
  }

 private:
  CLI::App* command(CLI::App* parent, const char* name, const char* description, Action action) {
    auto* made = parent->add_subcommand(name, description);
    made->callback([this, action = std::move(action)] { action_ = action; });
    return made;
  }
  Result<parties::MerchantId> merchant() const { return parties::MerchantId::parse(id_); }

  void add_merchant_commands() {
    auto* group = app_.add_subcommand("merchant", "Merchants, their contracts and keys");
    group->require_subcommand(1);
    auto* add = command(group, "add", "Add a merchant", [this]() -> Output {
      const auto [id, secret] = TRY(add_merchant(platform_, name_, url_));
      return fmt::format("merchant {}\nwebhook secret {}   (shown once)\n", id.text(), secret.reveal());
    });
    add->add_option("--name", name_)->required();
    add->add_option("--notify-url", url_);
    command(group, "list", "List merchants", [this] { return list_merchants(); });
    auto* show =
        command(group, "show", "A merchant with its contracts, prices and keys", [this] { return show_merchant(); });
    show->add_option("MERCHANT", id_)->required();
    for (const auto& [name, status, text] :
         {std::tuple{"suspend", parties::MerchantStatus::Suspended, "No new payments; refunds go on"},
          std::tuple{"resume", parties::MerchantStatus::Active, "Payments again"},
          std::tuple{"close", parties::MerchantStatus::Closed, "For good"}}) {
      auto* made = command(group, name, text, [this, status = status]() -> Output {
        const auto id = TRY(platform_.engine().run(parties::SetMerchantStatus{TRY(merchant()), status}));
        return "merchant " + id.text() + " changed\n";
      });
      made->add_option("MERCHANT", id_)->required();
    }
    auto* notify = command(group, "set-notify", "Set the address of webhooks", [this]() -> Output {
      TRY(check_notify_url(platform_, url_));
      TRY(platform_.engine().run(parties::SetWebhook{TRY(merchant()), url_, {}}));
      return std::string("changed\n");
    });
    notify->add_option("MERCHANT", id_)->required();
    notify->add_option("URL", url_)->required();
    auto* secret = command(group, "renew-secret", "A new webhook secret; the old one ends at once", [this]() -> Output {
      return "webhook secret " + TRY(renew_webhook_secret(platform_, TRY(merchant()))).reveal() + "   (shown once)\n";
    });
    secret->add_option("MERCHANT", id_)->required();
    auto* store = command(group, "add-store", "Add a store", [this]() -> Output {
      return "store " + TRY(platform_.engine().run(parties::CreateStore{TRY(merchant()), name_})).text() + "\n";
    });
    store->add_option("MERCHANT", id_)->required();
    store->add_option("--name", name_)->required();
    add_contract_commands(group);
    add_key_commands(group);
    auto* demo = command(group, "demo", "A complete merchant for the demo shop", [this]() -> Output {
      const auto shop = TRY(add_demo_merchant(platform_, url_));
      TRY(write_private_file(caller_.path(out_), shop));
      return "wrote " + out_ + "\n";
    });
    demo->add_option("--shop-url", url_)->required();
    demo->add_option("--out", out_)->required();
  }

  void add_contract_commands(CLI::App* group) {
    auto* contract = command(group, "add-contract", "Add a contract; the latest effective one is in force",
                             [this] { return add_contract(); });
    contract->add_option("MERCHANT", id_)->required();
    contract->add_option("--currency", currency_)->default_val("CNY");
    contract->add_option("--methods", methods_, "Comma-separated")->required();
    contract->add_option("--rate", rate_, "Fee in percent, for every method")->required();
    contract->add_option("--min-fee", least_, "Minor units")->default_val(0);
    contract->add_option("--max-fee", most_fee_, "Minor units");
    contract->add_option("--limit", limit_, "Most for one payment, minor units")->required();
    contract->add_option("--daily-limit", daily_, "Most a day, minor units; 0: none")->default_val(0);
    contract->add_option("--late-success", late_, "refund or accept")->default_val("refund");
    contract->add_flag("--keep-fee", keep_fee_, "Refunds do not give the fee back");
    contract->add_option("--from", day_, "yyyy-mm-dd, default today");
    auto* fee =
        command(group, "add-fee", "Add a fee rule to a contract or channel price list", [this] { return add_fee(); });
    fee->add_option("PRICE-LIST", id_, "con_… or cha_…")->required();
    fee->add_option("--method", methods_, "Empty: every method");
    fee->add_option("--card-type", card_, "any, debit or credit")->default_val("any");
    fee->add_option("--rate", rate_, "Percent")->required();
    fee->add_option("--min-fee", least_)->default_val(0);
    fee->add_option("--max-fee", most_fee_);
    fee->add_option("--from", day_);
  }

  void add_key_commands(CLI::App* group) {
    auto* add = command(group, "add-key", "Add an API key; several may be active", [this]() -> Output {
      const auto pem = file_.empty() ? std::string() : TRY(read_file(caller_.path(file_)));
      std::optional<Timestamp> expires;
      if (!time_.empty()) expires = TRY(from_rfc3339(time_));
      const auto key = TRY(add_key(platform_, TRY(merchant()), algorithm_, pem, expires));
      auto text = "key " + key.id.text() + "\n";
      if (!key.hmac_secret.empty())
        text += "secret " + to_base64(key.hmac_secret.reveal()) + "   (base64, shown once)\n";
      if (!key.private_pem.empty()) text += key.private_pem.reveal();
      return text;
    });
    add->add_option("MERCHANT", id_)->required();
    add->add_option("--algorithm", algorithm_)->required();
    add->add_option("--public-key", file_, "PEM file; without it a key pair is made");
    add->add_option("--expires", time_, "RFC 3339");
    auto* revoke = command(group, "revoke-key", "Revoke an API key at once", [this]() -> Output {
      return "key " + TRY(platform_.engine().run(parties::RevokeApiKey{TRY(parties::ApiKeyId::parse(id_))})).text() +
             " revoked\n";
    });
    revoke->add_option("KEY", id_)->required();
  }

  void add_channel_commands() {
    auto* group = app_.add_subcommand("channel", "Channels");
    group->require_subcommand(1);
    command(group, "list", "List channels", [this]() -> Output {
      const auto reader = TRY(platform_.store().open_reader());
      std::string text;
      for (const auto& row : TRY(store::Query(channels::kChannels).oldest_first().limit(1000).run(*reader))) {
        text += fmt::format("{}  {:<12} {}\n", row.id.text(), row.code, row.enabled ? "enabled" : "disabled");
      }
      return text;
    });
    auto* registered =
        command(group, "register", "Add a channel that has its settings; price it by its id", [this]() -> Output {
          const auto id = TRY(platform_.engine().run(channels::RegisterChannel{id_, true}));
          return id.text() + "\n";
        });
    registered->add_option("CODE", id_)->required()->check(CLI::IsMember(channel_codes()));
    auto* imported = command(group, "import-key", "Put our key at a channel into the key store; used after a restart",
                             [this] { return import_key(); });
    imported->add_option("NAME", id_)->required()->check(CLI::IsMember(channel_key_names()));
    imported->add_option("--file", file_, "PEM private key (RSA), or the text of a key that both sides know")
        ->required();
    for (const bool enabled : {true, false}) {
      auto* made = command(group, enabled ? "enable" : "disable", enabled ? "Offer it to payers" : "Offer it no more",
                           [this, enabled]() -> Output {
                             TRY(platform_.engine().run(channels::SetChannelEnabled{id_, enabled}));
                             return id_ + (enabled ? " enabled\n" : " disabled\n");
                           });
      made->add_option("CODE", id_)->required();
    }
    auto* statement =
        command(group, "statement", "Fetch a channel's statement of one day", [this] { return fetch_statement(); });
    statement->add_option("CODE", id_)->required();
    statement->add_option("DAY", day_, "yyyy-mm-dd")->required();
    statement->add_flag("--funds", funds_, "the movements of funds instead of the trades");
    statement->add_option("--out", out_)->required();
  }

  Output fetch_statement() {
    auto* channel = platform_.channel(id_);
    if (channel == nullptr) return Error(errors::kChannelNotFound, id_ + " is not configured here");
    const auto day = TRY(date_from_text(day_));
    std::future<Result<std::string>> future;
    {
      // Only the callback holds the promise, so that its loss is noticed.
      const auto fetched = std::make_shared<std::promise<Result<std::string>>>();
      future = fetched->get_future();
      const auto done = [fetched](Result<std::string> text) { fetched->set_value(std::move(text)); };
      if (funds_) {
        channel->fund_statement(day, done);
      } else {
        channel->statement(day, done);
      }
    }
    // A platform that stops meanwhile drops the callback.
    try {
      TRY(write_private_file(caller_.path(out_), TRY(future.get())));
    } catch (const std::future_error&) {
      return Error(errors::kStatementUnavailable, "the platform is stopping");
    }
    return "wrote " + out_ + "\n";
  }

  Output import_key() {
    const Secret key(std::string(trim(TRY(read_file(caller_.path(file_))))));
    TRY(check_key(*find_channel_key(id_), key));
    TRY(platform_.keys().write(id_, key));
    return id_ + " is in the key store\n";
  }

  void add_parameter_commands() {
    auto* group = app_.add_subcommand("parameter", "Dated parameters");
    group->require_subcommand(1);
    command(group, "list", "Every parameter with the value in force today", [this]() -> Output {
      const auto reader = TRY(platform_.store().open_reader());
      const engine::Parameters values(TRY(store::Query(engine::kParameters).limit(100000).run(*reader)));
      std::string text;
      for (const auto& definition : engine::parameter_catalogue()) {
        text += fmt::format("{:<32} {:>10} {:<5} {}\n", definition.name,
                            values.value(definition.name, china_date(platform_.clock().now())), definition.unit,
                            definition.meaning);
      }
      return text;
    });
    auto* set = command(group, "set", "Give a parameter a value from a day on", [this]() -> Output {
      TRY(platform_.engine().run(engine::SetParameter{name_, value_, TRY(day_or_today(day_, platform_.clock()))}));
      return std::string("set\n");
    });
    set->add_option("NAME", name_)->required();
    set->add_option("VALUE", value_)->required();
    set->add_option("--from", day_, "yyyy-mm-dd, default today");
  }

  void add_webhook_commands() {
    auto* group = app_.add_subcommand("webhook", "Webhook events");
    group->require_subcommand(1);
    auto* resend = command(group, "resend", "Deliver an event again now", [this]() -> Output {
      const auto id = TRY(payments::EventId::parse(id_));
      TRY(platform_.engine().run(payments::ResendEvent{std::nullopt, id}));
      return "event " + id.text() + " will be delivered again\n";
    });
    resend->add_option("EVENT", id_)->required();
  }

  void add_head_commands() {
    auto* group = app_.add_subcommand("heads", "Signed heads of the ledger's chains");
    group->require_subcommand(1);
    command(group, "sign", "Sign what is not signed yet, now", [this]() -> Output {
      const auto reader = TRY(platform_.store().open_reader());
      const auto heads = TRY(platform_.heads().sign_now(*reader));
      std::string text = heads.empty() ? "nothing new to sign\n" : "";
      for (const auto& head : heads) text += platform_.heads().key().note(head);
      return text;
    });
  }

  Output list_merchants() {
    const auto reader = TRY(platform_.store().open_reader());
    std::string text;
    TRY(store::Query(parties::kMerchants)
            .oldest_first()
            .limit(INT64_MAX)
            .visit(*reader, [&](const parties::MerchantRow& row) {
              const char* status = row.status == parties::MerchantStatus::Active      ? "active"
                                   : row.status == parties::MerchantStatus::Suspended ? "suspended"
                                                                                      : "closed";
              text += fmt::format("{}  {:<9}  {}\n", row.id.text(), status, row.name);
            }));
    return text;
  }

  Output show_merchant() {
    const auto id = TRY(merchant());
    const auto row = platform_.directory().merchant(id);
    if (!row) return Error(errors::kMerchantNotFound);
    const auto reader = TRY(platform_.store().open_reader());
    std::string text = fmt::format("{}  {}\nwebhooks to {}\n", id.text(), row->name,
                                   row->notify_url.empty() ? "(none)" : row->notify_url);
    for (const auto& contract : platform_.directory().contracts(id)) {
      text += fmt::format("contract {}  {} from {}: {}; one payment {} to {}, a day {}\n", contract.id.text(),
                          contract.currency.code(), to_text(contract.effective_from), contract.methods,
                          contract.least_minor, contract.most_minor,
                          contract.most_daily_minor == 0 ? "unlimited" : std::to_string(contract.most_daily_minor));
      store::Query query(pricing::kFeeRules);
      for (const auto& rule : TRY(query.equal<&pricing::FeeRuleRow::price_list>(contract.id.value).run(*reader))) {
        text += fmt::format("  fee {}  {} ppm from {} for {}\n", rule.id.text(), rule.rate_ppm,
                            to_text(rule.effective_from), rule.method.empty() ? "every method" : rule.method);
      }
    }
    store::Query keys(parties::kApiKeys);
    for (const auto& key : TRY(keys.equal<&parties::ApiKeyRow::merchant>(id).run(*reader))) {
      text += fmt::format("key {}  {:<18} {}\n", key.id.text(), key.algorithm, key.revoked_at ? "revoked" : "active");
    }
    return text;
  }

  Output add_contract() {
    parties::ContractRow terms;
    terms.merchant = TRY(merchant());
    terms.currency = TRY(money::Currency::parse(currency_));
    terms.methods = methods_;
    terms.most_minor = limit_;
    terms.most_daily_minor = daily_;
    terms.returns_fee = !keep_fee_;
    if (late_ != "refund" && late_ != "accept") return Error(errors::kValueInvalid, "refund or accept", "late-success");
    terms.late_success = late_ == "accept" ? parties::LateSuccess::Accept : parties::LateSuccess::Refund;
    terms.effective_from = TRY(day_or_today(day_, platform_.clock()));
    if (limit_ < 1 || daily_ < 0) return Error(errors::kValueInvalid, "limits are positive", "limit");
    auto price = TRY(price_of());
    const auto contract = TRY(platform_.engine().run(parties::CreateContract{terms}));
    price.price_list = contract.value;
    const auto rule = TRY(platform_.engine().run(pricing::CreateFeeRule{price}));
    return "contract " + contract.text() + "\nfee " + rule.text() + "\n";
  }

  Result<pricing::FeeRuleRow> price_of() {
    pricing::FeeRuleRow price;
    price.rate_ppm = TRY(ppm_of_percent(rate_));
    price.least_minor = least_;
    if (most_fee_ > 0) price.most_minor = most_fee_;
    price.effective_from = TRY(day_or_today(day_, platform_.clock()));
    return price;
  }

  Output add_fee() {
    auto price = TRY(price_of());
    price.method = methods_;
    price.card_type = card_ == "debit"    ? pricing::CardType::Debit
                      : card_ == "credit" ? pricing::CardType::Credit
                                          : pricing::CardType::Any;
    const auto contract = parties::ContractId::parse(id_);
    const auto channel = channels::ChannelId::parse(id_);
    if (!contract && !channel) return Error(errors::kValueInvalid, "con_… or cha_…", "PRICE-LIST");
    price.price_list = contract ? contract->value : channel->value;
    return "fee " + TRY(platform_.engine().run(pricing::CreateFeeRule{price})).text() + "\n";
  }

  Platform& platform_;
  Caller caller_;
  CLI::App app_;
  Action action_;
  std::string id_, name_, url_, out_, currency_, methods_, rate_, day_, file_, time_, algorithm_, late_, card_;
  std::int64_t least_ = 0, most_fee_ = 0, limit_ = 0, daily_ = 0, value_ = 0;
  bool keep_fee_ = false;
  bool funds_ = false;
};

}  // namespace

bool is_admin_command(const std::vector<std::string>& args) {
  if (args.empty()) return false;
  if (args[0] == "heads") return args.size() > 1 && args[1] == "sign";
  return args[0] == "merchant" || (args[0] == "channel" && !ChannelSignCommands::are(args)) || args[0] == "parameter" ||
         args[0] == "webhook" || is_ledger_writing(args);
}

ControlAnswer run_admin(Platform& platform, const std::vector<std::string>& args, const std::string& directory) {
  if (is_ledger_writing(args)) return run_ledger(platform, args, directory);
  return Commands(platform, Caller{directory}).run(args);
}

}  // namespace feiqian::server
