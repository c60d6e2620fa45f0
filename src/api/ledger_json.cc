#include "api/ledger_json.h"

#include "foundation/text.h"

namespace feiqian::api {

namespace json = boost::json;
using ledger::Side;

namespace {

std::string_view name_of(ledger::AccountState state) {
  return state == ledger::AccountState::Open ? "open" : state == ledger::AccountState::Frozen ? "frozen" : "closed";
}

std::string_view name_of(ledger::HoldState state) {
  switch (state) {
    case ledger::HoldState::Open:
      return "open";
    case ledger::HoldState::Captured:
      return "captured";
    case ledger::HoldState::Released:
      return "released";
    case ledger::HoldState::Expired:
      return "expired";
  }
  return "";
}

json::value time_or_null(const std::optional<Timestamp>& at) {
  return at ? json::value(to_rfc3339(*at)) : json::value();
}

json::object line_of(const ledger::PostedLine& line) {
  json::object object{{"account", line.account.text()},
                      {"side", line.side == Side::Debit ? "debit" : "credit"},
                      {"amount_minor", line.amount_minor}};
  if (line.after) {
    object["balance_minor"] = line.after->balance_minor;
    object["number"] = line.after->number;
  }
  return object;
}

}  // namespace

json::object to_json(const ledger::AccountRow& account, const ledger::BalanceRow& balance) {
  const auto* chart = ledger::find_in_chart(account.code);
  const auto total = ledger::balance_of(*chart, balance);
  const bool customer = chart->keeping == ledger::Keeping::Customer;
  json::object object{{"id", account.id.text()},
                      {"code", account.code},
                      {"name", chart->name_en},
                      {"name_zh", chart->name_zh},
                      {"pool", ledger::name_of(chart->pool)},
                      {"normal_side", chart->normal_side == Side::Debit ? "debit" : "credit"},
                      {"customer", customer},
                      {"owner", std::to_string(account.owner)},
                      {"currency", account.currency.code()},
                      {"state", name_of(account.state)},
                      {"opened_at", to_rfc3339(account.opened_at)},
                      {"debit_minor", balance.debit_minor},
                      {"credit_minor", balance.credit_minor},
                      {"balance_minor", total}};
  if (customer) {
    const auto free = __int128{total} - balance.held_minor - account.frozen_minor;
    const bool none = account.state != ledger::AccountState::Open || free < 0;
    object["entries"] = balance.entries;
    object["held_minor"] = balance.held_minor;
    object["frozen_minor"] = account.frozen_minor;
    object["most_minor"] = account.most_minor;
    object["available_minor"] = none ? 0 : static_cast<std::int64_t>(free);
  }
  return object;
}

json::object to_json(const ledger::HoldRow& hold) {
  return {{"id", hold.id.text()},
          {"account", hold.account.text()},
          {"subject", std::to_string(hold.subject)},
          {"state", name_of(hold.state)},
          {"amount_minor", hold.amount_minor},
          {"captured_minor", hold.captured_minor},
          {"held_minor", hold.held_minor()},
          {"created_at", to_rfc3339(hold.created_at)},
          {"expires_at", time_or_null(hold.expires_at)},
          {"ended_at", time_or_null(hold.ended_at)}};
}

json::object to_json(const ledger::VoucherView& voucher) {
  json::array lines;
  for (const auto& line : voucher.lines) lines.push_back(line_of(line));
  return {{"id", voucher.id.text()},
          {"event", voucher.event},
          {"subject", std::to_string(voucher.subject)},
          {"memo", voucher.memo},
          {"reverses", voucher.reverses ? json::value(voucher.reverses.text()) : json::value()},
          {"posted_at", to_rfc3339(voucher.posted_at)},
          {"accounting_date", to_text(voucher.accounting_date)},
          {"batch", voucher.batch},
          {"lines", std::move(lines)}};
}

json::object to_json(const ledger::Entry& entry) {
  json::object object{{"voucher", entry.voucher.text()},
                      {"posted_at", to_rfc3339(entry.posted_at)},
                      {"accounting_date", to_text(entry.accounting_date)},
                      {"debit_minor", entry.debit_minor},
                      {"credit_minor", entry.credit_minor}};
  if (entry.number > 0) {
    object["number"] = entry.number;
    object["balance_minor"] = entry.balance_minor;
  }
  return object;
}

json::object to_json(const ledger::TrialBalance& trial) {
  json::array accounts;
  for (const auto& row : trial.rows) {
    const auto* chart = ledger::find_in_chart(row.code);
    accounts.push_back(json::object{{"pool", ledger::name_of(row.pool)},
                                    {"code", row.code},
                                    {"name", chart->name_en},
                                    {"name_zh", chart->name_zh},
                                    {"currency", row.currency.code()},
                                    {"debit_minor", row.debit_minor},
                                    {"credit_minor", row.credit_minor},
                                    {"balance_minor", row.balance_minor}});
  }
  return {{"balanced", trial.balanced}, {"mirrored", trial.mirrored}, {"accounts", std::move(accounts)}};
}

json::object to_json(const ledger::SubLedger& sums) {
  return {{"code", sums.code},
          {"currency", sums.currency.code()},
          {"accounts", sums.accounts},
          {"owners_minor", sums.owners_minor},
          {"platform_minor", sums.platform_minor},
          {"held_minor", sums.held_minor},
          {"general_minor", sums.general_minor},
          {"agrees", sums.agrees()}};
}

json::object to_json(const ledger::FxPosition& position) {
  return {{"currency", position.currency.code()},
          {"bought_minor", position.bought_minor},
          {"sold_minor", position.sold_minor},
          {"position_minor", position.position_minor}};
}

json::object to_json(const Result<ledger::VoucherId>& posted) {
  if (posted) return {{"voucher", posted->text()}};
  const auto& error = posted.error();
  return {{"error", json::object{{"code", error.code()}, {"detail", error.detail()}, {"field", error.field()}}}};
}

std::int64_t read_number(codec::JsonReader& json, std::string_view name) {
  const auto text = json.optional_text(name, 1, 19);
  if (!text) return 0;
  const auto number = parse_int(*text);
  if (!number || *number < 0 || text->find_first_not_of("0123456789") != std::string::npos) {
    json.refuse(name, "must be a text of 1 to 19 digits");
    return 0;
  }
  return *number;
}

ledger::AccountId read_account(codec::JsonReader& json, std::string_view name) {
  const auto text = json.required_text(name, 1, 64);
  const auto id = ledger::AccountId::parse(text);
  if (!id && !json.failed()) json.refuse(name, "must be an account's id, acc_…");
  return id ? *id : ledger::AccountId();
}

ledger::VoucherToPost read_voucher(codec::JsonReader& json) {
  ledger::VoucherToPost voucher;
  json.each("lines", ledger::kMostLines, [&](codec::JsonReader& item) {
    ledger::VoucherToPost::Line line;
    line.account = read_account(item, "account");
    line.side = item.required_choice("side", {"debit", "credit"}) == "credit" ? Side::Credit : Side::Debit;
    line.amount_minor = item.required_integer("amount_minor", 1, ledger::kMostLineMinor);
    voucher.lines.push_back(line);
  });
  voucher.subject = read_number(json, "subject");
  voucher.memo = json.optional_text("memo", 1, ledger::kMostMemoBytes).value_or("");
  if (voucher.memo.size() > ledger::kMostMemoBytes) json.refuse("memo", "must have at most 1024 bytes");
  voucher.linked = json.optional_boolean("linked").value_or(false);
  return voucher;
}

Result<std::int64_t> owner_from_text(std::string_view text) {
  if (const auto number = parse_int(text); number && *number >= 0) return *number;
  const auto id = feiqian::detail::id_from_text(text.substr(0, text.find('_')), text);
  if (!id) return Error(errors::kValueInvalid, "must be an id or a number", "owner");
  return *id;
}

}  // namespace feiqian::api
