#include "sandbox/alipay/methods/methods.h"

#include <algorithm>
#include <array>

#include "sandbox/alipay/amount.h"

namespace feiqian::sandbox::alipay {
namespace {

constexpr std::array kMethods{
    Method{"alipay.trade.precreate", precreate},
    Method{"alipay.trade.create", create},
    Method{"alipay.trade.pay", pay},
    Method{"alipay.trade.page.pay", page_pay, true},
    Method{"alipay.trade.wap.pay", page_pay, true},
    Method{"alipay.trade.query", query},
    Method{"alipay.trade.close", close},
    Method{"alipay.trade.cancel", cancel},
    Method{"alipay.trade.refund", refund},
    Method{"alipay.trade.fastpay.refund.query", refund_query},
};

}  // namespace

const Method* find_method(std::string_view name) {
  const auto* found =
      std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) { return method.name == name; });
  return found == kMethods.end() ? nullptr : found;
}

Result<std::string> order_of(Call& call) {
  const auto trade_no = call.biz.optional("trade_no", 64);
  if (!trade_no.empty()) {
    const auto trade = TRY(call.books.trade_by_no(trade_no));
    if (trade) return trade->order.out_trade_no;
  }
  return call.biz.optional("out_trade_no", 64);
}

Result<std::optional<Trade>> find_trade(Call& call) {
  const auto trade_no = call.biz.optional("trade_no", 64);
  const auto out_trade_no = call.biz.order_number("out_trade_no");
  if (trade_no.empty() && out_trade_no.empty())
    call.biz.refuse(kInvalidParameter, "trade_no和out_trade_no不能同时为空");
  if (call.biz.refusal()) return std::optional<Trade>();
  if (trade_no.empty()) return call.books.trade_by_order(call.app_id(), out_trade_no);
  auto trade = TRY(call.books.trade_by_no(trade_no));
  if (trade && trade->order.app_id != call.app_id()) trade.reset();
  return trade;
}

Order read_order(Call& call) {
  auto& biz = call.biz;
  Order order;
  order.app_id = call.app_id();
  order.method = call.method.name;
  order.out_trade_no = biz.order_number("out_trade_no");
  if (order.out_trade_no.empty()) biz.refuse(kInvalidParameter, "out_trade_no不能为空");
  order.total_minor = biz.amount("total_amount");
  order.subject = biz.required("subject", 256);
  order.body = biz.optional("body", 128);
  order.notify_url = value_of(call.parameters, "notify_url");
  order.return_url = value_of(call.parameters, "return_url");
  order.quit_url = biz.optional("quit_url", 400);
  if (!order.quit_url.empty() && !net::Url::parse(order.quit_url)) biz.refuse(kInvalidParameter, "quit_url");
  order.passback_params = biz.optional("passback_params", 512);
  order.timeout_express = biz.timeout("timeout_express");
  order.pay_before = biz.future_time("time_expire", call.now);
  return order;
}

std::optional<Answer> refuse_reopening(const Trade& trade, const Order& order) {
  if (!trade.order.same_content(order)) return refuse(kContextInconsistent);
  if (trade.paid_at) return refuse(kTradeHasSuccess);
  if (trade.state == TradeState::Closed) return refuse(kTradeHasClose);
  return std::nullopt;
}

codec::json::object paid_fields(const Trade& trade) {
  const auto& buyer = row_of(trade.buyer.value_or(Payer::Rich));
  const auto amount = yuan(trade.order.total_minor);
  return {{"buyer_logon_id", buyer.logon_id},
          {"buyer_pay_amount", amount},
          {"buyer_user_id", buyer.user_id},
          {"invoice_amount", amount},
          {"out_trade_no", trade.order.out_trade_no},
          {"point_amount", "0.00"},
          {"receipt_amount", amount},
          {"total_amount", amount},
          {"trade_no", trade.trade_no}};
}

}  // namespace feiqian::sandbox::alipay
