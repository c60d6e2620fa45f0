#include "channels/unionpay/unionpay.h"

#include <algorithm>

#include "channels/unionpay/response_code.h"
#include "channels/unionpay/settlement_file.h"
#include "foundation/log.h"
#include "foundation/metrics.h"
#include "foundation/text.h"

namespace feiqian::channels::unionpay {
namespace {

constexpr std::string_view kGatewayPayment = "000201";  // bizType of payments on the provider's page
constexpr std::string_view kAnyProduct = "000000";      // of codes, queries and files
constexpr std::string_view kCurrency = "156";
constexpr std::string_view kPc = "07";
constexpr std::string_view kPhone = "08";
/// The address that tells UnionPay to send no notification: refunds and voids are asked about instead, since their
/// notifications come only when they succeed and name an order that is no payment.
constexpr std::string_view kNoNotification = "http://www.specialUrl.com";
constexpr std::size_t kMostFileBytes = 64U << 20;

TradeOutcome outcome(TradeState state, std::string code, std::string message) {
  TradeOutcome made;
  made.state = state;
  made.code = std::move(code);
  made.message = std::move(message);
  return made;
}

TradeOutcome unusable_number() {
  return outcome(TradeState::Failed, "channel.number_unusable", "the number cannot name an order at the channel");
}

/// Without the characters that structure nested fields.
std::string plain(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (std::string_view("&={}[]|\"'<>:").find(c) == std::string_view::npos) kept += c;
  }
  return kept;
}

/// Fen without sign or point; nothing else is believed.
std::optional<money::Money> amount_of(const Fields& fields) {
  const auto text = value_of(fields, "txnAmt");
  const auto minor = text.empty() || text.front() == '-' ? std::nullopt : parse_int(text);
  if (!minor || *minor <= 0 || value_of(fields, "currencyCode") != kCurrency) return std::nullopt;
  return money::Money{*minor, money::kCny};
}

}  // namespace

/// One call's answer: either proven fields, or why there are none.
struct UnionPay::Answer {
  Fields fields;  // empty when there are none
  bool not_sent = false;
  std::string problem;

  bool answered() const { return !fields.empty(); }
  std::string text(std::string_view name) const { return std::string(value_of(fields, name)); }
  std::string code() const { return answered() ? text("respCode") : problem; }
  std::string message() const { return utf8_prefix(value_of(fields, "respMsg"), 200); }
  Meaning meaning() const { return answered() ? meaning_of(value_of(fields, "respCode")) : Meaning::Ask; }
  /// Of the transaction that a query found.
  Meaning original_meaning() const { return meaning_of(value_of(fields, "origRespCode")); }
  bool is_about(const OrderKey& key) const {
    return value_of(fields, "orderId") == key.order_id && value_of(fields, "txnTime") == key.txn_time;
  }
};

UnionPay::UnionPay(Settings settings, net::HttpClient& client, const Clock& clock)
    : settings_(std::move(settings)), client_(&client), clock_(&clock) {}

std::string UnionPay::gateway(std::string_view service) const {
  return settings_.gateway_url + "/gateway/api/" + std::string(service) + ".do";
}

Fields UnionPay::common_fields(std::string_view txn_type, std::string_view txn_sub_type,
                               std::string_view biz_type) const {
  return {{"version", "5.1.0"},
          {"encoding", "UTF-8"},
          {"txnType", std::string(txn_type)},
          {"txnSubType", std::string(txn_sub_type)},
          {"bizType", std::string(biz_type)},
          {"accessType", "0"},
          {"merId", settings_.merchant_id}};
}

Fields UnionPay::order_fields(const PayOrder& order, const OrderKey& key, std::string_view txn_sub_type,
                              std::string_view biz_type) const {
  auto fields = common_fields("01", txn_sub_type, biz_type);
  fields["channelType"] = order.scene == Scene::Page ? kPc : kPhone;
  fields["orderId"] = key.order_id;
  fields["txnTime"] = key.txn_time;
  fields["txnAmt"] = std::to_string(order.amount.minor);
  fields["currencyCode"] = kCurrency;
  fields["backUrl"] = order.notify_url;
  fields["riskRateInfo"] = "{commodityName=" + plain(order.subject) + "}";
  if (order.scene == Scene::Barcode) {
    fields["qrNo"] = order.auth_code;
  } else {
    fields["payTimeout"] = to_txn_time(order.expires_at);
    // Comes back with the answer to a query: until then a payer whose card was refused may try another.
    fields["reqReserved"] = fields["payTimeout"];
  }
  return fields;
}

Result<std::string> UnionPay::redirect_url(const PayOrder& order) const {
  TRY(order_key_of(order.number));
  return gateway("frontTransReq");
}

Result<FormFields> UnionPay::redirect_fields(const PayOrder& order) const {
  auto fields = order_fields(order, TRY(order_key_of(order.number)), "01", kGatewayPayment);
  fields["frontUrl"] = order.return_url;
  settings_.signer.sign(fields);
  return FormFields(fields.begin(), fields.end());
}

UnionPay::Answer UnionPay::read_answer(const Result<net::HttpResponse>& response, std::string_view order_id) const {
  Answer answer;
  if (!response) {
    answer.not_sent = response.error().consequence() == Consequence::RetrySafe;
    answer.problem = std::string(response.error().code());
  } else if (response->status != 200) {
    answer.problem = "http." + std::to_string(response->status);
  } else if (auto fields = parse_answer(response->body); !fields) {
    answer.problem = "channel.answer_unreadable";
  } else if (const auto proven = settings_.verifier.verify(*fields, clock_->now()); !proven) {
    log::warn("channel.answer_unverified", {{"channel", "unionpay"}, {"why", proven.error()}});
    answer.problem = "channel.answer_unverified";
  } else if (value_of(*fields, "merId") != settings_.merchant_id || value_of(*fields, "respCode").empty()) {
    answer.problem = "channel.answer_unreadable";
  } else if (const auto about = value_of(*fields, "orderId"); !about.empty() && about != order_id) {
    answer.problem = "channel.answer_misplaced";  // proven, but to another question
  } else {
    answer.fields = std::move(*fields);
  }
  return answer;
}

void UnionPay::call(std::string_view operation, const std::string& url, Fields fields, AnswerCallback done,
                    std::size_t most_answer_bytes) {
  settings_.signer.sign(fields);
  net::ClientRequest request;
  request.url = url;
  request.timeout_ms = settings_.call_timeout_ms;
  request.keep_alive = true;
  request.max_response_bytes = most_answer_bytes;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8");
  request.body = to_form(fields);
  const auto started = clock_->now();
  client_->send(std::move(request),
                [this, operation = std::string(operation), started, order_id = std::string(value_of(fields, "orderId")),
                 done = std::move(done)](const Result<net::HttpResponse>& response) {
                  auto answer = read_answer(response, order_id);
                  metrics::counter("feiqian_channel_calls_total", "Calls to channels by method and result",
                                   {{"channel", "unionpay"}, {"method", operation}, {"result", answer.code()}})
                      .add();
                  log::debug("channel.called", {{"channel", "unionpay"},
                                                {"method", operation},
                                                {"result", answer.code()},
                                                {"duration_ms", ms_between(started, clock_->now())}});
                  done(std::move(answer));
                });
}

void UnionPay::pay(const PayOrder& order, TradeCallback done) {
  const auto key = order_key_of(order.number);
  if (!key) {
    done(unusable_number());
    return;
  }
  const bool barcode = order.scene == Scene::Barcode;
  auto fields = order_fields(order, *key, barcode ? "06" : "07", kAnyProduct);
  call(barcode ? "barcode" : "qr", gateway("backTransReq"), std::move(fields),
       [this, key = *key, barcode, done = std::move(done)](const Answer& answer) {
         if (!answer.answered()) {
           done(answer.not_sent ? outcome(TradeState::Failed, "channel.unreachable", "the channel could not be reached")
                                : outcome(TradeState::Unknown, answer.problem, "no usable answer"));
           return;
         }
         auto made = outcome(TradeState::Unknown, answer.code(), answer.message());
         if (answer.meaning() == Meaning::Done && barcode) {
           made.state = TradeState::AwaitingPayer;
           ask_at_once(key, std::move(made), done);
           return;
         } else if (answer.meaning() == Meaning::Done) {
           made.qr_code = answer.text("qrCode");
           if (!made.qr_code.empty()) made.state = TradeState::AwaitingPayer;
         } else if (answer.meaning() == Meaning::NotExecuted) {
           made.state = TradeState::Failed;
           made.message = answer.code() + " " + answer.message();
           made.code = stable_code(answer.code());
         }
         done(std::move(made));
       });
}

/// Accepted is not done, but mostly it is done at once, and a till waits for it.
void UnionPay::ask_at_once(const OrderKey& key, TradeOutcome accepted, TradeCallback done) {
  ask(key, [this, key, accepted = std::move(accepted), done = std::move(done)](const Answer& answer) {
    auto found = outcome_of(answer, key);
    const bool ended = found.state == TradeState::Paid || found.state == TradeState::Failed;
    done(ended ? std::move(found) : accepted);
  });
}

void UnionPay::ask(const OrderKey& key, AnswerCallback done) {
  auto fields = common_fields("00", "00", kAnyProduct);
  fields["orderId"] = key.order_id;
  fields["txnTime"] = key.txn_time;
  call("query", gateway("queryTrans"), std::move(fields), std::move(done));
}

TradeOutcome UnionPay::outcome_of(const Answer& answer, const OrderKey& key) const {
  if (!answer.answered()) return outcome(TradeState::Unknown, answer.problem, "no usable answer");
  if (answer.meaning() == Meaning::NotFound) return outcome(TradeState::NotFound, answer.code(), answer.message());
  auto made = outcome(TradeState::Unknown, answer.code(), answer.message());
  if (answer.meaning() != Meaning::Done || !answer.is_about(key)) return made;
  made.code = answer.text("origRespCode");
  made.message = utf8_prefix(value_of(answer.fields, "origRespMsg"), 200);
  made.trade_no = answer.text("queryId");
  switch (answer.original_meaning()) {
    case Meaning::Done:
      made.paid = amount_of(answer.fields);
      made.paid_at = clock_->now();
      made.state = made.paid ? TradeState::Paid : TradeState::Unknown;
      if (!made.paid) made.code = "channel.amount_unreadable";
      break;
    case Meaning::NotExecuted:
      if (const auto until = from_txn_time(value_of(answer.fields, "reqReserved")); until && clock_->now() < *until) {
        made.state = TradeState::AwaitingPayer;
        break;
      }
      made.state = TradeState::Failed;
      made.message = made.code + " " + made.message;
      made.code = stable_code(answer.text("origRespCode"));
      break;
    case Meaning::NotFound:
      made.state = TradeState::NotFound;
      break;
    case Meaning::GivenBack:
      made.state = TradeState::Closed;
      break;
    case Meaning::Ask:
      break;
  }
  return made;
}

void UnionPay::query(const std::string& number, TradeCallback done) {
  const auto key = order_key_of(number);
  if (!key) {
    done(outcome(TradeState::NotFound, "channel.number_unusable", "the number cannot name an order at the channel"));
    return;
  }
  ask(*key, [this, key = *key, done = std::move(done)](const Answer& answer) { done(outcome_of(answer, key)); });
}

void UnionPay::close(const std::string& number, TradeCallback done) {
  query(number, [done = std::move(done)](TradeOutcome found) {
    // What was refused for good cannot be paid any more.
    if (found.state == TradeState::Failed) found.state = TradeState::Closed;
    done(std::move(found));
  });
}

void UnionPay::cancel(const std::string& number, TradeCallback done) {
  const auto key = order_key_of(number);
  if (!key) {
    done(outcome(TradeState::Unknown, "channel.number_unusable", "the number cannot name an order at the channel"));
    return;
  }
  auto fields = common_fields("99", "01", kAnyProduct);
  fields["channelType"] = kPhone;
  fields["orderId"] = key->order_id;
  fields["txnTime"] = key->txn_time;
  fields["backUrl"] = kNoNotification;
  call("reversal", gateway("backTransReq"), std::move(fields),
       [this, key = *key, done = std::move(done)](const Answer& answer) {
         const auto meaning = answer.meaning();
         if (meaning == Meaning::Done || meaning == Meaning::GivenBack) {
           done(outcome(TradeState::Closed, answer.code(), answer.message()));
         } else if (meaning == Meaning::Ask) {
           done(outcome(TradeState::Unknown, answer.code(), answer.message()));
         } else {
           void_payment(key, done);
         }
       });
}

void UnionPay::void_payment(const OrderKey& key, TradeCallback done) {
  ask(key, [this, key, done = std::move(done)](const Answer& original) {
    auto found = outcome_of(original, key);
    // The reversal was refused, and the provider says that no money moved or that it knows no such order.
    if (found.state == TradeState::Failed || found.state == TradeState::Closed || found.state == TradeState::NotFound) {
      found.state = TradeState::Closed;
      done(std::move(found));
      return;
    }
    if (found.state != TradeState::Paid) {
      done(outcome(TradeState::Unknown, found.code, found.message));
      return;
    }
    auto fields = common_fields("31", "00", kAnyProduct);
    fields["channelType"] = kPhone;
    // One payment is voided once, so the void's name follows from the payment's. Nobody asks about the void itself.
    fields["orderId"] = key.order_id + "V";
    fields["txnTime"] = to_txn_time(clock_->now());
    fields["txnAmt"] = original.text("txnAmt");
    fields["currencyCode"] = kCurrency;
    fields["origQryId"] = original.text("queryId");
    fields["backUrl"] = kNoNotification;
    call("void", gateway("backTransReq"), std::move(fields), [done](const Answer& answer) {
      // Accepted is not done: the next reversal is answered with 45 once it is.
      const bool given_back = answer.meaning() == Meaning::GivenBack;
      done(outcome(given_back ? TradeState::Closed : TradeState::Unknown, answer.code(), answer.message()));
    });
  });
}

void UnionPay::refund(const RefundOrder& order, RefundCallback done) {
  const auto paid = order_key_of(order.number);
  const auto key = order_key_of(order.refund_number);
  if (!paid || !key) {
    done({RefundState::Failed, "channel.number_unusable", "the number cannot name an order at the channel"});
    return;
  }
  // The refund names what it gives back by the provider's number, which only the query knows.
  ask(*paid, [this, order, paid = *paid, key = *key, done = std::move(done)](const Answer& original) {
    if (outcome_of(original, paid).state != TradeState::Paid) {
      done({RefundState::Unknown, original.code(), original.message()});
      return;
    }
    send_refund(order, key, original, done);
  });
}

void UnionPay::send_refund(const RefundOrder& order, const OrderKey& key, const Answer& original, RefundCallback done) {
  const auto product = original.text("bizType");
  auto fields = common_fields("04", "00", product.empty() ? kAnyProduct : std::string_view(product));
  fields["channelType"] = kPhone;
  fields["orderId"] = key.order_id;
  fields["txnTime"] = key.txn_time;
  fields["txnAmt"] = std::to_string(order.amount.minor);
  fields["currencyCode"] = kCurrency;
  fields["origQryId"] = original.text("queryId");
  fields["backUrl"] = kNoNotification;
  call("refund", gateway("backTransReq"), std::move(fields), [done = std::move(done)](const Answer& answer) {
    RefundOutcome made{RefundState::Unknown, answer.code(), answer.message()};
    if (answer.meaning() == Meaning::Done) made.state = RefundState::Pending;
    if (answer.meaning() == Meaning::NotExecuted || answer.meaning() == Meaning::GivenBack)
      made.state = RefundState::Failed;
    done(std::move(made));
  });
}

void UnionPay::query_refund(const RefundOrder& order, RefundCallback done) {
  const auto key = order_key_of(order.refund_number);
  if (!key) {
    done({RefundState::NotFound, "channel.number_unusable", "the number cannot name an order at the channel"});
    return;
  }
  ask(*key, [this, order, key = *key, done = std::move(done)](const Answer& answer) {
    const auto found = outcome_of(answer, key);
    RefundOutcome made{RefundState::Unknown, found.code, found.message};
    if (found.state == TradeState::Paid) {
      made.state = *found.paid == order.amount ? RefundState::Succeeded : RefundState::Unknown;
      if (made.state == RefundState::Unknown) made.code = "channel.amount_mismatch";
    } else if (found.state == TradeState::NotFound) {
      made.state = RefundState::NotFound;
    } else if (found.state == TradeState::Failed) {
      made.state = RefundState::Failed;
    } else if (answer.answered() && answer.meaning() == Meaning::Done && answer.is_about(key)) {
      made.state = RefundState::Pending;
    }
    done(std::move(made));
  });
}

Result<Notification> UnionPay::read_notification(const net::HttpRequest& request) const {
  const auto refuse = [](std::string why) { return Error(errors::kNotificationRejected, std::move(why)); };
  const auto fields = parse_form(request.body);
  if (!fields) return refuse(fields.error().detail());
  if (const auto proven = settings_.verifier.verify(*fields, clock_->now()); !proven)
    return refuse(proven.error().detail());
  if (value_of(*fields, "merId") != settings_.merchant_id) return refuse("another merchant");
  if (value_of(*fields, "txnType") != "01") return refuse("not about a payment");
  const auto number = number_of(value_of(*fields, "orderId"));
  if (number && order_key_of(*number)->txn_time != value_of(*fields, "txnTime"))
    return refuse("another time than the order's");
  Notification notification;
  // What is no number of ours is handed on as it is: people look at it.
  notification.number = number ? *number : std::string(value_of(*fields, "orderId"));
  auto& told = notification.outcome;
  told.code = value_of(*fields, "respCode");
  told.message = utf8_prefix(value_of(*fields, "respMsg"), 200);
  told.trade_no = value_of(*fields, "queryId");
  if (meaning_of(told.code) != Meaning::Done) return notification;
  told.paid = amount_of(*fields);
  told.paid_at = clock_->now();
  told.state = told.paid ? TradeState::Paid : TradeState::Unknown;
  if (!told.paid) told.code = "channel.amount_unreadable";
  return notification;
}

net::HttpResponse UnionPay::acknowledge(bool accepted) const {
  // 200 and 302 end the notification; everything else brings it again.
  net::HttpResponse response;
  response.status = accepted ? 200 : 503;
  response.headers.add("Content-Type", "text/plain");
  response.body = accepted ? "ok" : "fail";
  return response;
}

void UnionPay::statement(Date day, std::function<void(Result<std::string>)> done) {
  auto fields = common_fields("76", "01", kAnyProduct);
  fields["txnTime"] = to_txn_time(clock_->now());
  fields["fileType"] = "00";
  fields["settleDate"] = to_text(day).substr(5, 2) + to_text(day).substr(8, 2);
  call(
      "file", settings_.file_url, std::move(fields),
      [done = std::move(done)](const Answer& answer) {
        if (answer.answered() && answer.meaning() == Meaning::Done) {
          done(open_settlement(value_of(answer.fields, "fileContent")));
        } else {
          done(Error(errors::kStatementUnavailable, answer.code() + " " + answer.message()));
        }
      },
      kMostFileBytes);
}

}  // namespace feiqian::channels::unionpay
