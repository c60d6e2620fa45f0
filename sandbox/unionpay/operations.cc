#include "sandbox/unionpay/operations.h"

#include <algorithm>
#include <array>
#include <variant>

#include "foundation/text.h"
#include "sandbox/unionpay/notice.h"
#include "sandbox/unionpay/settlement_file.h"

namespace feiqian::sandbox::unionpay {
namespace {

constexpr std::array kOperations{
    Operation{"unionpay.front", "frontTransReq.do", "01", "01", front, true},
    Operation{"unionpay.qr", "backTransReq.do", "01", "07", qr},
    Operation{"unionpay.barcode", "backTransReq.do", "01", "06", barcode},
    Operation{"unionpay.query", "queryTrans.do", "00", "00", query},
    Operation{"unionpay.refund", "backTransReq.do", "04", "00", refund},
    Operation{"unionpay.void", "backTransReq.do", "31", "00", void_payment},
    Operation{"unionpay.reversal", "backTransReq.do", "99", "01", reversal},
    Operation{"unionpay.file", "file", "76", "01", file},
};

constexpr std::int64_t kLongestS = 15 * 86400;
constexpr std::int64_t kConfirmWithinS = 120;  // a payer who must confirm a payment by code
constexpr std::int64_t kMostMinor = 999'999'999'999;

bool is_order_id(std::string_view text) {
  return text.size() >= 8 && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

/// The order as the request describes it; a code when it cannot be read.
std::optional<Code> read_order(const Call& call, Order& order) {
  for (const char* name : {"orderId", "txnTime", "txnAmt", "currencyCode", "backUrl"}) {
    if (call.field(name).empty()) return kMissing;
  }
  const auto amount = parse_int(call.field("txnAmt"));
  const auto digits_only = call.field("txnAmt").front() != '-';
  if (!is_order_id(call.field("orderId")) || !from_txn_time(call.field("txnTime")) || !amount || !digits_only ||
      *amount < 1 || *amount > kMostMinor || call.field("currencyCode") != "156" ||
      !net::Url::parse(call.field("backUrl")))
    return kFormat;
  order.merchant = call.merchant();
  order.order_id = call.field("orderId");
  order.txn_time = call.field("txnTime");
  order.operation = call.operation.name;
  order.asked = call.fields;
  order.amount_minor = *amount;
  order.expires_at = call.now.plus_s(kLongestS);
  if (const auto timeout = call.field("payTimeout"); !timeout.empty()) {
    const auto until = from_txn_time(timeout);
    if (!until) return kFormat;
    order.expires_at = std::min(order.expires_at, until.value());
  }
  return std::nullopt;
}

std::string new_page(Random& random) {
  return to_hex(random.bytes(12));
}

/// A payment that its payer completes on a page: the same order asked for again leads to the same page.
Result<std::variant<Order, Code>> open_with_page(Call& call) {
  using Opened = std::variant<Order, Code>;
  Order order;
  if (const auto problem = read_order(call, order)) return Opened(*problem);
  if (order.expires_at <= call.now) return Opened(kTooLate);
  if (auto existing = TRY(call.books.order(order.merchant, order.order_id, order.txn_time))) {
    if (!existing->same_content(order) || existing->state != OrderState::Waiting) return Opened(kDuplicate);
    return Opened(std::move(*existing));
  }
  order.page = new_page(call.surroundings.random);
  TRY(call.trading.open(order));
  return Opened(std::move(order));
}

bool is_payers_code(std::string_view text) {
  return text.size() == 19 && text.starts_with("62") &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The payment that a refund or void names, when it is the caller's and can be given back.
Result<std::variant<Order, Code>> original_of(Call& call) {
  using Found = std::variant<Order, Code>;
  std::optional<Order> original;
  if (const auto query_id = call.field("origQryId"); !query_id.empty()) {
    original = TRY(call.books.by_query_id(query_id));
  } else {
    original = TRY(call.books.order(call.merchant(), call.field("origOrderId"), call.field("origTxnTime")));
  }
  if (!original || original->merchant != call.merchant() || !original->is_payment()) return Found(kOriginalState);
  if (original->state == OrderState::Returned) return Found(kGivenBack);
  if (original->state != OrderState::Succeeded) return Found(kOriginalState);
  return Found(std::move(*original));
}

}  // namespace

const Operation* find_operation(std::string_view service, const Parameters& fields) {
  const auto* found = std::find_if(kOperations.begin(), kOperations.end(), [&](const Operation& operation) {
    return operation.service == service && operation.txn_type == value_of(fields, "txnType") &&
           operation.txn_sub_type == value_of(fields, "txnSubType");
  });
  return found == kOperations.end() ? nullptr : found;
}

Result<Answer> front(Call& call) {
  if (!net::Url::parse(call.field("frontUrl"))) return refuse(call.field("frontUrl").empty() ? kMissing : kFormat);
  const auto opened = TRY(open_with_page(call));
  if (const auto* code = std::get_if<Code>(&opened)) return refuse(*code);
  Answer answer;
  answer.location = call.surroundings.base_url() + "/unionpay/cashier/" + std::get<Order>(opened).page;
  return answer;
}

Result<Answer> qr(Call& call) {
  const auto opened = TRY(open_with_page(call));
  if (const auto* code = std::get_if<Code>(&opened)) return refuse(*code);
  Answer answer;
  answer.fields["qrCode"] = call.surroundings.base_url() + "/unionpay/qr/" + std::get<Order>(opened).page;
  return answer;
}

/// Accepted at once; the query tells what became of it.
Result<Answer> barcode(Call& call) {
  Order order;
  if (const auto problem = read_order(call, order)) return refuse(*problem);
  const auto text = call.field("qrNo");
  if (text.empty()) return refuse(kMissing);
  if (TRY(call.books.order(order.merchant, order.order_id, order.txn_time))) return refuse(kDuplicate);
  auto code = is_payers_code(text) ? TRY(call.books.auth_code(text)) : std::nullopt;
  if (!code || code->used) return refuse(kCodeInvalid);
  code->used = true;
  TRY(call.books.update(*code));
  order.auth_code = text;
  order.expires_at = call.now.plus_s(kConfirmWithinS);
  order.opened_at = call.now;
  TRY(call.trading.open(order));
  if (code->payer != Payer::Slow) TRY(call.trading.pay(order, code->payer));
  return Answer();
}

Result<Answer> query(Call& call) {
  std::optional<Order> order;
  if (const auto query_id = call.field("queryId"); !query_id.empty()) {
    order = TRY(call.books.by_query_id(query_id));
    if (order && order->merchant != call.merchant()) order.reset();
  } else {
    if (call.field("orderId").empty() || call.field("txnTime").empty()) return refuse(kMissing);
    order = TRY(call.books.order(call.merchant(), call.field("orderId"), call.field("txnTime")));
  }
  // An order whose payer never came is no transaction yet.
  if (!order || (order->is_payment() && !order->opened_at && order->state != OrderState::Returned))
    return refuse(kNotFound);
  Answer answer;
  answer.fields = outcome_fields(*order);
  for (const char* name : {"respCode", "respMsg", "signMethod"}) answer.fields.erase(name);
  const auto tell = [&](const Code& code) {
    answer.fields["origRespCode"] = code.code;
    answer.fields["origRespMsg"] = code.words;
  };
  switch (order->state) {
    case OrderState::Waiting:
      tell(kAccepted);
      break;
    case OrderState::Succeeded:
      tell(kDone);
      break;
    case OrderState::Failed:
      tell(order->code == kBalance.code ? kBalance : order->code == kTimedOut.code ? kTimedOut : kFailed);
      break;
    case OrderState::Returned:
      tell(kReversed);
      break;
  }
  return answer;
}

/// Accepted at once; idempotent by orderId and txnTime only in that a second one is refused as a duplicate.
Result<Answer> refund(Call& call) {
  Order order;
  if (const auto problem = read_order(call, order)) return refuse(*problem);
  if (TRY(call.books.order(order.merchant, order.order_id, order.txn_time))) return refuse(kDuplicate);
  auto found = TRY(original_of(call));
  if (const auto* code = std::get_if<Code>(&found)) return refuse(*code);
  auto& original = std::get<Order>(found);
  const auto left = original.amount_minor - TRY(call.trading.reserved_minor(original));
  if (left == 0) return refuse(kGivenBack);
  if (order.amount_minor > left) return refuse(kOriginalDiffers);
  auto& faults = call.surroundings.faults;
  if (TRY(faults.draw(FaultKind::RefundFail, call.operation.name, order.order_id))) return refuse(kFailed);
  const auto pending = TRY(faults.draw(FaultKind::RefundPending, call.operation.name, order.order_id));
  TRY(call.trading.give_back(order, original, pending ? pending->delay_ms : 0));
  return Answer();
}

/// The whole payment, on its settlement day.
Result<Answer> void_payment(Call& call) {
  Order order;
  if (const auto problem = read_order(call, order)) return refuse(*problem);
  if (TRY(call.books.order(order.merchant, order.order_id, order.txn_time))) return refuse(kDuplicate);
  auto found = TRY(original_of(call));
  if (const auto* code = std::get_if<Code>(&found)) return refuse(*code);
  auto& original = std::get<Order>(found);
  if (order.amount_minor != original.amount_minor) return refuse(kOriginalDiffers);
  if (TRY(call.trading.reserved_minor(original)) > 0) return refuse(kGivenBack);
  if (settlement_day(original.ended_at) != settlement_day(call.now)) return refuse(kTooLate);
  TRY(call.trading.give_back(order, original, 0));
  return Answer();
}

/// Undoes a payment by code whatever became of it, under the payment's own name, on its settlement day.
Result<Answer> reversal(Call& call) {
  if (call.field("orderId").empty() || call.field("txnTime").empty()) return refuse(kMissing);
  auto payment = TRY(call.books.order(call.merchant(), call.field("orderId"), call.field("txnTime")));
  if (!payment || !payment->is_payment()) return refuse(kNotFound);
  if (payment->state == OrderState::Returned) return refuse(kReversed);
  if (payment->state == OrderState::Failed || payment->auth_code.empty()) return refuse(kOriginalState);
  if (TRY(call.trading.reserved_minor(*payment)) > 0) return refuse(kGivenBack);
  const auto since = payment->ended_at ? payment->ended_at : payment->created_at;
  if (settlement_day(since) != settlement_day(call.now)) return refuse(kTooLate);
  const auto late =
      TRY(call.surroundings.faults.draw(FaultKind::PayAfterClose, call.operation.name, payment->order_id));
  TRY(call.trading.reverse(*payment, late));
  return Answer();
}

Result<Answer> file(Call& call) {
  if (call.field("fileType") != "00") return refuse(call.field("fileType").empty() ? kMissing : kFormat);
  const auto day = settlement_day_of(call.field("settleDate"), call.now);
  if (!day) return refuse(kFormat);
  if (*day >= settlement_day(call.now)) return refuse(kNoFile);
  const auto made = TRY(settlement_file(call.books, call.merchant(), *day));
  Answer answer;
  answer.fields["fileName"] = made.name;
  answer.fields["fileContent"] = made.content;
  answer.fields["settleDate"] = call.field("settleDate");
  return answer;
}

}  // namespace feiqian::sandbox::unionpay
