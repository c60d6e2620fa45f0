#include <boost/json.hpp>

#include "api/merchant_api.h"
#include "foundation/text.h"

namespace feiqian::api {

namespace json = boost::json;

namespace {

// Components of the document: the shapes of docs/merchant-api.md.
constexpr std::string_view kSchemas = R"json({
 "Empty": {"type":"object","additionalProperties":false,"maxProperties":0},
 "Amount": {"type":"integer","minimum":0,"maximum":9223372036854775807,"description":"Minor units of the currency"},
 "Currency": {"type":"string","pattern":"^[A-Z]{3}$","description":"ISO 4217 code"},
 "Goods": {"type":"object","additionalProperties":false,"required":["name","quantity","price_minor"],"properties":{
   "name":{"type":"string","minLength":1,"maxLength":128},"quantity":{"type":"integer","minimum":1,"maximum":1000000},
   "price_minor":{"type":"integer","minimum":0,"description":"Price of one piece"}}},
 "Metadata": {"type":"object","maxProperties":20,"additionalProperties":{"type":"string","maxLength":200}},
 "PaymentRequest": {"type":"object","additionalProperties":false,"required":["merchant_order_no","amount_minor","currency","subject","mode"],"properties":{
   "merchant_order_no":{"type":"string","pattern":"^[A-Za-z0-9_-]{1,64}$"},
   "amount_minor":{"type":"integer","minimum":1,"maximum":1000000000000},
   "currency":{"$ref":"#/components/schemas/Currency"},
   "subject":{"type":"string","minLength":1,"maxLength":128},
   "mode":{"type":"string","enum":["redirect","qr","barcode","jsapi","app"]},
   "method":{"type":"string","minLength":1,"maxLength":32,"description":"Required in every mode but redirect"},
   "auth_code":{"type":"string","pattern":"^[0-9]{16,24}$","description":"The payer's barcode; barcode mode only"},
   "payer_id":{"type":"string","pattern":"^[A-Za-z0-9_-]{1,128}$","description":"The payer's id at the provider (openid); jsapi mode only"},
   "goods":{"type":"array","maxItems":50,"items":{"$ref":"#/components/schemas/Goods"}},
   "store_id":{"type":"string"},
   "return_url":{"type":"string","format":"uri","maxLength":2048},
   "notify_url":{"type":"string","format":"uri","maxLength":2048},
   "expires_in_s":{"type":"integer","minimum":1,"maximum":1000000},
   "metadata":{"$ref":"#/components/schemas/Metadata"}}},
 "Payment": {"type":"object","additionalProperties":false,
   "required":["object","id","merchant_order_no","state","amount_minor","currency","refunded_minor","refunding_minor","fee_minor","subject","goods","store_id",
     "mode","method","cashier_url","qr_code","pay_parameters","close_reason","metadata","created_at","expires_at","paid_at","closed_at","channel_trade_no","last_error"],
   "properties":{
   "object":{"type":"string","enum":["payment"]},"id":{"type":"string","pattern":"^pay_[0-9a-z]{13}$"},"merchant_order_no":{"type":"string"},
   "state":{"type":"string","enum":["open","closing","closed","paid"]},
   "amount_minor":{"$ref":"#/components/schemas/Amount"},"currency":{"$ref":"#/components/schemas/Currency"},
   "refunded_minor":{"$ref":"#/components/schemas/Amount"},"refunding_minor":{"$ref":"#/components/schemas/Amount"},
   "fee_minor":{"type":["integer","null"],"minimum":0,"description":"The merchant's fee, once paid"},
   "subject":{"type":"string"},"goods":{"type":"array","items":{"$ref":"#/components/schemas/Goods"}},
   "store_id":{"type":["string","null"]},"mode":{"type":"string","enum":["redirect","qr","barcode","jsapi","app"]},"method":{"type":["string","null"]},
   "cashier_url":{"type":["string","null"]},"qr_code":{"type":["string","null"]},
   "pay_parameters":{"type":["object","null"],"additionalProperties":{"type":"string"},"description":"jsapi and app modes: for the provider's function, as it is"},
   "close_reason":{"type":["string","null"],"enum":["merchant","expired","barcode_failed",null]},
   "metadata":{"$ref":"#/components/schemas/Metadata"},
   "created_at":{"type":"string","format":"date-time"},"expires_at":{"type":"string","format":"date-time"},
   "paid_at":{"type":["string","null"],"format":"date-time"},"closed_at":{"type":["string","null"],"format":"date-time"},
   "channel_trade_no":{"type":["string","null"]},
   "last_error":{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Failure"}]}}},
 "Failure": {"type":"object","additionalProperties":false,"required":["code","message"],"properties":{"code":{"type":"string"},"message":{"type":"string"}}},
 "PaymentList": {"type":"object","additionalProperties":false,"required":["data","next_cursor"],"properties":{
   "data":{"type":"array","items":{"$ref":"#/components/schemas/Payment"}},"next_cursor":{"type":["string","null"]}}},
 "RefundRequest": {"type":"object","additionalProperties":false,"required":["merchant_refund_no","amount_minor"],"properties":{
   "merchant_refund_no":{"type":"string","pattern":"^[A-Za-z0-9_-]{1,64}$"},"amount_minor":{"type":"integer","minimum":1},
   "reason":{"type":"string","minLength":1,"maxLength":200}}},
 "Refund": {"type":"object","additionalProperties":false,
   "required":["object","id","payment_id","merchant_refund_no","state","amount_minor","currency","fee_returned_minor","reason","kind","failure","created_at",
     "succeeded_at","failed_at"],
   "properties":{
   "object":{"type":"string","enum":["refund"]},"id":{"type":"string","pattern":"^ref_[0-9a-z]{13}$"},"payment_id":{"type":"string"},
   "merchant_refund_no":{"type":"string"},"state":{"type":"string","enum":["pending","succeeded","failed"]},
   "amount_minor":{"$ref":"#/components/schemas/Amount"},"currency":{"$ref":"#/components/schemas/Currency"},
   "fee_returned_minor":{"$ref":"#/components/schemas/Amount"},"reason":{"type":"string"},
   "kind":{"type":"string","enum":["merchant","surplus","late"]},
   "failure":{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Failure"}]},
   "created_at":{"type":"string","format":"date-time"},"succeeded_at":{"type":["string","null"],"format":"date-time"},
   "failed_at":{"type":["string","null"],"format":"date-time"}}},
 "RefundList": {"type":"object","additionalProperties":false,"required":["data","next_cursor"],"properties":{
   "data":{"type":"array","items":{"$ref":"#/components/schemas/Refund"}},"next_cursor":{"type":["string","null"]}}},
 "Delivery": {"type":"object","additionalProperties":false,"required":["at","status","error","duration_ms"],"properties":{
   "at":{"type":"string","format":"date-time"},"status":{"type":["integer","null"]},"error":{"type":["string","null"]},"duration_ms":{"type":"integer"}}},
 "WebhookEvent": {"type":"object","additionalProperties":false,
   "required":["object","id","type","payment_id","state","url","created_at","next_try_at","deliveries"],"properties":{
   "object":{"type":"string","enum":["webhook_event"]},"id":{"type":"string","pattern":"^evt_[0-9a-z]{13}$"},
   "type":{"type":"string","enum":["payment.succeeded","payment.closed","refund.succeeded","refund.failed"]},
   "payment_id":{"type":"string"},"state":{"type":"string","enum":["pending","delivered","exhausted"]},"url":{"type":"string"},
   "created_at":{"type":"string","format":"date-time"},"next_try_at":{"type":["string","null"],"format":"date-time"},
   "deliveries":{"type":"array","items":{"$ref":"#/components/schemas/Delivery"}}}},
 "WebhookEventList": {"type":"object","additionalProperties":false,"required":["data","next_cursor"],"properties":{
   "data":{"type":"array","items":{"$ref":"#/components/schemas/WebhookEvent"}},"next_cursor":{"type":["string","null"]}}},
 "JwkSet": {"type":"object","required":["keys"],"properties":{"keys":{"type":"array","items":{"type":"object","required":["kty","kid"],
   "properties":{"kty":{"type":"string"},"crv":{"type":"string"},"kid":{"type":"string"},"x":{"type":"string"},"use":{"type":"string"},"alg":{"type":"string"}}}}}},
 "OpenApi": {"type":"object","required":["openapi","paths"]},
 "Problem": {"type":"object","additionalProperties":false,"required":["type","title","status","code"],"properties":{
   "type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},"code":{"type":"string","description":"Stable; listed in docs/errors.md"},
   "detail":{"type":"string"},"field":{"type":"string","description":"Dotted path of the field to blame"},"request_id":{"type":"string"}}}
})json";

constexpr std::string_view kInfo =
    R"json({"title":"Feiqian merchant API","version":"1","license":{"name":"Apache-2.0","identifier":"Apache-2.0"},
 "description":"Payments, refunds and webhooks. Requests and answers are signed with HTTP Message Signatures (RFC 9421)."})json";

json::array parameters_of(const Endpoint& endpoint) {
  json::array parameters;
  for (const auto part : split(endpoint.pattern, '/')) {
    if (!part.starts_with('{')) continue;
    parameters.push_back(json::object{{"name", part.substr(1, part.size() - 2)},
                                      {"in", "path"},
                                      {"required", true},
                                      {"schema", json::object{{"type", "string"}, {"maxLength", 64}}}});
  }
  for (const auto& parameter : endpoint.query) {
    parameters.push_back(json::object{{"name", parameter.name},
                                      {"in", "query"},
                                      {"required", false},
                                      {"description", parameter.meaning},
                                      {"schema", json::parse(parameter.schema)}});
  }
  if (endpoint.method == "POST") {
    parameters.push_back(
        json::object{{"name", "Idempotency-Key"},
                     {"in", "header"},
                     {"required", false},
                     {"schema", json::object{{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]{1,64}$"}}}});
  }
  return parameters;
}

json::object content(std::string_view media_type, std::string_view schema) {
  json::object content;
  content[media_type] = json::object{{"schema", json::object{{"$ref", "#/components/schemas/" + std::string(schema)}}}};
  return content;
}

json::object responses_of(const Endpoint& endpoint) {
  json::object responses;
  responses[std::to_string(endpoint.success)] =
      json::object{{"description", "Done"}, {"content", content("application/json", endpoint.response_schema)}};
  const auto problem = [&](const char* status, const char* meaning) {
    responses[status] =
        json::object{{"description", meaning}, {"content", content("application/problem+json", "Problem")}};
  };
  problem("400", "Malformed");
  problem("404", "Not found");
  problem("405", "Method not allowed");
  problem("413", "Too large");
  problem("500", "The platform failed");
  problem("503", "Nothing happened; try again");
  if (!endpoint.is_signed) return responses;
  problem("401", "Not authenticated");
  problem("403", "Not allowed");
  problem("415", "Not JSON");
  problem("429", "Too many requests");
  problem("504", "The outcome is not known; ask");
  if (endpoint.method == "POST") {
    problem("409", "Contradicts what is recorded");
    problem("422", "Refused by a rule");
  }
  return responses;
}

}  // namespace

std::string MerchantApi::openapi(const std::string& server_url) {
  json::object paths;
  for (const auto& endpoint : endpoints()) {
    json::object operation{
        {"operationId", endpoint.operation},
        {"summary", endpoint.summary},
        {"security", endpoint.is_signed ? json::array{json::object{{"httpSignature", json::array()}}} : json::array()},
        {"parameters", parameters_of(endpoint)},
        {"responses", responses_of(endpoint)}};
    if (!endpoint.request_schema.empty()) {
      operation["requestBody"] =
          json::object{{"required", true}, {"content", content("application/json", endpoint.request_schema)}};
    }
    auto& path = paths[endpoint.pattern];
    if (!path.is_object()) path = json::object();
    path.get_object()[to_lower_ascii(endpoint.method)] = std::move(operation);
  }
  const json::object signature{{"type", "apiKey"},
                               {"in", "header"},
                               {"name", "Signature"},
                               {"description", "RFC 9421; see docs/merchant-api.md \"Signing\""}};
  return json::serialize(
      json::object{{"openapi", "3.1.0"},
                   {"info", json::parse(kInfo)},
                   {"servers", json::array{json::object{{"url", server_url}}}},
                   {"security", json::array{json::object{{"httpSignature", json::array()}}}},
                   {"paths", std::move(paths)},
                   {"components", json::object{{"securitySchemes", json::object{{"httpSignature", signature}}},
                                               {"schemas", json::parse(kSchemas)}}}});
}

}  // namespace feiqian::api
