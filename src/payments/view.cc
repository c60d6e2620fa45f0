#include "payments/view.h"

#include <boost/json.hpp>

namespace feiqian::payments {

namespace json = boost::json;

namespace {

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}
json::value time_or_null(const std::optional<Timestamp>& at) {
  return at ? json::value(to_rfc3339(*at)) : json::value(nullptr);
}

json::value parsed_or(const std::string& text, json::value fallback) {
  if (text.empty()) return fallback;
  json::error_code failed;
  auto value = json::parse(text, failed);
  return failed ? fallback : value;
}

json::value error_of(const std::optional<AttemptRow>& attempt) {
  if (!attempt) return nullptr;
  if (attempt->scene == channels::Scene::Barcode && attempt->state == AttemptState::Pending) {
    return json::object{{"code", "payer.confirming"}, {"message", "the payer must confirm in the wallet"}};
  }
  const bool in_trouble = attempt->state == AttemptState::Failed || attempt->state == AttemptState::Unknown;
  if (!in_trouble || attempt->error_code.empty()) return nullptr;
  return json::object{{"code", attempt->error_code}, {"message", attempt->error_message}};
}

}  // namespace

json::object to_json(const PaymentView& view, const CashierUrl* cashier_url, const json::storage_ptr& storage) {
  const auto& payment = view.payment;
  const bool has_qr = payment.mode == Mode::Qr && view.attempt;
  const bool has_parameters = (payment.mode == Mode::Jsapi || payment.mode == Mode::App) && view.attempt;
  const bool paid = payment.state == PaymentState::Paid;
  return json::object(
      {
          {"object", "payment"},
          {"id", payment.id.text()},
          {"merchant_order_no", payment.merchant_order_no},
          {"state", name_of(payment.state)},
          {"amount_minor", payment.amount_minor},
          {"currency", payment.currency.code()},
          {"refunded_minor", payment.refunded_minor},
          {"refunding_minor", payment.refunding_minor},
          {"fee_minor", paid ? json::value(payment.fee_minor) : json::value(nullptr)},
          {"subject", payment.subject},
          {"goods", parsed_or(payment.goods, json::array())},
          {"store_id", payment.store ? json::value(payment.store->text()) : json::value(nullptr)},
          {"mode", name_of(payment.mode)},
          {"method", text_or_null(payment.method)},
          {"cashier_url", payment.mode == Mode::Redirect && cashier_url != nullptr
                              ? json::value((*cashier_url)(payment.id))
                              : json::value(nullptr)},
          {"qr_code", has_qr ? text_or_null(view.attempt->qr_code) : json::value(nullptr)},
          {"pay_parameters", has_parameters ? parsed_or(view.attempt->pay_parameters, nullptr) : json::value(nullptr)},
          {"close_reason", text_or_null(name_of(payment.close_reason))},
          {"metadata", parsed_or(payment.metadata, json::object())},
          {"created_at", to_rfc3339(payment.created_at)},
          {"expires_at", to_rfc3339(payment.expires_at)},
          {"paid_at", time_or_null(payment.paid_at)},
          {"closed_at", time_or_null(payment.closed_at)},
          {"channel_trade_no",
           paid && view.attempt ? text_or_null(view.attempt->channel_trade_no) : json::value(nullptr)},
          {"last_error", paid ? json::value(nullptr) : error_of(view.attempt)},
      },
      storage);
}

json::object to_json(const RefundRow& refund) {
  const auto ended = [&](RefundState state) {
    return refund.state == state ? time_or_null(refund.ended_at) : json::value(nullptr);
  };
  return {
      {"object", "refund"},
      {"id", refund.id.text()},
      {"payment_id", refund.payment.text()},
      {"merchant_refund_no", refund.merchant_refund_no},
      {"state", name_of(refund.state)},
      {"amount_minor", refund.amount_minor},
      {"currency", refund.currency.code()},
      {"fee_returned_minor", refund.fee_returned_minor},
      {"reason", refund.reason},
      {"kind", name_of(refund.kind)},
      {"failure", refund.state == RefundState::Failed
                      ? json::value(json::object{{"code", refund.error_code}, {"message", refund.error_message}})
                      : json::value(nullptr)},
      {"created_at", to_rfc3339(refund.created_at)},
      {"succeeded_at", ended(RefundState::Succeeded)},
      {"failed_at", ended(RefundState::Failed)},
  };
}

json::object to_json(const EventRow& event, const std::vector<DeliveryRow>& deliveries) {
  json::array log;
  for (const auto& delivery : deliveries) {
    log.push_back(json::object{{"at", to_rfc3339(delivery.at)},
                               {"status", delivery.status ? json::value(*delivery.status) : json::value(nullptr)},
                               {"error", text_or_null(delivery.error)},
                               {"duration_ms", delivery.duration_ms}});
  }
  return {{"object", "webhook_event"},
          {"id", event.id.text()},
          {"type", event.type},
          {"payment_id", event.payment.text()},
          {"state", name_of(event.state)},
          {"url", event.url},
          {"created_at", to_rfc3339(event.created_at)},
          {"next_try_at", time_or_null(event.next_try_at)},
          {"deliveries", std::move(log)}};
}

}  // namespace feiqian::payments
