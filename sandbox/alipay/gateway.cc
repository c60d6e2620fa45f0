#include "sandbox/alipay/gateway.h"

#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/alipay/signing.h"
#include "sandbox/alipay/wallet_page.h"

namespace feiqian::sandbox::alipay {
namespace {

namespace json = codec::json;

/// `alipay.trade.query` → `alipay_trade_query_response`; without a usable method name, `error_response`.
std::string answer_key(std::string_view method) {
  std::string key(method);
  for (char& c : key) {
    if (c == '.') c = '_';
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return "error_response";
  }
  return key.empty() || key.size() > 128 ? "error_response" : key + "_response";
}

/// An absent biz_content is an empty one; nullopt when it is not a JSON object.
std::optional<json::object> biz_object(std::string_view text) {
  if (text.empty()) return json::object();
  auto value = codec::parse_json(text);
  if (!value || !value->is_object()) return std::nullopt;
  return value->get_object();
}

/// In which order a transport's faults are tried, and when they act.
constexpr std::array kBeforeExecution{FaultKind::TimeoutBeforeExecution, FaultKind::Http500, FaultKind::SystemError};
constexpr std::array kAfterExecution{FaultKind::TimeoutAfterExecution, FaultKind::BadSignature, FaultKind::Delay};

}  // namespace

Reply Gateway::handle(const net::HttpRequest& request) {
  const auto given = parameters_of(request);
  const auto parameters = given.value_or(Parameters());
  const auto* method = find_method(value_of(parameters, "method"));
  Executed executed;
  if (!given) {
    executed.answer = refuse(envelope::kParameterInvalid, "编码有误或参数重复");
  } else if (auto refusal = check(parameters, method)) {
    executed.answer = std::move(*refusal);
  } else if (auto biz = biz_object(value_of(parameters, "biz_content")); !biz) {
    executed.answer = refuse(envelope::kParameterInvalid, "biz_content不是JSON对象");
  } else {
    auto done = execute(parameters, *method, BizContent(std::move(*biz)));
    if (done) {
      executed = std::move(done).value();
    } else {
      log::error("sandbox.alipay_failed", {{"method", method->name}, {"error", done.error()}});
      executed.answer = refuse(kSystemError);
    }
  }
  log::info("sandbox.alipay_answered", {{"method", value_of(parameters, "method")},
                                        {"app_id", value_of(parameters, "app_id")},
                                        {"code", executed.answer.code},
                                        {"sub_code", executed.answer.sub_code},
                                        {"fault", executed.fault ? name_of(executed.fault->kind) : "none"}});
  surroundings_.notifications.pump();
  return method != nullptr && method->browser ? answer_browser(parameters, executed) : answer_api(parameters, executed);
}

std::optional<Answer> Gateway::check(const Parameters& parameters, const Method* method) {
  const auto missing = [&](std::string_view name) { return value_of(parameters, name).empty(); };
  if (missing("method")) return refuse(envelope::kMethodMissing);
  if (missing("app_id")) return refuse(envelope::kAppIdMissing);
  if (missing("sign_type")) return refuse(envelope::kSignTypeMissing);
  if (missing("sign")) return refuse(envelope::kSignatureMissing);
  if (missing("timestamp")) return refuse(envelope::kTimestampMissing);
  if (missing("version")) return refuse(envelope::kVersionMissing);
  if (value_of(parameters, "version") != "1.0") return refuse(envelope::kParameterInvalid, "version应为1.0");
  if (method == nullptr) return refuse(envelope::kMethodInvalid);
  if (!missing("format") && !equals_ignoring_case(value_of(parameters, "format"), "json"))
    return refuse(envelope::kFormatInvalid);
  if (!equals_ignoring_case(value_of(parameters, "charset"), "utf-8")) return refuse(envelope::kCharsetInvalid);
  if (value_of(parameters, "sign_type") != "RSA2") return refuse(envelope::kSignTypeInvalid);
  if (!from_china_time(value_of(parameters, "timestamp"))) return refuse(envelope::kTimestampInvalid);
  const auto key = keys_.app(std::string(value_of(parameters, "app_id")));
  if (key == nullptr) return refuse(envelope::kAppIdInvalid);
  if (!request_is_signed(parameters, *key)) {
    return refuse(envelope::kSignatureInvalid,
                  "网关生成的验签字符串为：" + html_escape(request_text(parameters, EmptyValues::Drop)));
  }
  for (const std::string_view name : {"notify_url", "return_url"}) {
    const auto url = value_of(parameters, name);
    if (url.empty()) continue;
    if (!net::Url::parse(url)) return refuse(envelope::kParameterInvalid, name);
    if (name == "notify_url" && !is_loopback_url(url))
      return refuse(envelope::kParameterInvalid, "沙箱只通知本机地址 notify_url");
  }
  return std::nullopt;
}

Result<Gateway::Executed> Gateway::execute(const Parameters& parameters, const Method& method, BizContent biz) {
  return surroundings_.database.transact([&]() -> Result<Executed> {
    TRY(trading_.settle_due());
    Executed executed;
    Call call{surroundings_, books_, trading_, method, parameters, biz, surroundings_.clock.now()};
    const auto out_trade_no = TRY(order_of(call));
    for (const auto kind : kBeforeExecution) {
      executed.fault = TRY(surroundings_.faults.draw(kind, method.name, out_trade_no));
      if (!executed.fault) continue;
      executed.answer = refuse(kSystemError);
      return executed;
    }
    executed.answer = TRY(method.run(call));
    for (const auto kind : kAfterExecution) {
      executed.fault = TRY(surroundings_.faults.draw(kind, method.name, out_trade_no));
      if (executed.fault) break;
    }
    return executed;
  });
}

namespace {

/// The faults that are not in the answer's text.
Reply with_transport_fault(net::HttpResponse response, const std::optional<FaultRule>& fault) {
  Reply reply{std::move(response), 0, false};
  if (!fault) return reply;
  if (fault->kind == FaultKind::Http500) reply.response = {500, {}, "Internal Server Error"};
  if (fault->kind == FaultKind::Delay) reply.delay_ms = fault->delay_ms;
  reply.withheld = fault->kind == FaultKind::TimeoutBeforeExecution || fault->kind == FaultKind::TimeoutAfterExecution;
  return reply;
}

}  // namespace

Reply Gateway::answer_api(const Parameters& parameters, const Executed& executed) {
  const bool wrongly = executed.fault && executed.fault->kind == FaultKind::BadSignature;
  net::HttpResponse response;
  // The provider says text/html; the policy keeps a browser from taking it for a page.
  response.headers.add("Content-Type", "text/html;charset=utf-8");
  response.headers.add("Content-Security-Policy", "default-src 'none'; sandbox");
  response.headers.add("trace_id", to_hex(surroundings_.random.bytes(16)));
  response.body =
      signed_answer(answer_key(value_of(parameters, "method")), to_json(executed.answer), keys_.provider(), wrongly);
  return with_transport_fault(std::move(response), executed.fault);
}

Reply Gateway::answer_browser(const Parameters& parameters, const Executed& executed) {
  if (!executed.answer.location.empty()) {
    net::HttpResponse response{302, {}, ""};
    response.headers.add("Location", executed.answer.location);
    return with_transport_fault(std::move(response), executed.fault);
  }
  return with_transport_fault(error_page(executed.answer, value_of(parameters, "app_id")), executed.fault);
}

}  // namespace feiqian::sandbox::alipay
