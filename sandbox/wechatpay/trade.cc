#include "sandbox/wechatpay/trade.h"

namespace feiqian::sandbox::wechatpay {
namespace {

namespace json = codec::json;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t integer_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

json::object to_json(const Order& order) {
  return {{"mchid", order.mchid},
          {"appid", order.appid},
          {"method", order.method},
          {"trade_type", order.trade_type},
          {"out_trade_no", order.out_trade_no},
          {"description", order.description},
          {"attach", order.attach},
          {"total_minor", order.total_minor},
          {"notify_url", order.notify_url},
          {"openid", order.openid},
          {"pay_before", order.pay_before.us}};
}

Order order_from_json(const json::object& object) {
  Order order;
  order.mchid = text_of(object, "mchid");
  order.appid = text_of(object, "appid");
  order.method = text_of(object, "method");
  order.trade_type = text_of(object, "trade_type");
  order.out_trade_no = text_of(object, "out_trade_no");
  order.description = text_of(object, "description");
  order.attach = text_of(object, "attach");
  order.total_minor = integer_of(object, "total_minor");
  order.notify_url = text_of(object, "notify_url");
  order.openid = text_of(object, "openid");
  order.pay_before = {integer_of(object, "pay_before")};
  return order;
}

std::string china_rfc3339(Timestamp at) {
  auto text = to_china_time(at);
  text[10] = 'T';
  return text + "+08:00";
}

json::object transaction_json(const Trade& trade) {
  const auto& order = trade.order;
  json::object amount{{"currency", "CNY"}, {"total", order.total_minor}};
  json::object object{{"amount", amount},
                      {"appid", order.appid},
                      {"attach", order.attach},
                      {"mchid", order.mchid},
                      {"out_trade_no", order.out_trade_no},
                      {"payer", json::object()},
                      {"promotion_detail", json::array()},
                      {"trade_state", name_of(trade.state)},
                      {"trade_state_desc", words_of(trade.state)}};
  if (!trade.paid_at) return object;
  amount["payer_currency"] = "CNY";
  amount["payer_total"] = order.total_minor;
  object["amount"] = std::move(amount);
  object["bank_type"] = "OTHERS";
  object["payer"] = json::object{{"openid", row_of(trade.buyer.value_or(Payer::Rich)).openid}};
  object["success_time"] = china_rfc3339(trade.paid_at);
  object["trade_type"] = order.trade_type;
  object["transaction_id"] = trade.transaction_id;
  return object;
}

json::object refund_json(const Trade& trade, const Refund& refund) {
  json::object object{{"amount", json::object{{"currency", "CNY"},
                                              {"discount_refund", 0},
                                              {"from", json::array()},
                                              {"payer_refund", refund.amount_minor},
                                              {"payer_total", trade.order.total_minor},
                                              {"refund", refund.amount_minor},
                                              {"refund_fee", 0},
                                              {"settlement_refund", refund.amount_minor},
                                              {"settlement_total", trade.order.total_minor},
                                              {"total", trade.order.total_minor}}},
                      {"channel", "ORIGINAL"},
                      {"create_time", china_rfc3339(refund.created_at)},
                      {"funds_account", "AVAILABLE"},
                      {"out_refund_no", refund.out_refund_no},
                      {"out_trade_no", trade.order.out_trade_no},
                      {"promotion_detail", json::array()},
                      {"refund_id", refund.refund_id},
                      {"status", refund.settled_at ? "SUCCESS" : "PROCESSING"},
                      {"transaction_id", trade.transaction_id},
                      {"user_received_account", "支付用户零钱"}};
  if (refund.settled_at) object["success_time"] = china_rfc3339(refund.settled_at);
  return object;
}

}  // namespace feiqian::sandbox::wechatpay
