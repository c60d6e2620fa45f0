#include "sandbox/wechatpay/notice.h"

#include <algorithm>

#include "sandbox/wechatpay/signing.h"

namespace feiqian::sandbox::wechatpay {
namespace {

namespace json = codec::json;

constexpr std::int64_t kMerchantAnswersMs = 5000;

std::string field_of(const Notification& notification, std::string_view name) {
  const auto found = std::find_if(notification.fields.begin(), notification.fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == notification.fields.end() ? std::string() : found->second;
}

Notification notice_of(const Trade& trade, std::string about, std::string method, std::string url, FormFields fields) {
  Notification notice;
  notice.channel = kChannel;
  notice.trade_no = trade.transaction_id;
  notice.out_trade_no = trade.order.out_trade_no;
  notice.method = std::move(method);
  notice.about = std::move(about);
  notice.url = std::move(url);
  notice.fields = std::move(fields);
  notice.fields.emplace_back("mchid", trade.order.mchid);
  return notice;
}

/// `amount.total` + minor.
void add_to_amount(json::object& content, std::int64_t minor) {
  auto* amount = content.if_contains("amount");
  if (amount == nullptr || !amount->is_object()) return;
  auto* total = amount->get_object().if_contains("total");
  if (total != nullptr && total->is_int64()) *total = total->get_int64() + minor;
}

}  // namespace

Notification payment_notice(const Trade& trade, std::string id, Timestamp now) {
  return notice_of(trade, "payment", trade.order.method, trade.order.notify_url,
                   {{"id", std::move(id)},
                    {"create_time", china_rfc3339(now)},
                    {"event_type", "TRANSACTION.SUCCESS"},
                    {"summary", "支付成功"},
                    {"original_type", "transaction"},
                    {"content", json::serialize(transaction_json(trade))}});
}

Notification refund_notice(const Trade& trade, const Refund& refund, std::string id, Timestamp now) {
  const json::object content{{"mchid", refund.mchid},
                             {"out_trade_no", trade.order.out_trade_no},
                             {"transaction_id", trade.transaction_id},
                             {"out_refund_no", refund.out_refund_no},
                             {"refund_id", refund.refund_id},
                             {"refund_status", "SUCCESS"},
                             {"success_time", china_rfc3339(refund.settled_at)},
                             {"user_received_account", "支付用户零钱"},
                             {"amount", json::object{{"total", trade.order.total_minor},
                                                     {"refund", refund.amount_minor},
                                                     {"payer_total", trade.order.total_minor},
                                                     {"payer_refund", refund.amount_minor}}}};
  return notice_of(trade, "refund", "wechatpay.refund", refund.notify_url,
                   {{"id", std::move(id)},
                    {"create_time", china_rfc3339(now)},
                    {"event_type", "REFUND.SUCCESS"},
                    {"summary", "退款成功"},
                    {"original_type", "refund"},
                    {"content", json::serialize(content)}});
}

net::ClientRequest NoticeFormat::compose(const Notification& notification, const Tampering& tampering,
                                         Timestamp now) const {
  auto content = field_of(notification, "content");
  if (tampering.amount_minor != 0) {
    auto parsed = codec::parse_json(content);
    if (parsed && parsed->is_object()) {
      add_to_amount(parsed->get_object(), tampering.amount_minor);
      content = json::serialize(parsed.value());
    }
  }
  const auto original_type = field_of(notification, "original_type");
  const auto account = keys_.account(field_of(notification, "mchid"));
  json::object resource;
  // A merchant whose file is gone gets what it cannot open.
  if (account != nullptr) resource = sealed(account->api_v3_key, content, original_type, random_);
  resource["original_type"] = original_type;
  net::ClientRequest request;
  request.url = notification.url;
  request.headers.add("Content-Type", "application/json");
  request.body = json::serialize(json::object{{"id", field_of(notification, "id")},
                                              {"create_time", field_of(notification, "create_time")},
                                              {"event_type", field_of(notification, "event_type")},
                                              {"resource_type", "encrypt-resource"},
                                              {"resource", std::move(resource)},
                                              {"summary", field_of(notification, "summary")}});
  sign(request.headers, request.body, *keys_.signing(), now, random_, tampering.wrong_signature);
  request.timeout_ms = kMerchantAnswersMs;
  request.max_response_bytes = 64 << 10;
  return request;
}

bool NoticeFormat::acknowledged(const net::HttpResponse& response) const {
  return response.status == 200 || response.status == 204;
}

}  // namespace feiqian::sandbox::wechatpay
