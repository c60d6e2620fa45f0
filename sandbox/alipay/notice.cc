#include "sandbox/alipay/notice.h"

#include <fmt/format.h>

#include "crypto/digest.h"
#include "sandbox/alipay/amount.h"
#include "sandbox/alipay/signing.h"

namespace feiqian::sandbox::alipay {
namespace {

constexpr std::int64_t kMerchantAnswersMs = 5000;

FormFields common_fields(const Trade& trade, std::string notify_id) {
  const auto amount = yuan(trade.order.total_minor);
  const auto& buyer = row_of(trade.buyer.value_or(Payer::Rich));
  const auto seller = seller_id_of(trade.order.app_id);
  return {{"gmt_create", to_china_time(trade.created_at)},
          {"charset", "utf-8"},
          {"gmt_payment", to_china_time(trade.paid_at)},
          {"subject", trade.order.subject},
          {"body", trade.order.body},
          {"buyer_id", std::string(buyer.user_id)},
          {"buyer_logon_id", std::string(buyer.logon_id)},
          {"invoice_amount", amount},
          {"version", "1.0"},
          {"notify_id", std::move(notify_id)},
          {"fund_bill_list", R"([{"amount":")" + amount + R"(","fundChannel":"ALIPAYACCOUNT"}])"},
          {"notify_type", "trade_status_sync"},
          {"out_trade_no", trade.order.out_trade_no},
          {"total_amount", amount},
          {"trade_status", std::string(name_of(trade.state))},
          {"trade_no", trade.trade_no},
          {"auth_app_id", trade.order.app_id},
          {"receipt_amount", amount},
          {"point_amount", "0.00"},
          {"buyer_pay_amount", amount},
          {"app_id", trade.order.app_id},
          {"sign_type", "RSA2"},
          {"seller_id", seller},
          {"passback_params", trade.order.passback_params}};
}

Notification notice_of(const Trade& trade, std::string about, std::string method, FormFields fields) {
  Notification notice;
  notice.channel = kChannel;
  notice.trade_no = trade.trade_no;
  notice.out_trade_no = trade.order.out_trade_no;
  notice.method = std::move(method);
  notice.about = std::move(about);
  notice.url = trade.order.notify_url;
  notice.fields = std::move(fields);
  return notice;
}

std::string with_milliseconds(Timestamp at) {
  return fmt::format("{}.{:03}", to_china_time(at), at.unix_ms() % 1000);
}

Parameters to_parameters(const FormFields& fields) {
  Parameters parameters;
  for (const auto& [name, value] : fields) parameters[name] = value;
  return parameters;
}

std::string encoded(const Parameters& parameters) {
  return form_encode({parameters.begin(), parameters.end()});
}

}  // namespace

std::string seller_id_of(std::string_view app_id) {
  std::string id = "2088";
  for (const char c : crypto::sha256(app_id).substr(0, 12))
    id += static_cast<char>('0' + static_cast<unsigned char>(c) % 10);
  return id;
}

Notification payment_notice(const Trade& trade, std::string notify_id) {
  return notice_of(trade, "payment", trade.order.method, common_fields(trade, std::move(notify_id)));
}

Notification refund_notice(const Trade& trade, const Refund& refund, std::string notify_id) {
  auto fields = common_fields(trade, std::move(notify_id));
  fields.emplace_back("gmt_refund", with_milliseconds(refund.settled_at));
  fields.emplace_back("refund_fee", yuan(trade.refunded_minor));
  fields.emplace_back("out_biz_no", refund.out_request_no);
  if (trade.state == TradeState::Closed) fields.emplace_back("gmt_close", to_china_time(trade.closed_at));
  return notice_of(trade, "refund", "alipay.trade.refund", std::move(fields));
}

std::string return_address(const Trade& trade, const crypto::Signer& key, Timestamp now) {
  Parameters parameters{{"charset", "utf-8"},
                        {"out_trade_no", trade.order.out_trade_no},
                        {"method", trade.order.method + ".return"},
                        {"total_amount", yuan(trade.order.total_minor)},
                        {"trade_no", trade.trade_no},
                        {"auth_app_id", trade.order.app_id},
                        {"version", "1.0"},
                        {"app_id", trade.order.app_id},
                        {"sign_type", "RSA2"},
                        {"seller_id", seller_id_of(trade.order.app_id)},
                        {"timestamp", to_china_time(now)}};
  const auto& base = trade.order.return_url;
  return base + (base.find('?') == std::string::npos ? "?" : "&") +
         encoded(signed_parameters(std::move(parameters), key));
}

net::ClientRequest NoticeFormat::compose(const Notification& notification, const Tampering& tampering,
                                         Timestamp now) const {
  auto parameters = to_parameters(notification.fields);
  parameters["notify_time"] = to_china_time(now);
  if (tampering.amount_minor != 0) {
    const auto amount = minor_of(value_of(parameters, "total_amount"));
    if (amount) parameters["total_amount"] = yuan(amount.value() + tampering.amount_minor);
  }
  net::ClientRequest request;
  request.url = notification.url;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = encoded(signed_parameters(std::move(parameters), keys_.provider(), tampering.wrong_signature));
  request.timeout_ms = kMerchantAnswersMs;
  request.max_response_bytes = 64 << 10;
  return request;
}

bool NoticeFormat::acknowledged(const net::HttpResponse& response) const {
  return response.status == 200 && response.body == "success";
}

}  // namespace feiqian::sandbox::alipay
