#include "sandbox/steering.h"

#include <algorithm>

#include "foundation/text.h"
#include "sandbox/steering_page.h"

namespace feiqian::sandbox {
namespace {

constexpr std::string_view kPurpose = "steering";
constexpr std::int64_t kMostShown = 50;

/// A form's fields as the JSON of the control interface; what is empty or not a number there is refused by its reader.
std::string fault_json(const Parameters& form) {
  codec::json::object object;
  for (const std::string_view name : {"kind", "method", "out_trade_no"}) {
    if (const auto value = value_of(form, name); !value.empty()) object[name] = value;
  }
  for (const std::string_view name : {"times", "delay_ms", "minor"}) {
    const auto value = value_of(form, name);
    if (value.empty()) continue;
    if (const auto number = parse_int(value)) {
      object[name] = *number;
    } else {
      object[name] = value;
    }
  }
  if (const auto rate = value_of(form, "rate"); !rate.empty()) {
    const auto number = codec::parse_json(rate);
    object["rate"] = number ? number.value() : codec::json::value(rate);
  }
  return codec::json::serialize(object);
}

}  // namespace

net::HttpResponse Steering::handle(const net::HttpRequest& request) {
  const auto parameters = parameters_of(request).value_or(Parameters());
  const auto language = language_of(value_of(parameters, "lang"));
  if (request.path == "/steer/login" && request.method == "POST") return log_in(parameters);
  if (request.path != "/" && !request.path.starts_with("/steer/"))
    return problem_response(Error(errors::kPageNotFound));
  if (request.method != (request.path == "/" ? "GET" : "POST"))
    return problem_response(Error(errors::kMethodNotAllowed));
  if (!access_.has_session(request)) return html_response(request.path == "/" ? 200 : 401, login_page(language, false));
  std::string message;
  if (request.path != "/") {
    if (!form_tokens_.redeem(value_of(parameters, "form_token"), kPurpose)) {
      message = language == Language::English ? "The page had expired; nothing was done." : "页面已过期，未执行操作。";
    } else {
      const auto done = act(request.path, parameters);
      message = done ? done.value() : done.error().text();
    }
  }
  auto page = overview(language, message);
  return page ? std::move(page).value() : problem_response(page.error());
}

net::HttpResponse Steering::log_in(const Parameters& form) {
  const auto language = language_of(value_of(form, "lang"));
  const auto session = access_.log_in(trim(value_of(form, "token")));
  if (session.empty()) return html_response(401, login_page(language, true));
  auto response = see_other(language == Language::English ? "/?lang=en" : "/");
  response.headers.add("Set-Cookie",
                       std::string(Access::kCookie) + "=" + session + "; Path=/; HttpOnly; SameSite=Strict");
  return response;
}

Result<std::string> Steering::act(std::string_view path, const Parameters& form) {
  auto& database = surroundings_.database;
  auto& faults = surroundings_.faults;
  if (path == "/steer/pay") {
    const auto trade =
        TRY(control_.pay(std::string(value_of(form, "out_trade_no")), std::string(value_of(form, "payer"))));
    return trade.out_trade_no + ": " + trade.state;
  }
  if (path == "/steer/faults") {
    const auto rule = TRY(fault_from_json(fault_json(form)));
    TRY(database.transact([&] { return faults.add(rule); }));
    return std::string(name_of(rule.kind)) + " ✓";
  }
  if (path == "/steer/faults/remove") {
    const auto id = parse_int(value_of(form, "id")).value_or(0);
    TRY(database.transact([&] { return faults.remove(id); }));
    return "✓ " + std::to_string(id);
  }
  if (path == "/steer/flush") {
    surroundings_.notifications.flush([] {});
    return std::string("✓");
  }
  return Error(errors::kPageNotFound);
}

Result<net::HttpResponse> Steering::overview(Language language, std::string_view message) {
  Overview overview;
  overview.language = language;
  overview.form_token = form_tokens_.issue(kPurpose);
  overview.message = message;
  overview.trades = TRY(control_.trades(""));
  // Of several channels: the newest of all first.
  std::stable_sort(overview.trades.begin(), overview.trades.end(),
                   [](const TradeView& a, const TradeView& b) { return a.created_at > b.created_at; });
  if (overview.trades.size() > kMostShown) overview.trades.resize(kMostShown);
  TRY(surroundings_.database.transact([&]() -> Result<void> {
    overview.notifications = TRY(surroundings_.notifications.list(kMostShown));
    overview.faults = TRY(surroundings_.faults.list());
    return {};
  }));
  return html_response(200, overview_page(overview));
}

}  // namespace feiqian::sandbox
