#include "sandbox/alipay/trade.h"

namespace feiqian::sandbox::alipay {
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
  return {{"app_id", order.app_id},
          {"method", order.method},
          {"out_trade_no", order.out_trade_no},
          {"subject", order.subject},
          {"body", order.body},
          {"total_minor", order.total_minor},
          {"notify_url", order.notify_url},
          {"return_url", order.return_url},
          {"quit_url", order.quit_url},
          {"passback_params", order.passback_params},
          {"timeout_express", order.timeout_express},
          {"pay_before", order.pay_before.us}};
}

Order order_from_json(const json::object& object) {
  Order order;
  order.app_id = text_of(object, "app_id");
  order.method = text_of(object, "method");
  order.out_trade_no = text_of(object, "out_trade_no");
  order.subject = text_of(object, "subject");
  order.body = text_of(object, "body");
  order.total_minor = integer_of(object, "total_minor");
  order.notify_url = text_of(object, "notify_url");
  order.return_url = text_of(object, "return_url");
  order.quit_url = text_of(object, "quit_url");
  order.passback_params = text_of(object, "passback_params");
  order.timeout_express = text_of(object, "timeout_express");
  order.pay_before = {integer_of(object, "pay_before")};
  return order;
}

}  // namespace feiqian::sandbox::alipay
