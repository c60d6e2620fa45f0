#include "sandbox/unionpay/gateway.h"

#include <array>

#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/unionpay/pages.h"
#include "sandbox/unionpay/signing.h"

namespace feiqian::sandbox::unionpay {
namespace {

/// In which order a transport's faults are tried, and when they act.
constexpr std::array kBeforeExecution{FaultKind::TimeoutBeforeExecution, FaultKind::Http500, FaultKind::SystemError};
constexpr std::array kAfterExecution{FaultKind::TimeoutAfterExecution, FaultKind::BadSignature, FaultKind::Delay};

/// What every answer repeats of its request.
constexpr std::array kRepeated{"version",    "encoding", "signMethod", "txnType", "txnSubType", "bizType",
                               "accessType", "merId",    "orderId",    "txnTime", "reqReserved"};

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

Reply Gateway::handle(const std::string& service, const net::HttpRequest& request) {
  const auto given = parameters_of(request);
  const auto fields = given.value_or(Parameters());
  const auto* operation = find_operation(service, fields);
  const auto merchant = keys_.merchant(std::string(value_of(fields, "merId")));
  Executed executed;
  if (!given) {
    executed.answer = refuse(kFormat);
  } else if (const auto refusal = check(fields, operation, merchant.get())) {
    executed.answer = refuse(*refusal);
  } else if (auto done = execute(fields, *operation)) {
    executed = std::move(done).value();
  } else {
    log::error("sandbox.unionpay_failed", {{"operation", operation->name}, {"error", done.error()}});
    executed.answer = refuse(kBusy);
  }
  log::info("sandbox.unionpay_answered", {{"operation", operation != nullptr ? operation->name : service},
                                          {"merchant", value_of(fields, "merId")},
                                          {"order_id", value_of(fields, "orderId")},
                                          {"code", executed.answer.code.code},
                                          {"fault", executed.fault ? name_of(executed.fault->kind) : "none"}});
  surroundings_.notifications.pump();
  if (service != "frontTransReq.do")
    return with_transport_fault(answer_api(fields, executed, merchant.get()), executed.fault);
  if (executed.answer.location.empty()) return with_transport_fault(error_page(executed.answer.code), executed.fault);
  return with_transport_fault(see_other(executed.answer.location), executed.fault);
}

std::optional<Code> Gateway::check(const Parameters& fields, const Operation* operation,
                                   const MerchantKeys* merchant) const {
  for (const char* name :
       {"version", "signMethod", "txnType", "txnSubType", "bizType", "accessType", "merId", "signature"}) {
    if (value_of(fields, name).empty()) return kMissing;
  }
  const auto encoding = value_of(fields, "encoding");
  if (value_of(fields, "version") != "5.1.0" || (!encoding.empty() && !equals_ignoring_case(encoding, "UTF-8")))
    return kFormat;
  if (merchant == nullptr) return kMerchant;
  if (!request_is_signed(fields, *merchant)) return kSignature;
  if (operation == nullptr) return kNoPermission;
  const auto url = value_of(fields, "backUrl");
  // The sandbox notifies this machine only; an address elsewhere means that nobody listens.
  if (!url.empty() && !net::Url::parse(url)) return kFormat;
  return std::nullopt;
}

Result<Gateway::Executed> Gateway::execute(const Parameters& fields, const Operation& operation) {
  return surroundings_.database.transact([&]() -> Result<Executed> {
    TRY(trading_.settle_due());
    Executed executed;
    const auto order_id = value_of(fields, "orderId");
    for (const auto kind : kBeforeExecution) {
      executed.fault = TRY(surroundings_.faults.draw(kind, operation.name, order_id));
      if (!executed.fault) continue;
      executed.answer = refuse(kBusy);
      return executed;
    }
    Call call{surroundings_, books_, trading_, operation, fields, surroundings_.clock.now()};
    executed.answer = TRY(operation.run(call));
    for (const auto kind : kAfterExecution) {
      executed.fault = TRY(surroundings_.faults.draw(kind, operation.name, order_id));
      if (executed.fault) break;
    }
    return executed;
  });
}

net::HttpResponse Gateway::answer_api(const Parameters& fields, const Executed& executed,
                                      const MerchantKeys* merchant) const {
  auto told = executed.answer.fields;
  // What the operation says of another order (a query's) stands; the rest repeats the request.
  for (const char* name : kRepeated) told.emplace(name, value_of(fields, name));
  told["respCode"] = executed.answer.code.code;
  told["respMsg"] = executed.answer.code.words;
  sign(told, keys_, merchant, executed.fault && executed.fault->kind == FaultKind::BadSignature);
  net::HttpResponse response;
  // The provider says text/html; the policy keeps a browser from taking it for a page.
  response.headers.add("Content-Type", "text/html;charset=UTF-8");
  response.headers.add("Content-Security-Policy", "default-src 'none'; sandbox");
  response.body = answer_text(told);
  return response;
}

}  // namespace feiqian::sandbox::unionpay
