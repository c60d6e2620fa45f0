#include "sandbox/wechatpay/calls/calls.h"

#include <array>

#include "foundation/text.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::string_view kByNumber = "/v3/pay/transactions/out-trade-no/";
constexpr std::string_view kRefunds = "/v3/refund/domestic/refunds";

constexpr std::array kMethods{
    Method{"wechatpay.native", "POST", "/v3/pay/transactions/native", "", false, prepay},
    Method{"wechatpay.jsapi", "POST", "/v3/pay/transactions/jsapi", "", false, prepay},
    Method{"wechatpay.app", "POST", "/v3/pay/transactions/app", "", false, prepay},
    Method{"wechatpay.h5", "POST", "/v3/pay/transactions/h5", "", false, prepay},
    Method{"wechatpay.codepay", "POST", "/v3/pay/transactions/codepay", "", false, codepay},
    Method{"wechatpay.close", "POST", kByNumber, "/close", true, close},
    Method{"wechatpay.reverse", "POST", kByNumber, "/reverse", true, reverse},
    Method{"wechatpay.query", "GET", kByNumber, "", true, query_by_number},
    Method{"wechatpay.query", "GET", "/v3/pay/transactions/id/", "", true, query_by_transaction},
    Method{"wechatpay.refund", "POST", kRefunds, "", false, refund},
    Method{"wechatpay.refund_query", "GET", "/v3/refund/domestic/refunds/", "", true, refund_query},
    Method{"wechatpay.tradebill", "GET", "/v3/bill/tradebill", "", false, trade_bill},
    Method{"wechatpay.fundflowbill", "GET", "/v3/bill/fundflowbill", "", false, fund_bill},
    Method{"wechatpay.bill_file", "GET", "/v3/billdownload/file", "", false, bill_file},
    Method{"wechatpay.certificates", "GET", "/v3/certificates", "", false, certificates},
};

std::string_view trade_type_of(std::string_view method) {
  if (method == "wechatpay.native") return "NATIVE";
  if (method == "wechatpay.jsapi") return "JSAPI";
  if (method == "wechatpay.app") return "APP";
  if (method == "wechatpay.h5") return "MWEB";
  return "MICROPAY";
}

}  // namespace

Route find_route(std::string_view verb, std::string_view path) {
  Route route;
  for (const auto& method : kMethods) {
    std::string number;
    if (method.names) {
      const auto named = segment_after(path, method.path, method.suffix);
      if (!named) continue;
      number = *named;
    } else if (path != method.path) {
      continue;
    }
    if (method.verb != verb) {
      route.other_verb = true;
      continue;
    }
    return {&method, false, std::move(number)};
  }
  return route;
}

void check_mchid(Call& call) {
  const auto given =
      call.method.verb == "GET" ? std::string(value_of(call.query, "mchid")) : call.fields().required("mchid", 1, 32);
  if (!call.refusal && given != call.account.mchid)
    call.refusal = refuse(kParameter, "mchid 与Http头Authorization中的mchid不一致");
}

Order read_order(Call& call) {
  check_mchid(call);
  auto fields = call.fields();
  Order order;
  order.mchid = call.account.mchid;
  order.method = call.method.name;
  order.trade_type = trade_type_of(call.method.name);
  order.appid = fields.required("appid", 1, 32);
  order.description = fields.required("description", 1, 127);
  order.out_trade_no = fields.number("out_trade_no", 6, 32);
  order.attach = fields.optional("attach", 128);
  order.pay_before = fields.future_time("time_expire", call.now);
  auto amount = fields.child("amount");
  order.total_minor = amount.amount("total");
  if (const auto currency = amount.optional("currency", 3); !currency.empty() && currency != "CNY")
    fields.refuse("amount.currency", "只支持CNY");
  if (!call.refusal && order.appid != call.account.appid) call.refusal = refuse(kAppidMismatch);
  return order;
}

Result<std::string> order_of(Call& call) {
  std::optional<Answer> ignored;
  if (call.method.names && call.method.path == kByNumber) return call.number;
  if (call.method.run == query_by_transaction) {
    const auto trade = TRY(call.books.trade_by_transaction(call.account.mchid, call.number));
    return trade ? trade->order.out_trade_no : std::string();
  }
  if (call.method.run == refund_query) {
    const auto refund = TRY(call.books.refund(call.account.mchid, call.number));
    const auto trade = refund ? TRY(call.books.trade(refund->trade)) : std::nullopt;
    return trade ? trade->order.out_trade_no : std::string();
  }
  Fields fields(call.body, ignored);
  const auto transaction_id = fields.optional("transaction_id", 32);
  if (!transaction_id.empty()) {
    const auto trade = TRY(call.books.trade_by_transaction(call.account.mchid, transaction_id));
    if (trade) return trade->order.out_trade_no;
  }
  return fields.optional("out_trade_no", 64);
}

}  // namespace feiqian::sandbox::wechatpay
