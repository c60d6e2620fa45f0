#include "sandbox/control.h"

#include "foundation/text.h"
#include "sandbox/web.h"

namespace feiqian::sandbox {
namespace {

namespace json = codec::json;

constexpr std::int64_t kMostListed = 1000;

}  // namespace

void Control::handle(const net::HttpRequest& request, const Answer& reply) {
  if (!access_.is_control(request)) {
    reply(problem_response(Error(errors::kControlUnauthenticated)));
    return;
  }
  if (request.path == "/control/notifications/flush" && request.method == "POST") {
    surroundings_.notifications.flush([this, reply] {
      auto listed = answer_notifications();
      reply(listed ? std::move(listed).value() : problem_response(listed.error()));
    });
    return;
  }
  auto response = answer(request);
  reply(response ? std::move(response).value() : problem_response(response.error()));
}

Result<net::HttpResponse> Control::answer(const net::HttpRequest& request) {
  const auto& path = request.path;
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (path == "/control/faults" || path.starts_with("/control/faults/")) return answer_faults(request);
  if (path == "/control/trades") return get ? answer_trades(request) : Error(errors::kMethodNotAllowed);
  if (const auto order = segment_after(path, "/control/trades/", "/pay"))
    return post ? answer_pay(*order, request) : Error(errors::kMethodNotAllowed);
  if (path == "/control/auth-codes") return post ? answer_auth_code(request) : Error(errors::kMethodNotAllowed);
  if (path == "/control/notifications") return get ? answer_notifications() : Error(errors::kMethodNotAllowed);
  if (path == "/control/notifications/flush") return Error(errors::kMethodNotAllowed);
  if (path == "/control/reset") return post ? answer_reset() : Error(errors::kMethodNotAllowed);
  for (auto* counterparty : counterparties_) {
    const auto own = "/control/" + std::string(counterparty->name()) + "/";
    if (path.starts_with(own)) return counterparty->control(request, std::string_view(path).substr(own.size()));
  }
  return Error(errors::kPageNotFound);
}

Result<net::HttpResponse> Control::answer_faults(const net::HttpRequest& request) {
  auto& database = surroundings_.database;
  auto& faults = surroundings_.faults;
  if (const auto id = segment_after(request.path, "/control/faults/")) {
    if (request.method != "DELETE") return Error(errors::kMethodNotAllowed);
    const auto number = parse_int(*id);
    if (!number) return Error(errors::kFaultNotFound);
    TRY(database.transact([&] { return faults.remove(*number); }));
    return net::HttpResponse{204, {}, ""};
  }
  if (request.path != "/control/faults") return Error(errors::kPageNotFound);
  if (request.method == "POST") {
    const auto rule = TRY(fault_from_json(request.body));
    const auto added = TRY(database.transact([&] { return faults.add(rule); }));
    return json_response(201, to_json(added));
  }
  if (request.method == "DELETE") {
    TRY(database.transact([&] { return faults.clear(); }));
    return net::HttpResponse{204, {}, ""};
  }
  if (request.method != "GET") return Error(errors::kMethodNotAllowed);
  json::array listed;
  for (const auto& rule : TRY(database.transact([&] { return faults.list(); }))) listed.push_back(to_json(rule));
  return json_response(200, json::object{{"faults", std::move(listed)}});
}

Result<std::vector<TradeView>> Control::trades(const std::string& out_trade_no, const std::string& older_than,
                                               std::string_view channel) {
  std::vector<TradeView> all;
  for (auto* counterparty : counterparties_) {
    if (!channel.empty() && counterparty->name() != channel) continue;
    for (auto& trade : TRY(counterparty->trades(out_trade_no, kMostListed, older_than)))
      all.push_back(std::move(trade));
  }
  return all;
}

Result<json::object> Control::trade_json(const TradeView& trade) {
  json::array refunds;
  for (const auto& refund : trade.refunds) {
    refunds.push_back(json::object{
        {"out_request_no", refund.out_request_no}, {"amount_minor", refund.amount_minor}, {"state", refund.state}});
  }
  json::array notifications;
  json::value notify;  // of the payment, the newest
  for (const auto& sent :
       TRY(surroundings_.database.transact([&] { return surroundings_.notifications.of_trade(trade.trade_no); }))) {
    notifications.push_back(to_json(sent));
    if (sent.about == "payment") notify = to_json(sent);
  }
  return json::object{{"channel", trade.channel},
                      {"app_id", trade.app_id},
                      {"out_trade_no", trade.out_trade_no},
                      {"trade_no", trade.trade_no},
                      {"state", trade.state},
                      {"total_minor", trade.total_minor},
                      {"refunded_minor", trade.refunded_minor},
                      {"buyer", trade.buyer},
                      {"subject", trade.subject},
                      {"created_at", trade.created_at},
                      {"notify", std::move(notify)},
                      {"notifications", std::move(notifications)},
                      {"refunds", std::move(refunds)}};
}

Result<net::HttpResponse> Control::answer_trades(const net::HttpRequest& request) {
  const auto parameters = parameters_of(request).value_or(Parameters());
  json::array listed;
  for (const auto& trade :
       TRY(trades(std::string(value_of(parameters, "out_trade_no")), std::string(value_of(parameters, "older_than")),
                  value_of(parameters, "channel"))))
    listed.push_back(TRY(trade_json(trade)));
  return json_response(200, json::object{{"trades", std::move(listed)}});
}

Result<TradeView> Control::pay(const std::string& out_trade_no, const std::string& payer) {
  for (auto* counterparty : counterparties_) {
    auto paid = counterparty->pay(out_trade_no, payer);
    if (paid || !paid.error().is(errors::kTradeNotFound)) return paid;
  }
  return Error(errors::kTradeNotFound);
}

Result<net::HttpResponse> Control::answer_pay(const std::string& out_trade_no, const net::HttpRequest& request) {
  auto reader = TRY(codec::JsonReader::parse(request.body.empty() ? "{}" : std::string_view(request.body)));
  const auto payer = reader.optional_text("payer", 1, 16).value_or("");
  TRY(reader.finish());
  const auto trade = TRY(pay(out_trade_no, payer));
  return json_response(200, json::object{{"trade", TRY(trade_json(trade))}});
}

Result<net::HttpResponse> Control::answer_auth_code(const net::HttpRequest& request) {
  auto reader = TRY(codec::JsonReader::parse(request.body.empty() ? "{}" : std::string_view(request.body)));
  const auto payer = reader.optional_text("payer", 1, 16).value_or("rich");
  const auto channel = reader.optional_text("channel", 1, 16).value_or(std::string(counterparties_.front()->name()));
  TRY(reader.finish());
  for (auto* counterparty : counterparties_) {
    if (counterparty->name() == channel)
      return json_response(201, json::object{{"auth_code", TRY(counterparty->issue_auth_code(payer))}});
  }
  return Error(errors::kFieldInvalid, "is not a channel of the sandbox", "channel");
}

Result<net::HttpResponse> Control::answer_notifications() {
  json::array listed;
  for (const auto& sent :
       TRY(surroundings_.database.transact([&] { return surroundings_.notifications.list(kMostListed); }))) {
    listed.push_back(to_json(sent));
  }
  return json_response(200, json::object{{"notifications", std::move(listed)}});
}

Result<net::HttpResponse> Control::answer_reset() {
  for (auto* counterparty : counterparties_) TRY(counterparty->reset());
  TRY(surroundings_.database.transact([&]() -> Result<void> {
    TRY(surroundings_.notifications.forget_everything());
    return surroundings_.faults.clear();
  }));
  return net::HttpResponse{204, {}, ""};
}

}  // namespace feiqian::sandbox
