#include "sandbox/wechatpay/gateway.h"

#include <array>
#include <cstdlib>

#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/wechatpay/signing.h"

namespace feiqian::sandbox::wechatpay {
namespace {

namespace json = codec::json;

constexpr std::int64_t kTimeWindowS = 300;

/// In which order a transport's faults are tried, and when they act.
constexpr std::array kBeforeExecution{FaultKind::TimeoutBeforeExecution, FaultKind::Http500, FaultKind::SystemError};
constexpr std::array kAfterExecution{FaultKind::TimeoutAfterExecution, FaultKind::BadSignature, FaultKind::Delay};

/// nullopt when it is not a JSON object; an absent body is an empty one.
std::optional<json::object> body_object(const net::HttpRequest& request) {
  if (request.method != "POST" || request.body.empty()) return json::object();
  auto value = codec::parse_json(request.body);
  if (!value || !value->is_object()) return std::nullopt;
  return value->get_object();
}

/// Of the query alone: a body is JSON here.
std::optional<Parameters> query_of(const net::HttpRequest& request) {
  net::HttpRequest without_body;
  without_body.method = "GET";
  without_body.query = request.query;
  return parameters_of(without_body);
}

bool is_in_time(std::string_view timestamp, Timestamp now) {
  const auto seconds = parse_int(timestamp);
  return seconds && *seconds > 0 && *seconds <= 100'000'000'000 && std::abs(*seconds - now.unix_s()) <= kTimeWindowS;
}

}  // namespace

Reply Gateway::handle(const net::HttpRequest& request) {
  const auto route = find_route(request.method, request.path);
  const auto executed = answer(request, route);
  log::info("sandbox.wechatpay_answered", {{"method", request.method},
                                           {"path", request.path},
                                           {"status", executed.answer.status},
                                           {"code", executed.answer.code()},
                                           {"fault", executed.fault ? name_of(executed.fault->kind) : "none"}});
  surroundings_.notifications.pump();
  return reply(request, executed);
}

Gateway::Executed Gateway::answer(const net::HttpRequest& request, const Route& route) {
  Executed refused;
  const auto refuse_with = [&](const Refusal& refusal) {
    refused.answer = refuse(refusal);
    return refused;
  };
  if (route.method == nullptr) return refuse_with(route.other_verb ? kMethodNotAllowed : kNotFound);
  const auto credentials = credentials_of(request.headers.get("Authorization"));
  if (!credentials) return refuse_with(kNoAuthorization);
  const auto account = keys_.account(credentials->mchid);
  if (account == nullptr) return refuse_with(kUnknownMerchant);
  refused.known_caller = true;
  if (credentials->serial_no != account->serial_no) return refuse_with(kUnknownSerial);
  if (!is_in_time(credentials->timestamp, surroundings_.clock.now())) return refuse_with(kStale);
  if (!request_is_signed(request, *credentials, account->key)) return refuse_with(kWrongSignature);
  const auto body = body_object(request);
  if (!body) return refuse_with(kNoJson);
  const auto query = query_of(request);
  if (!query) return refuse_with(kParameter);
  auto executed = execute(route, *account, *body, *query);
  if (executed) return std::move(executed).value();
  log::error("sandbox.wechatpay_failed", {{"method", route.method->name}, {"error", executed.error()}});
  return refuse_with(kSystemError);
}

Result<Gateway::Executed> Gateway::execute(const Route& route, const Account& account, const json::object& body,
                                           const Parameters& query) {
  return surroundings_.database.transact([&]() -> Result<Executed> {
    TRY(trading_.settle_due());
    Executed executed;
    executed.known_caller = true;
    Call call{surroundings_, books_, trading_, keys_,        account,
              *route.method, body,   query,    route.number, surroundings_.clock.now()};
    const auto out_trade_no = TRY(order_of(call));
    for (const auto kind : kBeforeExecution) {
      executed.fault = TRY(surroundings_.faults.draw(kind, route.method->name, out_trade_no));
      if (!executed.fault) continue;
      executed.answer = refuse(kSystemError);
      return executed;
    }
    executed.answer = TRY(route.method->run(call));
    for (const auto kind : kAfterExecution) {
      executed.fault = TRY(surroundings_.faults.draw(kind, route.method->name, out_trade_no));
      if (executed.fault) break;
    }
    return executed;
  });
}

Reply Gateway::reply(const net::HttpRequest& request, const Executed& executed) {
  const auto& answer = executed.answer;
  net::HttpResponse response;
  response.status = answer.status;
  response.headers.add("Request-ID", to_hex(surroundings_.random.bytes(16)));
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Content-Type-Options", "nosniff");
  if (answer.is_file) {
    response.headers.add("Content-Type", "application/octet-stream");
    response.body = answer.file;
  } else {
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    if (answer.status != 204) response.body = json::serialize(answer.body);
    const bool wrongly = executed.fault && executed.fault->kind == FaultKind::BadSignature;
    if (executed.known_caller) {
      sign(response.headers, response.body, *keys_.signing(request.headers.get("Wechatpay-Serial")),
           surroundings_.clock.now(), surroundings_.random, wrongly);
    }
  }
  Reply reply{std::move(response), 0, false};
  if (!executed.fault) return reply;
  const auto& fault = *executed.fault;
  if (fault.kind == FaultKind::Http500) reply.response = {500, {}, "Internal Server Error"};
  if (fault.kind == FaultKind::Delay) reply.delay_ms = fault.delay_ms;
  reply.withheld = fault.kind == FaultKind::TimeoutBeforeExecution || fault.kind == FaultKind::TimeoutAfterExecution;
  return reply;
}

}  // namespace feiqian::sandbox::wechatpay
