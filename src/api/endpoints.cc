// The table of endpoints: what is served, and what the OpenAPI document says.
#include "api/merchant_api.h"

namespace feiqian::api {
namespace {

constexpr std::string_view kLimit = R"({"type":"integer","minimum":1,"maximum":100,"default":20})";
constexpr std::string_view kCursor = R"({"type":"string","maxLength":64})";
constexpr std::string_view kText = R"({"type":"string","maxLength":64})";
constexpr std::string_view kTime = R"({"type":"string","format":"date-time"})";
constexpr std::string_view kPaymentStates = R"({"type":"string","enum":["open","closing","closed","paid"]})";
constexpr std::string_view kRefundStates = R"({"type":"string","enum":["pending","succeeded","failed"]})";
constexpr std::string_view kEventStates = R"({"type":"string","enum":["pending","delivered","exhausted"]})";
constexpr std::string_view kEventTypes =
    R"({"type":"string","enum":["payment.succeeded","payment.closed","refund.succeeded","refund.failed"]})";
const QueryParameter kPageLimit{"limit", kLimit, "Rows of one page"};
const QueryParameter kPageCursor{"cursor", kCursor, "`next_cursor` of the page before"};

}  // namespace

const std::vector<Endpoint>& MerchantApi::endpoints() {
  static const std::vector<Endpoint> kEndpoints{
      {"POST", "/v1/payments", "createPayment", "Create a payment", true, 201, "PaymentRequest", "Payment", {}, &MerchantApi::create_payment},
      {"GET", "/v1/payments", "listPayments", "List payments, newest first", true, 200, "", "PaymentList",
       {{"state", kPaymentStates, "Only payments in this state"},
        {"method", kText, "Only payments by this method"},
        {"merchant_order_no", kText, "The payment with this order number"},
        {"store_id", kText, "Only payments of this store"},
        {"created_from", kTime, "Created at this time or later"},
        {"created_to", kTime, "Created before this time"},
        kPageLimit, kPageCursor},
       &MerchantApi::list_payments},
      {"GET", "/v1/payments/{id}", "getPayment", "Get a payment", true, 200, "", "Payment", {}, &MerchantApi::get_payment},
      {"POST", "/v1/payments/{id}/close", "closePayment", "Close an unpaid payment", true, 200, "Empty", "Payment", {}, &MerchantApi::close_payment},
      {"POST", "/v1/payments/{id}/refunds", "createRefund", "Refund all or part of a payment", true, 201, "RefundRequest", "Refund", {},
       &MerchantApi::create_refund},
      {"GET", "/v1/payments/{id}/refunds", "listPaymentRefunds", "List the refunds of a payment", true, 200, "", "RefundList",
       {kPageLimit, kPageCursor}, &MerchantApi::list_payment_refunds},
      {"GET", "/v1/refunds", "listRefunds", "List refunds, newest first", true, 200, "", "RefundList",
       {{"state", kRefundStates, "Only refunds in this state"},
        {"payment_id", kText, "Only refunds of this payment"},
        {"merchant_refund_no", kText, "The refund with this number"},
        kPageLimit, kPageCursor},
       &MerchantApi::list_refunds},
      {"GET", "/v1/refunds/{id}", "getRefund", "Get a refund", true, 200, "", "Refund", {}, &MerchantApi::get_refund},
      {"GET", "/v1/webhook-deliveries", "listWebhookDeliveries", "List webhook events with their deliveries", true, 200, "", "WebhookEventList",
       {{"event_id", kText, "The event with this id"},
        {"type", kEventTypes, "Only events of this type"},
        {"state", kEventStates, "Only events in this state"},
        kPageLimit, kPageCursor},
       &MerchantApi::list_deliveries},
      {"POST", "/v1/webhook-deliveries/{id}/resend", "resendWebhook", "Deliver an event again now", true, 202, "Empty", "WebhookEvent", {},
       &MerchantApi::resend_delivery},
      {"GET", "/v1/platform-keys", "getPlatformKeys", "The platform's public keys", false, 200, "", "JwkSet", {}, &MerchantApi::get_platform_keys},
      {"GET", "/v1/openapi.json", "getOpenapi", "This document", false, 200, "", "OpenApi", {}, &MerchantApi::get_openapi},
  };
  return kEndpoints;
}

}  // namespace feiqian::api
