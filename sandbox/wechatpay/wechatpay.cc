#include "sandbox/wechatpay/wechatpay.h"

#include "codec/errors.h"
#include "foundation/text.h"
#include "sandbox/errors.h"

namespace feiqian::sandbox::wechatpay {
namespace {

namespace json = codec::json;

constexpr std::int64_t kOne = 1;

Result<Payer> payer_named(const std::string& name) {
  const auto payer = payer_of(name);
  if (!payer) return Error(errors::kFieldInvalid, "must be rich, poor or slow", "payer");
  return *payer;
}

Result<bool> flag(const json::object& object, std::string_view name, bool fallback) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return fallback;
  if (!value->is_bool()) return Error(errors::kFieldInvalid, "must be true or false", std::string(name));
  return value->get_bool();
}

}  // namespace

WechatPay::WechatPay(Surroundings& surroundings, std::unique_ptr<Keys> keys)
    : surroundings_(surroundings),
      keys_(std::move(keys)),
      books_(surroundings.database),
      trading_(surroundings, books_),
      gateway_(surroundings, *keys_, books_, trading_),
      wallet_(surroundings, books_, trading_),
      notice_format_(*keys_, surroundings.random) {
  surroundings.notifications.add_format(std::string(kChannel), notice_format_);
}

Result<std::unique_ptr<WechatPay>> WechatPay::open(Surroundings& surroundings) {
  auto keys = TRY(Keys::open(surroundings.data_directory + "/wechatpay", surroundings.clock, surroundings.random));
  return std::unique_ptr<WechatPay>(new WechatPay(surroundings, std::move(keys)));
}

Reply WechatPay::handle(const net::HttpRequest& request) {
  if (request.path.starts_with("/v3/")) return gateway_.handle(request);
  auto response = page(request);
  return {response ? std::move(response).value() : problem_response(response.error()), 0, false};
}

Result<net::HttpResponse> WechatPay::page(const net::HttpRequest& request) {
  const auto parameters = parameters_of(request).value_or(Parameters());
  auto code = segment_after(request.path, "/wechatpay/qr/");
  if (!code) code = segment_after(request.path, "/wechatpay/h5/");
  const auto pay = segment_after(request.path, "/wechatpay/wallet/", "/pay");
  const auto cancel = segment_after(request.path, "/wechatpay/wallet/", "/cancel");
  if (!code && !pay && !cancel) return Error(errors::kPageNotFound);
  if (request.method != (code ? "GET" : "POST")) return Error(errors::kMethodNotAllowed);
  if (code) return wallet_.open(*code, language_of(value_of(parameters, "lang")));
  return pay ? wallet_.pay(*pay, parameters) : wallet_.cancel(*cancel, parameters);
}

Result<TradeView> WechatPay::view_of(const Trade& trade) {
  TradeView view;
  view.channel = kChannel;
  view.app_id = trade.order.mchid;
  view.out_trade_no = trade.order.out_trade_no;
  view.trade_no = trade.transaction_id;
  view.state = name_of(trade.state);
  view.total_minor = trade.order.total_minor;
  view.refunded_minor = trade.refunded_minor;
  view.buyer = trade.buyer ? name_of(*trade.buyer) : "";
  view.subject = trade.order.description;
  view.created_at = to_rfc3339(trade.created_at);
  for (const auto& refund : TRY(books_.refunds(trade.id)))
    view.refunds.push_back({refund.out_refund_no, refund.amount_minor, refund.settled_at ? "succeeded" : "pending"});
  return view;
}

Result<std::vector<TradeView>> WechatPay::trades(const std::string& out_trade_no, std::int64_t most,
                                                 const std::string& older_than) {
  return surroundings_.database.transact([&]() -> Result<std::vector<TradeView>> {
    TRY(trading_.settle_due());
    std::vector<TradeView> views;
    for (const auto& trade : TRY(books_.trades(out_trade_no, most, older_than))) views.push_back(TRY(view_of(trade)));
    return views;
  });
}

Result<TradeView> WechatPay::pay(const std::string& out_trade_no, const std::string& payer) {
  std::optional<Payer> named;
  if (!payer.empty()) named = TRY(payer_named(payer));
  auto outcome = surroundings_.database.transact([&]() -> Result<std::pair<PayOutcome, TradeView>> {
    TRY(trading_.settle_due());
    auto found = TRY(books_.trades(out_trade_no, kOne, ""));
    if (found.empty()) return Error(errors::kTradeNotFound);
    auto& trade = found.front();
    const auto paid = TRY(trading_.pay(trade, named ? *named : trade.buyer.value_or(Payer::Rich)));
    return std::pair(paid, TRY(view_of(trade)));
  });
  surroundings_.notifications.pump();
  if (!outcome) return outcome.error();
  switch (outcome->first) {
    case PayOutcome::Paid:
      return std::move(outcome->second);
    case PayOutcome::AlreadyPaid:
      return Error(errors::kTradeNotPayable, "the trade is paid");
    case PayOutcome::NotPayable:
      return Error(errors::kTradeNotPayable, "the trade is closed");
    case PayOutcome::BalanceNotEnough:
      return Error(errors::kBalanceNotEnough);
  }
  return Error(errors::kInternal);
}

Result<std::string> WechatPay::issue_auth_code(const std::string& payer) {
  AuthCode code;
  code.payer = TRY(payer_named(payer));
  code.code = "13";
  while (code.code.size() < 18) code.code += static_cast<char>('0' + surroundings_.random.below(10));
  TRY(surroundings_.database.transact([&] { return books_.insert(code); }));
  return code.code;
}

Result<void> WechatPay::settle_due() {
  return surroundings_.database.transact([&] { return trading_.settle_due(); });
}

Result<void> WechatPay::reset() {
  return surroundings_.database.transact([&] { return books_.forget_everything(); });
}

json::object WechatPay::certificates_json() const {
  json::array listed;
  for (const auto& key : keys_->listed()) {
    listed.push_back(json::object{{"serial_no", key->serial},
                                  {"effective_time", to_rfc3339(key->not_before)},
                                  {"expire_time", to_rfc3339(key->not_after)}});
  }
  return {{"signing", keys_->signing()->serial}, {"certificates", std::move(listed)}};
}

Result<net::HttpResponse> WechatPay::control(const net::HttpRequest& request, std::string_view what) {
  if (what != "certificates" && what != "certificates/sign" && what != "public-key")
    return Error(errors::kPageNotFound);
  if (request.method == "GET" && what == "certificates") return json_response(200, certificates_json());
  if (request.method != "POST") return Error(errors::kMethodNotAllowed);
  if (what == "public-key") {
    const auto key = TRY(keys_->public_key());
    return json_response(201, json::object{{"id", key->serial}, {"public_key_pem", key->signer.public_pem()}});
  }
  if (what == "certificates/sign") {
    TRY(keys_->sign_with_newest());
    return json_response(200, certificates_json());
  }
  const auto body = TRY(codec::parse_json(request.body.empty() ? "{}" : std::string_view(request.body)));
  if (!body.is_object()) return Error(errors::kJsonMalformed);
  const auto signs = TRY(flag(body.get_object(), "signs", true));
  const auto only = TRY(flag(body.get_object(), "only", false));
  TRY(keys_->rotate(signs, only));
  return json_response(201, certificates_json());
}

}  // namespace feiqian::sandbox::wechatpay
