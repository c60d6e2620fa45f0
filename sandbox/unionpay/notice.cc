#include "sandbox/unionpay/notice.h"

#include <fmt/format.h>

#include "foundation/text.h"
#include "sandbox/unionpay/codes.h"
#include "sandbox/unionpay/signing.h"

namespace feiqian::sandbox::unionpay {
namespace {

constexpr std::int64_t kMerchantAnswersMs = 10000;

}  // namespace

Parameters outcome_fields(const Order& order) {
  Parameters fields;
  for (const char* name : {"version", "encoding", "signMethod", "txnType", "txnSubType", "bizType", "accessType",
                           "merId", "orderId", "txnTime", "txnAmt", "currencyCode", "reqReserved", "origQryId"}) {
    fields[name] = order.field(name);
  }
  const auto at = txn_time_of(order.ended_at ? order.ended_at : order.created_at);
  fields["queryId"] = order.query_id;
  fields["respCode"] = kDone.code;
  fields["respMsg"] = kDone.words;
  fields["settleAmt"] = std::to_string(order.amount_minor);
  fields["settleCurrencyCode"] = "156";
  fields["settleDate"] = fmt::format("{:04}", settlement_day(order.ended_at).yyyymmdd % 10000);
  fields["traceNo"] = order.query_id.substr(order.query_id.size() - 6);
  fields["traceTime"] = at.substr(4);
  fields["accNo"] = order.payer ? row_of(*order.payer).card : std::string_view();
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  return fields;
}

Notification notice_of(const Order& order, std::string about) {
  Notification notice;
  notice.channel = kChannel;
  notice.trade_no = order.is_payment() ? order.query_id : order.original;
  notice.out_trade_no = order.order_id;
  notice.method = order.operation;
  notice.about = std::move(about);
  notice.url = order.field("backUrl");
  const auto fields = outcome_fields(order);
  notice.fields = {fields.begin(), fields.end()};
  return notice;
}

net::ClientRequest NoticeFormat::compose(const Notification& notification, const Tampering& tampering,
                                         Timestamp) const {
  Parameters fields(notification.fields.begin(), notification.fields.end());
  if (tampering.amount_minor != 0) {
    const auto amount = parse_int(value_of(fields, "txnAmt")).value_or(0) + tampering.amount_minor;
    fields["txnAmt"] = std::to_string(amount);
    fields["settleAmt"] = std::to_string(amount);
  }
  const auto merchant = keys_.merchant(std::string(value_of(fields, "merId")));
  sign(fields, keys_, merchant.get(), tampering.wrong_signature);
  net::ClientRequest request;
  request.url = notification.url;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
  request.body = form_encode({fields.begin(), fields.end()});
  request.timeout_ms = kMerchantAnswersMs;
  request.max_response_bytes = 64 << 10;
  return request;
}

bool NoticeFormat::acknowledged(const net::HttpResponse& response) const {
  return response.status == 200 || response.status == 302;
}

}  // namespace feiqian::sandbox::unionpay
