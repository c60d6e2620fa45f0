#include <boost/json.hpp>

#include "api/detail/requests.h"
#include "api/merchant_api.h"
#include "codec/json.h"
#include "foundation/text.h"
#include "payments/create_payment.h"
#include "payments/record_outcome.h"

namespace feiqian::api {

using payments::PaymentId;
using payments::PaymentRow;
using payments::PaymentState;
using payments::PaymentView;
using store::Selection;

namespace {

constexpr std::int64_t kLargestAmount = 1'000'000'000'000;
constexpr std::string_view kTokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

void check_web_address(codec::JsonReader& json, const char* name, const std::string& text, net::AddressPolicy policy) {
  if (text.empty()) return;
  const auto url = net::Url::parse(text);
  if (!url) {
    json.refuse(name, url.error().detail());
  } else if (policy == net::AddressPolicy::PublicOnly && url->scheme != "https") {
    json.refuse(name, "must be an https address");
  }
}

/// A numeric address is refused at once; a name is checked again after each resolution.
void check_webhook_address(codec::JsonReader& json, const std::string& text, net::AddressPolicy policy) {
  check_web_address(json, "notify_url", text, policy);
  const auto url = net::Url::parse(text);
  if (!url) return;
  const bool numeric =
      url->host.find(':') != std::string::npos || url->host.find_first_not_of("0123456789.") == std::string::npos;
  if (numeric && !net::allows(policy, url->host)) json.refuse("notify_url", "is not a public address");
}

payments::Mode mode_of(std::string_view name) {
  using payments::Mode;
  for (const auto mode : {Mode::Qr, Mode::Barcode, Mode::Jsapi, Mode::App}) {
    if (name_of(mode) == name) return mode;
  }
  return Mode::Redirect;
}

/// A field that one mode needs and the others do not know.
void check_belongs(codec::JsonReader& json, const char* field, const std::string& value, payments::Mode mode,
                   payments::Mode owner) {
  const auto name = std::string(name_of(owner));
  if (mode == owner && value.empty()) {
    json.refuse(Error(errors::kFieldMissing, "must be given in " + name + " mode", field));
  } else if (mode != owner && !value.empty()) {
    json.refuse(field, "is for " + name + " mode only");
  }
}

Result<payments::CreatePayment> read_create(const Call& call, const channels::Channels& channels,
                                            net::AddressPolicy policy) {
  auto json = TRY(codec::JsonReader::parse(call.request.body));
  payments::CreatePayment create;
  create.merchant = call.merchant();
  create.merchant_order_no = json.required_token("merchant_order_no", 1, 64);
  create.amount.minor = json.required_integer("amount_minor", 1, kLargestAmount);
  const auto currency = money::Currency::parse(json.required_text("currency", 3, 3));
  if (currency) {
    create.amount.currency = *currency;
  } else {
    json.refuse(Error(errors::kCurrencyUnknown, currency.error().detail(), "currency"));
  }
  create.subject = json.required_text("subject", 1, 128);
  const auto mode = json.required_choice("mode", {"redirect", "qr", "barcode", "jsapi", "app"});
  create.mode = mode_of(mode);
  create.method = json.optional_text("method", 1, 32).value_or("");
  if (create.mode != payments::Mode::Redirect && create.method.empty())
    json.refuse(Error(errors::kFieldMissing, "must be given", "method"));
  const auto* channel = channels.find(create.method);
  if (!create.method.empty() && channel == nullptr) {
    json.refuse("method", "is not a payment method");
  } else if (channel != nullptr && create.mode != payments::Mode::Redirect &&
             !channel->offers(payments::scene_of(create.mode))) {
    json.refuse("method", "does not offer this mode");
  }
  create.auth_code = json.optional_text("auth_code", 16, 24).value_or("");
  check_belongs(json, "auth_code", create.auth_code, create.mode, payments::Mode::Barcode);
  create.payer = json.optional_text("payer_id", 1, 128).value_or("");
  if (create.payer.find_first_not_of(kTokenCharacters) != std::string::npos)
    json.refuse("payer_id", "may have A-Z a-z 0-9 _ -");
  check_belongs(json, "payer_id", create.payer, create.mode, payments::Mode::Jsapi);
  if (create.auth_code.find_first_not_of("0123456789") != std::string::npos) json.refuse("auth_code", "must be digits");
  boost::json::array goods;
  json.each("goods", 50, [&](codec::JsonReader& item) {
    goods.push_back(boost::json::object{{"name", item.required_text("name", 1, 128)},
                                        {"quantity", item.required_integer("quantity", 1, 1'000'000)},
                                        {"price_minor", item.required_integer("price_minor", 0, kLargestAmount)}});
  });
  if (!goods.empty()) create.goods = boost::json::serialize(goods);
  boost::json::object metadata;
  for (auto& [key, value] : json.text_map("metadata", 20, 64, 200)) metadata[key] = value;
  if (!metadata.empty()) create.metadata = boost::json::serialize(metadata);
  if (const auto store = json.optional_text("store_id", 1, 64)) {
    const auto id = parties::StoreId::parse(*store);
    if (id) {
      create.store = *id;
    } else {
      json.refuse("store_id", id.error().detail());
    }
  }
  create.return_url = json.optional_text("return_url", 1, 2048).value_or("");
  check_web_address(json, "return_url", create.return_url, net::AddressPolicy::Any);
  create.notify_url = json.optional_text("notify_url", 1, 2048).value_or("");
  check_webhook_address(json, create.notify_url, policy);
  create.expires_in_s = json.optional_integer("expires_in_s", 1, 1'000'000);
  TRY(json.finish());
  return create;
}

Result<void> read_empty(const Call& call) {
  auto json = TRY(codec::JsonReader::parse(call.request.body));
  return json.finish();
}

/// The id in a body that was answered before.
std::optional<PaymentId> id_in(const std::string& body) {
  boost::json::error_code failed;
  const auto value = boost::json::parse(body, failed);
  if (failed || !value.is_object()) return std::nullopt;
  const auto* id = value.get_object().if_contains("id");
  if (id == nullptr || !id->is_string()) return std::nullopt;
  const auto parsed = PaymentId::parse(std::string_view(id->get_string()));
  return parsed ? std::optional(parsed.value()) : std::nullopt;
}

}  // namespace

void MerchantApi::answer_payment(const CallPtr& call, PaymentId id, int status, bool replayed,
                                 std::function<bool(const PaymentView&)> settled) {
  it_.awaiting->wait(id, std::move(settled), it_.options.code_wait_ms,
                     [this, call, status, replayed](const std::optional<PaymentView>& view) {
                       if (view) {
                         reply(call, status, serialized(to_json(*view, &it_.cashier_url)), replayed);
                       } else {
                         fail(call,
                              Error(errors::kOverloaded, "what was asked for is done; ask again for how it stands"));
                       }
                     });
}

void MerchantApi::create_payment(const CallPtr& call) {
  auto create = read_create(*call, *it_.channels, it_.options.webhook_addresses);
  if (!create) {
    fail(call, create.error());
    return;
  }
  const auto mode = create->mode;
  auto command =
      idempotent<payments::CreatePayment>(call, std::move(create).value(), 201,
                                          [this](const PaymentView& view) { return to_json(view, &it_.cashier_url); });
  using Reply = Idempotent<payments::CreatePayment>::Reply;
  it_.engine->submit(std::move(command), [this, call, mode](Result<Reply> result) {
    if (!result) {
      fail(call, result.error());
      return;
    }
    // A code or a barcode's outcome comes from the channel a moment later: the answer waits for it, the first time and
    // again.
    if (mode != payments::Mode::Redirect && result->answer.status == 201) {
      if (const auto id = id_in(result->answer.body)) {
        answer_payment(call, *id, 201, result->replayed,
                       mode == payments::Mode::Barcode ? payments::barcode_is_settled : payments::code_is_settled);
        return;
      }
    }
    reply(call, result->answer.status, std::move(result->answer.body), result->replayed);
  });
}

void MerchantApi::get_payment(const CallPtr& call) {
  const auto id = id_of_path<PaymentId>(*call, errors::kPaymentNotFound);
  if (!id) {
    fail(call, id.error());
    return;
  }
  read(call, [this, id = *id, merchant = call->merchant()](store::Reader& reader) -> Result<std::string> {
    const auto view = TRY(payments::read_payment(reader, id, merchant));
    if (!view) return Error(errors::kPaymentNotFound);
    return serialized(to_json(*view, &it_.cashier_url));
  });
}

void MerchantApi::list_payments(const CallPtr& call) {
  using Operator = Selection::Condition::Operator;
  const auto select = [&]() -> Result<std::pair<store::Query<PaymentRow>, Page>> {
    const auto page = TRY(page_of<PaymentId>(*call));
    store::Query query(payments::kPayments);
    query.equal<&PaymentRow::merchant>(call->merchant());
    query.where<&PaymentRow::id>(Operator::Less, PaymentId{page.before_id}).limit(page.limit + 1);
    const auto state = TRY(choice_of(
        *call, "state", {PaymentState::Open, PaymentState::Closing, PaymentState::Closed, PaymentState::Paid}));
    if (state) query.equal<&PaymentRow::state>(*state);
    if (const auto given = call->query.find("method"); given != call->query.end())
      query.equal<&PaymentRow::method>(given->second);
    if (const auto given = call->query.find("merchant_order_no"); given != call->query.end()) {
      query.equal<&PaymentRow::merchant_order_no>(given->second);
    }
    if (const auto given = call->query.find("store_id"); given != call->query.end()) {
      const auto store = parties::StoreId::parse(given->second);
      if (!store) return Error(errors::kQueryInvalid, store.error().detail(), "store_id");
      query.equal<&PaymentRow::store>(std::optional(store.value()));
    }
    for (const auto& [name, op] :
         {std::pair{"created_from", Operator::GreaterOrEqual}, std::pair{"created_to", Operator::Less}}) {
      const auto given = call->query.find(name);
      if (given == call->query.end()) continue;
      const auto at = from_rfc3339(given->second);
      if (!at) return Error(errors::kQueryInvalid, at.error().detail(), name);
      // Ids order by time: the list stays on one index.
      query.where<&PaymentRow::id>(op, PaymentId{first_id_at(at.value())});
      query.where<&PaymentRow::created_at>(op, at.value());
    }
    return std::pair(std::move(query), page);
  }();
  if (!select) {
    fail(call, select.error());
    return;
  }
  read(call, [this, query = select->first, limit = select->second.limit](store::Reader& reader) -> Result<std::string> {
    auto rows = TRY(query.run(reader));
    Result<void> read_all;
    auto body = page_body(std::move(rows), limit, [&](const PaymentRow& row) {
      auto view = payments::read_payment(reader, row.id);
      return to_json(view && view.value() ? **view : PaymentView{row, std::nullopt}, &it_.cashier_url);
    });
    return body;
  });
}

void MerchantApi::close_payment(const CallPtr& call) {
  const auto id = id_of_path<PaymentId>(*call, errors::kPaymentNotFound);
  const auto empty = read_empty(*call);
  if (!id || !empty) {
    fail(call, id ? empty.error() : id.error());
    return;
  }
  auto command =
      idempotent<payments::ClosePayment>(call, {call->merchant(), *id, payments::CloseReason::Merchant}, 200,
                                         [this](const PaymentView& view) { return to_json(view, &it_.cashier_url); });
  using Reply = Idempotent<payments::ClosePayment>::Reply;
  it_.engine->submit(std::move(command), [this, call, id = *id](Result<Reply> result) {
    if (!result) {
      fail(call, result.error());
    } else if (result->answer.status == 200) {
      answer_payment(call, id, 200, result->replayed, payments::closing_is_settled);
    } else {
      reply(call, result->answer.status, std::move(result->answer.body), result->replayed);
    }
  });
}

}  // namespace feiqian::api
