#include "channels/alipay/alipay.h"

#include <algorithm>
#include <array>

#include "codec/json.h"
#include "foundation/log.h"
#include "foundation/metrics.h"
#include "foundation/text.h"

namespace feiqian::channels::alipay {

namespace json = boost::json;

/// One call's answer: either a verified object, or why there is none.
struct Alipay::Call {
  json::object answer;  // empty when there is none
  bool not_sent = false;
  std::string problem;

  bool answered() const { return !answer.empty(); }
  /// Empty when it is missing, and when no database takes it as text.
  std::string text(std::string_view name) const {
    const auto* value = answer.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    std::string text(value->get_string());
    return text.find('\0') == std::string::npos ? text : std::string();
  }
  std::string code() const { return text("code"); }
  /// `ACQ.TRADE_NOT_EXIST` and the like; the plain code when there is no sub-code.
  std::string reason() const {
    auto sub_code = text("sub_code");
    return sub_code.empty() ? code() : sub_code;
  }
  std::string message() const {
    auto sub_message = text("sub_msg");
    return utf8_prefix(sub_message.empty() ? text("msg") : sub_message, 200);
  }
};

namespace {

std::string response_key_of(std::string_view method) {
  std::string key(method);
  std::replace(key.begin(), key.end(), '.', '_');
  return key + "_response";
}

/// Sub-codes that do not tell whether the business was executed.
bool leaves_open(const std::string& reason) {
  static constexpr auto kOpen = std::to_array<std::string_view>(
      {"20000", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error",
       "ACQ.TRADE_HAS_SUCCESS", "ACQ.CONTEXT_INCONSISTENT", "ACQ.TRADE_HAS_CLOSE"});
  return std::find(kOpen.begin(), kOpen.end(), reason) != kOpen.end();
}

/// The platform's stable word for why a payer's payment was refused.
std::string stable_code(const std::string& reason) {
  if (reason == "ACQ.BUYER_BALANCE_NOT_ENOUGH" || reason == "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH")
    return "payer.insufficient_balance";
  if (reason == "ACQ.PAYMENT_AUTH_CODE_INVALID") return "payer.code_invalid";
  if (reason == "ACQ.BUYER_SELLER_EQUAL" || reason == "ACQ.TRADE_BUYER_NOT_MATCH") return "payer.not_allowed";
  if (reason == "ACQ.TOTAL_FEE_EXCEED") return "payer.limit_exceeded";
  return "channel.declined";
}

TradeOutcome failed(std::string code, std::string message) {
  TradeOutcome outcome;
  outcome.state = TradeState::Failed;
  outcome.code = std::move(code);
  outcome.message = std::move(message);
  return outcome;
}

TradeOutcome unknown(std::string code, std::string message) {
  auto outcome = failed(std::move(code), std::move(message));
  outcome.state = TradeState::Unknown;
  return outcome;
}

TradeState state_of(std::string_view trade_status) {
  if (trade_status == "WAIT_BUYER_PAY") return TradeState::AwaitingPayer;
  if (trade_status == "TRADE_SUCCESS" || trade_status == "TRADE_FINISHED") return TradeState::Paid;
  if (trade_status == "TRADE_CLOSED") return TradeState::Closed;
  return TradeState::Unknown;
}

/// What is signed are values joined by `&`, unescaped: a value that looks like fields of its own would give the same
/// text as a notification that says something else. Fields that are believed must stand in it once.
bool reads_one_way(const Parameters& parameters) {
  static constexpr auto kHidden = std::to_array<std::string_view>(
      {"&app_id=", "&gmt_payment=", "&out_trade_no=", "&total_amount=", "&trade_no=", "&trade_status="});
  return std::all_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
    const auto& [name, value] = parameter;
    const bool hides = std::any_of(kHidden.begin(), kHidden.end(),
                                   [&value = value](auto hidden) { return value.find(hidden) != std::string::npos; });
    return !hides && name.find_first_of("&=") == std::string::npos;
  });
}

/// An amount that cannot be read makes the outcome unknown: a payment is not believed without its amount.
void set_paid(TradeOutcome& outcome, std::string_view total_amount, std::string_view paid_at, const Clock& clock) {
  auto amount = money::from_decimal(total_amount, money::kCny);
  if (!amount || amount->minor <= 0) {
    outcome.state = TradeState::Unknown;
    outcome.code = "channel.amount_unreadable";
    return;
  }
  outcome.paid = amount.value();
  const auto at = from_china_time(paid_at);
  outcome.paid_at = at ? at.value() : clock.now();
}

json::object trade_content(const PayOrder& order) {
  json::object content{{"out_trade_no", order.number},
                       {"total_amount", money::to_decimal(order.amount)},
                       {"subject", order.subject},
                       {"time_expire", to_china_time(order.expires_at)}};
  switch (order.scene) {
    case Scene::Qr:
    case Scene::Jsapi:
    case Scene::App:
      break;
    case Scene::Page:
      content["product_code"] = "FAST_INSTANT_TRADE_PAY";
      break;
    case Scene::Wap:
      content["product_code"] = "QUICK_WAP_WAY";
      break;
    case Scene::Barcode:
      content["scene"] = "bar_code";
      content["auth_code"] = order.auth_code;
      content["product_code"] = "FACE_TO_FACE_PAYMENT";
      break;
  }
  return content;
}

}  // namespace

Alipay::Alipay(Settings settings, net::HttpClient& client, const Clock& clock)
    : settings_(std::move(settings)), client_(&client), clock_(&clock) {}

Parameters Alipay::common_parameters(std::string_view method) const {
  return {{"app_id", settings_.app_id},
          {"method", std::string(method)},
          {"format", "JSON"},
          {"charset", "utf-8"},
          {"sign_type", "RSA2"},
          {"timestamp", to_china_time(clock_->now())},
          {"version", "1.0"}};
}

Result<std::string> Alipay::redirect_url(const PayOrder& order) const {
  auto parameters = common_parameters(order.scene == Scene::Wap ? "alipay.trade.wap.pay" : "alipay.trade.page.pay");
  parameters["notify_url"] = order.notify_url;
  parameters["return_url"] = order.return_url;
  parameters["biz_content"] = json::serialize(trade_content(order));
  parameters["sign"] = sign(settings_.app_key, string_to_sign(parameters));
  return settings_.gateway_url + "?" + form_encode({parameters.begin(), parameters.end()});
}

void Alipay::call(std::string_view method, std::string biz_content, const std::string& notify_url,
                  std::function<void(Call)> done) {
  auto parameters = common_parameters(method);
  if (!notify_url.empty()) parameters["notify_url"] = notify_url;
  parameters["biz_content"] = std::move(biz_content);
  parameters["sign"] = sign(settings_.app_key, string_to_sign(parameters));
  net::ClientRequest request;
  request.timeout_ms = settings_.call_timeout_ms;
  request.keep_alive = true;
  request.body = form_encode({{"biz_content", parameters["biz_content"]}});
  request.headers.add("Content-Type", "application/x-www-form-urlencoded;charset=utf-8");
  parameters.erase("biz_content");
  request.url = settings_.gateway_url + "?" + form_encode({parameters.begin(), parameters.end()});
  const auto started = clock_->now();
  client_->send(std::move(request), [this, method = std::string(method), started,
                                     done = std::move(done)](Result<net::HttpResponse> response) {
    Call result;
    if (!response) {
      result.not_sent = response.error().consequence() == Consequence::RetrySafe;
      result.problem = std::string(response.error().code());
    } else if (response->status != 200) {
      result.problem = "http." + std::to_string(response->status);
    } else {
      auto parts = take_apart(response->body, response_key_of(method));
      // Errors of the gateway itself come under another key.
      if (!parts) parts = take_apart(response->body, "error_response");
      const auto signature = parts ? from_base64(parts->sign) : std::nullopt;
      if (!parts || !signature || !settings_.alipay_key.verify(parts->raw, *signature)) {
        result.problem = "channel.answer_unverified";
      } else if (auto parsed = codec::parse_json(parts->raw); parsed && parsed->is_object()) {
        result.answer = std::move(parsed->get_object());
      } else {
        result.problem = "channel.answer_unreadable";
      }
    }
    metrics::counter(
        "feiqian_channel_calls_total", "Calls to channels by method and result",
        {{"channel", "alipay"}, {"method", method}, {"result", result.answered() ? result.code() : result.problem}})
        .add();
    log::debug("channel.called", {{"channel", "alipay"},
                                  {"method", method},
                                  {"result", result.answered() ? result.reason() : result.problem},
                                  {"duration_ms", ms_between(started, clock_->now())}});
    done(std::move(result));
  });
}

void Alipay::pay(const PayOrder& order, TradeCallback done) {
  const bool barcode = order.scene == Scene::Barcode;
  call(barcode ? "alipay.trade.pay" : "alipay.trade.precreate", json::serialize(trade_content(order)), order.notify_url,
       [this, barcode, done = std::move(done)](const Call& answer) {
         if (!answer.answered()) {
           done(answer.not_sent ? failed("channel.unreachable", "the channel could not be reached")
                                : unknown(answer.problem, "no usable answer"));
           return;
         }
         TradeOutcome outcome;
         outcome.code = answer.reason();
         outcome.message = answer.message();
         outcome.trade_no = answer.text("trade_no");
         if (answer.code() == "10000" && barcode) {
           outcome.state = TradeState::Paid;
           set_paid(outcome, answer.text("total_amount"), answer.text("gmt_payment"), *clock_);
         } else if (answer.code() == "10000") {
           outcome.qr_code = answer.text("qr_code");
           outcome.state = outcome.qr_code.empty() ? TradeState::Unknown : TradeState::AwaitingPayer;
         } else if (answer.code() == "10003") {
           outcome.state = TradeState::AwaitingPayer;
         } else {
           outcome.state = leaves_open(outcome.code) ? TradeState::Unknown : TradeState::Failed;
           if (outcome.state == TradeState::Failed) {
             outcome.message = outcome.code + " " + outcome.message;
             outcome.code = stable_code(answer.reason());
           }
         }
         done(std::move(outcome));
       });
}

void Alipay::query(const std::string& number, TradeCallback done) {
  call("alipay.trade.query", json::serialize(json::object{{"out_trade_no", number}}), {},
       [this, number, done = std::move(done)](const Call& answer) {
         if (!answer.answered()) {
           done(unknown(answer.problem, "no usable answer"));
           return;
         }
         TradeOutcome outcome;
         outcome.code = answer.reason();
         outcome.message = answer.message();
         if (answer.code() == "10000" && answer.text("out_trade_no") == number) {
           outcome.state = state_of(answer.text("trade_status"));
           outcome.trade_no = answer.text("trade_no");
           if (outcome.state == TradeState::Paid)
             set_paid(outcome, answer.text("total_amount"), answer.text("send_pay_date"), *clock_);
         } else if (outcome.code == "ACQ.TRADE_NOT_EXIST") {
           outcome.state = TradeState::NotFound;
         }
         done(std::move(outcome));
       });
}

void Alipay::close(const std::string& number, TradeCallback done) {
  call("alipay.trade.close", json::serialize(json::object{{"out_trade_no", number}}), {},
       [done = std::move(done)](const Call& answer) {
         if (!answer.answered()) {
           done(unknown(answer.problem, "no usable answer"));
           return;
         }
         TradeOutcome outcome;
         outcome.code = answer.reason();
         outcome.message = answer.message();
         if (answer.code() == "10000" || outcome.code == "ACQ.TRADE_HAS_CLOSE") {
           outcome.state = TradeState::Closed;
         } else if (outcome.code == "ACQ.TRADE_NOT_EXIST") {
           outcome.state = TradeState::NotFound;
         }
         done(std::move(outcome));
       });
}

void Alipay::cancel(const std::string& number, TradeCallback done) {
  call("alipay.trade.cancel", json::serialize(json::object{{"out_trade_no", number}}), {},
       [done = std::move(done)](const Call& answer) {
         TradeOutcome outcome;
         outcome.code = answer.answered() ? answer.reason() : answer.problem;
         outcome.message = answer.message();
         if (answer.answered() && answer.code() == "10000" && answer.text("retry_flag") != "Y")
           outcome.state = TradeState::Closed;
         done(std::move(outcome));
       });
}

void Alipay::refund(const RefundOrder& order, RefundCallback done) {
  json::object content{{"out_trade_no", order.number},
                       {"refund_amount", money::to_decimal(order.amount)},
                       {"out_request_no", order.refund_number}};
  if (!order.reason.empty()) content["refund_reason"] = order.reason;
  call("alipay.trade.refund", json::serialize(content), {}, [done = std::move(done)](const Call& answer) {
    RefundOutcome outcome;
    if (!answer.answered()) {
      outcome.code = answer.problem;
      done(std::move(outcome));
      return;
    }
    outcome.code = answer.reason();
    outcome.message = answer.message();
    if (answer.code() == "10000") {
      // fund_change=Y: this call moved the money. N: an earlier one did, or it is not done yet; the refund query tells.
      outcome.state = answer.text("fund_change") == "Y" ? RefundState::Succeeded : RefundState::Pending;
    } else if (answer.code() == "40004" && !leaves_open(outcome.code)) {
      outcome.state = RefundState::Failed;
    }
    done(std::move(outcome));
  });
}

void Alipay::query_refund(const RefundOrder& order, RefundCallback done) {
  const json::object content{{"out_trade_no", order.number}, {"out_request_no", order.refund_number}};
  call("alipay.trade.fastpay.refund.query", json::serialize(content), {},
       [order, done = std::move(done)](const Call& answer) {
         RefundOutcome outcome;
         if (!answer.answered()) {
           outcome.code = answer.problem;
           done(std::move(outcome));
           return;
         }
         outcome.code = answer.reason();
         outcome.message = answer.message();
         if (answer.code() == "10000") {
           // 10000 alone does not mean refunded.
           if (answer.text("refund_status") == "REFUND_SUCCESS") {
             outcome.state = RefundState::Succeeded;
           } else {
             outcome.state = answer.text("out_request_no").empty() ? RefundState::NotFound : RefundState::Pending;
           }
         } else if (outcome.code == "ACQ.TRADE_NOT_EXIST" || outcome.code == "ACQ.REFUND_NOT_EXIST") {
           outcome.state = RefundState::NotFound;
         }
         done(std::move(outcome));
       });
}

Result<Notification> Alipay::read_notification(const net::HttpRequest& request) const {
  const auto refuse = [](const char* why) { return Error(errors::kNotificationRejected, why); };
  const auto fields = form_decode(request.body);
  if (!fields) return refuse("not a form");
  Parameters parameters(fields->begin(), fields->end());
  if (parameters.size() != fields->size()) return refuse("a field is given twice");
  // What is believed goes into the database as text.
  const auto is_text = [](const auto& field) {
    return is_valid_utf8(field.second) && field.second.find('\0') == std::string::npos;
  };
  if (!std::all_of(fields->begin(), fields->end(), is_text)) return refuse("not UTF-8");
  const auto signature = from_base64(parameters["sign"]);
  if (!signature || parameters["sign_type"] != "RSA2") return refuse("not signed by RSA2");
  if (!settings_.alipay_key.verify(notification_string_to_sign(parameters), *signature))
    return refuse("the signature does not verify");
  if (!reads_one_way(parameters)) return refuse("a value hides fields");
  if (parameters["app_id"] != settings_.app_id) return refuse("another application");
  Notification notification;
  notification.number = parameters["out_trade_no"];
  auto& outcome = notification.outcome;
  outcome.state = state_of(parameters["trade_status"]);
  outcome.trade_no = parameters["trade_no"];
  outcome.code = parameters["trade_status"];
  if (outcome.state == TradeState::Paid)
    set_paid(outcome, parameters["total_amount"], parameters["gmt_payment"], *clock_);
  return notification;
}

net::HttpResponse Alipay::acknowledge(bool accepted) const {
  net::HttpResponse response;
  response.headers.add("Content-Type", "text/plain");
  response.body = accepted ? "success" : "fail";
  return response;
}

void Alipay::statement(Date, std::function<void(Result<std::string>)> done) {
  done(Error(errors::kNotSupported, "Alipay statements are not read yet"));
}

}  // namespace feiqian::channels::alipay
