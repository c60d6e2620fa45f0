#include "api/ledger_reads.h"

#include <algorithm>
#include <array>

#include "api/errors.h"
#include "api/ledger_json.h"
#include "foundation/text.h"
#include "ledger/search.h"

namespace feiqian::api {
namespace {

namespace json = boost::json;
using Operator = store::Selection::Condition::Operator;
using ledger::AccountId;
using ledger::AccountRow;

constexpr std::int64_t kDefaultRows = 20;
constexpr std::int64_t kMostRows = 1000;

const std::string* find(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? nullptr : &found->second;
}

Result<std::int64_t> integer(const Parameters& parameters, std::string_view name, std::int64_t fallback,
                             std::int64_t least, std::int64_t most) {
  const auto* text = find(parameters, name);
  if (text == nullptr) return fallback;
  const auto number = parse_int(*text);
  if (!number || *number < least || *number > most)
    return Error(errors::kQueryInvalid,
                 "must be an integer from " + std::to_string(least) + " to " + std::to_string(most), std::string(name));
  return *number;
}

/// `name`, a time, or `name_date`, a day.
Result<Date> day(const Parameters& parameters, std::string_view name) {
  const auto* text = find(parameters, name);
  if (text == nullptr) return Date();
  const auto date = date_from_text(*text);
  if (!date) return Error(errors::kQueryInvalid, "must be a day, yyyy-mm-dd", std::string(name));
  return *date;
}

Result<Timestamp> time(const Parameters& parameters, std::string_view name, Timestamp fallback) {
  const auto* text = find(parameters, name);
  if (text == nullptr) return fallback;
  const auto at = from_rfc3339(*text);
  if (!at) return Error(errors::kQueryInvalid, "must be a time of RFC 3339", std::string(name));
  return *at;
}

/// `at`: everything posted before; `date`: up to the end of the day. Nothing: now.
Result<Timestamp> moment(const Parameters& parameters) {
  const auto date = TRY(day(parameters, "date"));
  if (date && find(parameters, "at") != nullptr)
    return Error(errors::kQueryInvalid, "at and date are alternatives", "at");
  return date ? ledger::end_of(date) : TRY(time(parameters, "at", ledger::kEndOfTime));
}

struct Span {
  Timestamp from;
  Timestamp to = ledger::kEndOfTime;
};
/// `from`, `to`: times; `from_date`, `to_date`: accounting dates, both inclusive.
Result<Span> span_of(const Parameters& parameters) {
  Span span{TRY(time(parameters, "from", Timestamp())), TRY(time(parameters, "to", ledger::kEndOfTime))};
  const auto first = TRY(day(parameters, "from_date"));
  const auto last = TRY(day(parameters, "to_date"));
  if (first) span.from = std::max(span.from, ledger::end_of(ledger::day_before(first)));
  if (last) span.to = std::min(span.to, ledger::end_of(last));
  return span;
}

std::string_view cursor_of(const Parameters& parameters) {
  const auto* cursor = find(parameters, "cursor");
  return cursor == nullptr ? std::string_view() : std::string_view(*cursor);
}

Result<void> check_sees_all(LedgerEyes eyes, const char* what) {
  if (eyes == nullptr || (eyes->codes == "*" && eyes->owner == 0)) return {};
  return Error(errors::kLedgerForbidden, std::string(what) + " is for clients of all codes and owners");
}

/// The account of the path or query, if the eyes may see it.
Result<AccountRow> account_row(store::Reader& reader, std::string_view text, LedgerEyes eyes, const char* field) {
  const auto id = AccountId::parse(text);
  if (!id) return Error(errors::kAccountNotFound, std::string(text), field);
  auto row = TRY(store::Query(ledger::kAccounts).equal<&AccountRow::id>(*id).first(reader));
  if (!row) return Error(errors::kAccountNotFound, std::string(text), field);
  if (eyes != nullptr && !eyes->may_touch(row->code, row->owner))
    return Error(errors::kLedgerForbidden, id->text(), field);
  return *row;
}

Result<json::object> with_balance(store::Reader& reader, const AccountRow& account) {
  const auto balance = TRY(store::Query(ledger::kBalances).equal<&ledger::BalanceRow::id>(account.id).first(reader));
  return to_json(account, balance.value_or(ledger::BalanceRow{account.id}));
}

Result<json::object> read_account_row(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  return with_balance(reader, TRY(account_row(reader, *find(parameters, "id"), eyes, "id")));
}

json::value next_or_null(const std::string& next) {
  return next.empty() ? json::value() : json::value(next);
}

Result<json::object> read_accounts(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  const auto limit = TRY(integer(parameters, "limit", kDefaultRows, 1, kMostRows));
  store::Query query(ledger::kAccounts);
  query.limit(limit + 1);
  if (find(parameters, "code") != nullptr)
    query.equal<&AccountRow::code>(static_cast<std::int32_t>(TRY(integer(parameters, "code", 0, 1000, 9999))));
  if (const auto* owner = find(parameters, "owner")) query.equal<&AccountRow::owner>(TRY(owner_from_text(*owner)));
  if (const auto* currency = find(parameters, "currency"))
    query.equal<&AccountRow::currency>(TRY(money::Currency::parse(*currency)));
  if (const auto* cursor = find(parameters, "cursor")) {
    const auto before = AccountId::parse(*cursor);
    if (!before) return Error(errors::kQueryInvalid, "is not a cursor of this list", "cursor");
    query.where<&AccountRow::id>(Operator::Less, *before);
  }
  auto rows = TRY(query.run(reader));
  std::string next;
  if (static_cast<std::int64_t>(rows.size()) > limit) {
    rows.pop_back();
    next = rows.back().id.text();
  }
  json::array data;
  for (const auto& row : rows) {
    // What may not be seen is left out; a page may then be short.
    if (eyes == nullptr || eyes->may_touch(row.code, row.owner)) data.push_back(TRY(with_balance(reader, row)));
  }
  return json::object{{"data", std::move(data)}, {"next_cursor", next_or_null(next)}};
}

Result<json::object> read_balance(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  const auto account = TRY(account_row(reader, *find(parameters, "id"), eyes, "id"));
  const auto before = TRY(moment(parameters));
  const auto balance = TRY(ledger::balance_at(reader, account, before));
  return json::object{{"account", account.id.text()},
                      {"currency", account.currency.code()},
                      {"before", to_rfc3339(before)},
                      {"balance_minor", balance}};
}

Result<json::object> read_entries(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  const auto account = TRY(account_row(reader, *find(parameters, "id"), eyes, "id"));
  const auto span = TRY(span_of(parameters));
  const auto limit = TRY(integer(parameters, "limit", kDefaultRows, 1, kMostRows));
  const auto page = TRY(ledger::search_entries(reader, account, span.from, span.to, cursor_of(parameters),
                                               static_cast<std::size_t>(limit)));
  json::array data;
  for (const auto& entry : page.entries) data.push_back(to_json(entry));
  return json::object{{"data", std::move(data)}, {"next_cursor", next_or_null(page.next)}};
}

Result<ledger::VoucherFilter> filter_of(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  ledger::VoucherFilter filter;
  const auto span = TRY(span_of(parameters));
  filter.from = span.from;
  filter.to = span.to;
  if (const auto* account = find(parameters, "account")) {
    filter.account = TRY(account_row(reader, *account, eyes, "account")).id;
  } else {
    TRY(check_sees_all(eyes, "a search without an account"));
  }
  if (const auto* event = find(parameters, "event")) filter.event = *event;
  if (const auto* memo = find(parameters, "memo")) filter.memo = *memo;
  if (const auto* subject = find(parameters, "subject")) {
    const auto number = owner_from_text(*subject);
    if (!number) return Error(errors::kQueryInvalid, "must be an id or a number", "subject");
    filter.subject = *number;
  }
  filter.least_minor = TRY(integer(parameters, "least_minor", 0, 0, INT64_MAX));
  filter.most_minor = TRY(integer(parameters, "most_minor", INT64_MAX, 0, INT64_MAX));
  return filter;
}

Result<json::object> read_vouchers(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  const auto filter = TRY(filter_of(reader, parameters, eyes));
  const auto limit = TRY(integer(parameters, "limit", kDefaultRows, 1, kMostRows));
  const auto page =
      TRY(ledger::search_vouchers(reader, filter, cursor_of(parameters), static_cast<std::size_t>(limit)));
  json::array data;
  for (const auto& voucher : page.vouchers) data.push_back(to_json(voucher));
  return json::object{{"data", std::move(data)}, {"next_cursor", next_or_null(page.next)}};
}

Result<json::object> read_voucher_row(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  const auto id = ledger::VoucherId::parse(*find(parameters, "id"));
  if (!id) return Error(errors::kVoucherNotFound, *find(parameters, "id"), "id");
  const auto voucher = TRY(ledger::find_voucher(reader, *id));
  for (const auto& line : voucher.lines) TRY(account_row(reader, line.account.text(), eyes, "id"));
  return to_json(voucher);
}

Result<json::object> read_hold(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  const auto id = ledger::HoldId::parse(*find(parameters, "id"));
  if (!id) return Error(errors::kHoldNotFound, *find(parameters, "id"), "id");
  const auto hold = TRY(store::Query(ledger::kHolds).equal<&ledger::HoldRow::id>(*id).first(reader));
  if (!hold) return Error(errors::kHoldNotFound, id->text(), "id");
  TRY(account_row(reader, hold->account.text(), eyes, "id"));
  return to_json(*hold);
}

Result<json::object> read_trial_balance(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  TRY(check_sees_all(eyes, "the trial balance"));
  const auto before = TRY(moment(parameters));
  auto body = before == ledger::kEndOfTime ? to_json(TRY(ledger::trial_balance(reader)))
                                           : to_json(TRY(ledger::trial_balance_at(reader, before)));
  if (before != ledger::kEndOfTime) body["before"] = to_rfc3339(before);
  return body;
}

Result<json::object> read_sub_ledgers(store::Reader& reader, const Parameters&, LedgerEyes eyes) {
  TRY(check_sees_all(eyes, "the sub-ledgers"));
  json::array data;
  bool agree = true;
  for (const auto& sums : TRY(ledger::sub_ledgers(reader))) {
    agree = agree && sums.agrees();
    data.push_back(to_json(sums));
  }
  return json::object{{"agree", agree}, {"data", std::move(data)}};
}

Result<json::object> read_fx(store::Reader& reader, const Parameters& parameters, LedgerEyes eyes) {
  TRY(check_sees_all(eyes, "the position"));
  json::array data;
  for (const auto& position : TRY(ledger::fx_positions(reader, TRY(moment(parameters)))))
    data.push_back(to_json(position));
  return json::object{{"data", std::move(data)}};
}

}  // namespace

std::span<const LedgerRead> ledger_reads() {
  static const auto kReads = std::to_array<LedgerRead>({
      {"accounts",
       "/accounts",
       "Accounts, the newest first",
       {"code", "owner", "currency", "limit", "cursor"},
       read_accounts},
      {"account", "/accounts/{id}", "An account with its balance", {"id"}, read_account_row},
      {"balance",
       "/accounts/{id}/balance",
       "The balance of an account at a moment",
       {"id", "at", "date"},
       read_balance},
      {"entries",
       "/accounts/{id}/entries",
       "Entries of an account, the newest first",
       {"id", "from", "to", "from_date", "to_date", "limit", "cursor"},
       read_entries},
      {"vouchers",
       "/vouchers",
       "Vouchers, the newest first",
       {"account", "event", "subject", "memo", "least_minor", "most_minor", "from", "to", "from_date", "to_date",
        "limit", "cursor"},
       read_vouchers},
      {"voucher", "/vouchers/{id}", "One voucher", {"id"}, read_voucher_row},
      {"show-hold", "/holds/{id}", "One hold", {"id"}, read_hold},
      {"trial-balance", "/trial-balance", "The trial balance, now or at a moment", {"at", "date"}, read_trial_balance},
      {"sub-ledgers", "/sub-ledgers", "Sums of accounts beside the general ledger", {}, read_sub_ledgers},
      {"fx-positions", "/fx-positions", "Open positions per currency", {"at", "date"}, read_fx},
  });
  return kReads;
}

}  // namespace feiqian::api
