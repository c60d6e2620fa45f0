#include "channels/wechatpay/wechatpay.h"

#include "channels/wechatpay/outcomes.h"
#include "crypto/sha1.h"
#include "foundation/log.h"
#include "foundation/text.h"

namespace feiqian::channels::wechatpay {

namespace json = codec::json;

namespace {

constexpr std::size_t kMostDescription = 127;
constexpr std::size_t kMostReason = 80;

/// 2026-11-22T14:30:00+08:00
std::string china_rfc3339(Timestamp at) {
  auto text = to_china_time(at);
  text[10] = 'T';
  return text + "+08:00";
}

std::string order_path(const std::string& number) {
  return "/v3/pay/transactions/out-trade-no/" + percent_encode(number);
}

json::object amount_of(money::Money amount) {
  return {{"total", amount.minor}, {"currency", amount.currency.code()}};
}

std::string_view prepay_of(Scene scene) {
  switch (scene) {
    case Scene::Jsapi:
      return "jsapi";
    case Scene::App:
      return "app";
    case Scene::Wap:
      return "h5";
    case Scene::Qr:
    case Scene::Page:
    case Scene::Barcode:
      return "native";
  }
  return "native";
}

TradeOutcome refused_here(std::string message) {
  auto outcome = unknown("channel.declined", std::move(message));
  outcome.state = TradeState::Failed;
  return outcome;
}

/// The states that only a barcode payment has; its type is not told as long as it is not paid.
bool is_of_barcode(const Answer& answer) {
  const auto state = answer.text("trade_state");
  return answer.succeeded() &&
         (answer.text("trade_type") == "MICROPAY" || state == "PAYERROR" || state == "USERPAYING");
}

TradeOutcome closed(const Answer& answer) {
  auto outcome = unknown(answer.code(), answer.message());
  outcome.state = TradeState::Closed;
  return outcome;
}

}  // namespace

WechatPay::WechatPay(Settings settings, net::HttpClient& client, const Clock& clock, Random& random)
    : api_(std::move(settings), client, clock, random), clock_(&clock) {}

bool WechatPay::offers(Scene scene) const {
  return scene != Scene::Page;
}

void WechatPay::begin() {
  api_.fetch_certificates([] {});
}

Result<std::string> WechatPay::redirect_url(const PayOrder&) const {
  return Error(errors::kNotSupported, "WeChat Pay gives the address by a call");
}

void WechatPay::pay(const PayOrder& order, TradeCallback done) {
  if (order.scene == Scene::Barcode) {
    pay_by_code(order, std::move(done));
  } else if (order.scene == Scene::Page) {
    done(refused_here("WeChat Pay has no page for a PC; show its code"));
  } else if (order.scene == Scene::Jsapi && order.payer_id.empty()) {
    done(refused_here("the payer's openid is missing"));
  } else if (order.scene == Scene::Wap && order.payer_address.empty()) {
    done(refused_here("the payer's address is missing"));
  } else {
    prepay(order, std::move(done));
  }
}

void WechatPay::prepay(const PayOrder& order, TradeCallback done) {
  const auto& settings = api_.settings();
  json::object body{{"appid", settings.appid},
                    {"mchid", settings.merchant.mchid},
                    {"description", utf8_prefix(order.subject, kMostDescription)},
                    {"out_trade_no", order.number},
                    {"time_expire", china_rfc3339(order.expires_at)},
                    {"notify_url", order.notify_url},
                    {"amount", amount_of(order.amount)}};
  if (order.scene == Scene::Jsapi) body["payer"] = json::object{{"openid", order.payer_id}};
  if (order.scene == Scene::Wap) {
    body["scene_info"] =
        json::object{{"payer_client_ip", order.payer_address}, {"h5_info", json::object{{"type", "Wap"}}}};
  }
  const std::string name(prepay_of(order.scene));
  api_.call(name, "POST", "/v3/pay/transactions/" + name, json::serialize(body),
            [this, scene = order.scene, done = std::move(done)](const Answer& answer) {
              done(answer.succeeded() ? prepaid(answer, scene) : refused_payment(answer, scene));
            });
}

TradeOutcome WechatPay::prepaid(const Answer& answer, Scene scene) {
  auto outcome = unknown(answer.code(), {});
  const auto& settings = api_.settings();
  const auto prepay_id = answer.text("prepay_id");
  bool usable = true;
  if (scene == Scene::Qr) {
    outcome.qr_code = answer.text("code_url");
    usable = !outcome.qr_code.empty();
  } else if (scene == Scene::Wap) {
    outcome.pay_url = answer.text("h5_url");
    usable = !outcome.pay_url.empty();
  } else if (prepay_id.empty()) {
    usable = false;
  } else {
    const auto parameters = scene == Scene::App ? app_parameters : jsapi_parameters;
    outcome.pay_parameters =
        json::serialize(parameters(settings.merchant, settings.appid, prepay_id, clock_->now().unix_s(), api_.nonce()));
  }
  if (usable) outcome.state = TradeState::AwaitingPayer;
  return outcome;
}

void WechatPay::pay_by_code(const PayOrder& order, TradeCallback done) {
  const auto& settings = api_.settings();
  const json::object body{{"appid", settings.appid},
                          {"mchid", settings.merchant.mchid},
                          {"description", utf8_prefix(order.subject, kMostDescription)},
                          {"out_trade_no", order.number},
                          {"payer", json::object{{"auth_code", order.auth_code}}},
                          {"amount", amount_of(order.amount)},
                          {"scene_info", json::object{{"store_info", json::object{{"out_id", settings.store_id}}}}}};
  api_.call("codepay", "POST", "/v3/pay/transactions/codepay", json::serialize(body),
            [this, number = order.number, done = std::move(done)](const Answer& answer) {
              done(answer.succeeded() ? found(answer, number) : refused_payment(answer, Scene::Barcode));
            });
}

void WechatPay::ask(const std::string& number, std::function<void(Answer)> done) {
  api_.call("query", "GET", order_path(number) + "?mchid=" + percent_encode(api_.settings().merchant.mchid), {},
            std::move(done));
}

/// The outcome that an answer with a transaction tells, or why it tells none.
TradeOutcome WechatPay::found(const Answer& answer, const std::string& number) const {
  if (answer.succeeded()) return outcome_of(answer.body, api_.settings().merchant.mchid, number, clock_->now());
  auto outcome = unknown(answer.code(), answer.message());
  if (answer.status == 404 && says(answer, "ORDER_NOT_EXIST")) outcome.state = TradeState::NotFound;
  return outcome;
}

void WechatPay::query(const std::string& number, TradeCallback done) {
  ask(number, [this, number, done = std::move(done)](const Answer& answer) { done(found(answer, number)); });
}

void WechatPay::close(const std::string& number, TradeCallback done) {
  const json::object body{{"mchid", api_.settings().merchant.mchid}};
  api_.call("close", "POST", order_path(number) + "/close", json::serialize(body),
            [this, number, done = std::move(done)](const Answer& answer) {
              if (answer.succeeded() || says(answer, "ORDER_CLOSED")) {
                done(closed(answer));
              } else if (answer.status == 404 && says(answer, "ORDER_NOT_EXIST")) {
                auto outcome = unknown(answer.code(), answer.message());
                outcome.state = TradeState::NotFound;
                done(std::move(outcome));
              } else if (is_passing(answer) || says(answer, "USER_PAYING")) {
                done(unknown(answer.code(), answer.message()));
              } else {
                settle_close(number, done);
              }
            });
}

/// A close was refused: paid meanwhile, or a kind of trade that is not closed but reversed.
void WechatPay::settle_close(const std::string& number, TradeCallback done) {
  ask(number, [this, number, done = std::move(done)](const Answer& answer) {
    auto outcome = found(answer, number);
    const bool over = outcome.state == TradeState::Paid || outcome.state == TradeState::Closed;
    if (over || !is_of_barcode(answer)) {
      if (outcome.state == TradeState::AwaitingPayer) outcome.state = TradeState::Unknown;
      done(std::move(outcome));
      return;
    }
    cancel(number, done);
  });
}

void WechatPay::cancel(const std::string& number, TradeCallback done) {
  const auto& settings = api_.settings();
  const json::object body{{"appid", settings.appid}, {"mchid", settings.merchant.mchid}};
  api_.call("reverse", "POST", order_path(number) + "/reverse", json::serialize(body),
            [done = std::move(done)](const Answer& answer) {
              // `recall` asks for the same call again. What the provider never heard of is as good as reversed.
              const bool ended = (answer.succeeded() && answer.text("recall") != "Y") ||
                                 says(answer, "ORDER_REVERSED") || says(answer, "ORDER_CLOSED") ||
                                 (answer.status == 404 && says(answer, "ORDER_NOT_EXIST"));
              done(ended ? closed(answer) : unknown(answer.code(), answer.message()));
            });
}

void WechatPay::refund(const RefundOrder& order, RefundCallback done) {
  if (order.paid) {
    send_refund(order, *order.paid, std::move(done));
    return;
  }
  query(order.number, [this, order, done = std::move(done)](const TradeOutcome& trade) {
    if (trade.state == TradeState::Paid) {
      send_refund(order, *trade.paid, done);
    } else {
      done({RefundState::Unknown, trade.code, trade.message});
    }
  });
}

void WechatPay::send_refund(const RefundOrder& order, money::Money total, RefundCallback done) {
  json::object body{{"out_trade_no", order.number},
                    {"out_refund_no", order.refund_number},
                    {"amount", json::object{{"refund", order.amount.minor},
                                            {"total", total.minor},
                                            {"currency", order.amount.currency.code()}}}};
  if (!order.reason.empty()) body["reason"] = utf8_prefix(order.reason, kMostReason);
  api_.call("refund", "POST", "/v3/refund/domestic/refunds", json::serialize(body),
            [this, order, done = std::move(done)](const Answer& answer) {
              if (answer.succeeded()) {
                done(refund_outcome_of(answer.body, order));
                return;
              }
              if (is_passing(answer)) {
                done({RefundState::Unknown, answer.code(), answer.message()});
                return;
              }
              query_refund(order, [code = answer.code(), message = answer.message(), done](RefundOutcome now) {
                if (now.state == RefundState::NotFound) now = {RefundState::Failed, code, message};
                done(std::move(now));
              });
            });
}

void WechatPay::query_refund(const RefundOrder& order, RefundCallback done) {
  api_.call("refund_query", "GET", "/v3/refund/domestic/refunds/" + percent_encode(order.refund_number), {},
            [order, done = std::move(done)](const Answer& answer) {
              if (answer.succeeded()) {
                auto outcome = refund_outcome_of(answer.body, order);
                if (outcome.code == "ABNORMAL")
                  log::warn("channel.refund_abnormal", {{"channel", "wechatpay"}, {"refund", order.refund_number}});
                done(std::move(outcome));
                return;
              }
              const bool unheard_of = answer.status == 404 && says(answer, "RESOURCE_NOT_EXISTS");
              done({unheard_of ? RefundState::NotFound : RefundState::Unknown, answer.code(), answer.message()});
            });
}

Result<Notification> WechatPay::read_notification(const net::HttpRequest& request) const {
  const auto refuse = [](const char* why) { return Error(errors::kNotificationRejected, why); };
  switch (api_.prove(request.headers, request.body)) {
    case Proof::Verified:
      break;
    case Proof::UnknownSerial:
      return refuse("signed by a certificate that is not known yet");
    case Proof::Wrong:
      return refuse("the signature does not verify");
  }
  const auto& settings = api_.settings();
  const auto envelope = codec::parse_json(request.body);
  const auto* resource = envelope && envelope->is_object() ? envelope->get_object().if_contains("resource") : nullptr;
  const auto* event = resource != nullptr ? envelope->get_object().if_contains("event_type") : nullptr;
  if (event == nullptr || !event->is_string() || !resource->is_object()) return refuse("not a notification");
  const auto opened = open_sealed(settings.api_v3_key, resource->get_object());
  if (!opened) return refuse("the resource cannot be opened");
  const auto content = codec::parse_json(*opened);
  const auto* number = content && content->is_object() ? content->get_object().if_contains("out_trade_no") : nullptr;
  if (number == nullptr || !number->is_string()) return refuse("the resource names no order");
  const auto& object = content->get_object();
  Notification notification;
  notification.number = std::string(number->get_string());
  const std::string event_type(event->get_string());
  if (!event_type.starts_with("TRANSACTION.")) {
    notification.outcome = unknown(event_type, {});
    return notification;
  }
  const auto* mchid = object.if_contains("mchid");
  if (mchid == nullptr || !mchid->is_string() || mchid->get_string() != settings.merchant.mchid)
    return refuse("another merchant");
  const auto* appid = object.if_contains("appid");
  if (appid == nullptr || !appid->is_string() || appid->get_string() != settings.appid)
    return refuse("another application");
  notification.outcome = outcome_of(object, settings.merchant.mchid, notification.number, clock_->now());
  return notification;
}

net::HttpResponse WechatPay::acknowledge(bool accepted) const {
  if (accepted) return {204, {}, ""};
  net::HttpResponse response{500, {}, R"({"code":"FAIL","message":"not recorded"})"};
  response.headers.add("Content-Type", "application/json");
  return response;
}

void WechatPay::statement(Date day, std::function<void(Result<std::string>)> done) {
  bill("tradebill", "/v3/bill/tradebill?bill_date=" + to_text(day) + "&bill_type=ALL", std::move(done));
}

void WechatPay::fund_statement(Date day, std::function<void(Result<std::string>)> done) {
  bill("fundflowbill", "/v3/bill/fundflowbill?bill_date=" + to_text(day) + "&account_type=BASIC", std::move(done));
}

void WechatPay::bill(std::string name, std::string target, std::function<void(Result<std::string>)> done) {
  api_.call(std::move(name), "GET", std::move(target), {}, [this, done = std::move(done)](const Answer& answer) {
    const auto refuse = [](std::string why) { return Error(errors::kStatementUnavailable, std::move(why)); };
    if (!answer.succeeded()) {
      done(refuse(answer.code() + " " + answer.message()));
      return;
    }
    if (answer.text("hash_type") != "SHA1") {
      done(refuse("an unknown kind of hash"));
      return;
    }
    const auto hash = to_lower_ascii(answer.text("hash_value"));
    api_.download(std::string(trim(answer.text("download_url"))), [refuse, hash, done](Result<std::string> file) {
      if (file && to_hex(crypto::sha1(*file)) != hash) {
        done(refuse("the file's hash is another"));
      } else {
        done(std::move(file));
      }
    });
  });
}

}  // namespace feiqian::channels::wechatpay
