#include <algorithm>

#include "sandbox/alipay/amount.h"
#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {
namespace {

Answer waiting(const Trade& trade) {
  const auto& buyer = row_of(trade.buyer.value_or(Payer::Slow));
  return awaiting_payer({{"buyer_logon_id", buyer.logon_id},
                         {"buyer_pay_amount", "0.00"},
                         {"buyer_user_id", buyer.user_id},
                         {"invoice_amount", "0.00"},
                         {"out_trade_no", trade.order.out_trade_no},
                         {"point_amount", "0.00"},
                         {"receipt_amount", "0.00"},
                         {"total_amount", yuan(trade.order.total_minor)},
                         {"trade_no", trade.trade_no}});
}

Answer paid(const Trade& trade) {
  auto fields = paid_fields(trade);
  fields["gmt_payment"] = to_china_time(trade.paid_at);
  fields["fund_bill_list"] =
      codec::json::array{{{"amount", yuan(trade.order.total_minor)}, {"fund_channel", "ALIPAYACCOUNT"}}};
  return success(std::move(fields));
}

/// The order number is taken: the same request again gets the outcome that exists.
Answer repeated(const Trade& trade, const Order& order, const std::string& auth_code) {
  if (!trade.order.same_content(order)) return refuse(kContextInconsistent);
  if (trade.state == TradeState::Closed) return refuse(kTradeHasClose);
  if (trade.auth_code == auth_code) return trade.paid_at ? paid(trade) : waiting(trade);
  return refuse(trade.paid_at ? kTradeHasSuccess : kContextInconsistent);
}

bool is_barcode(std::string_view text) {
  return text.size() >= 16 && text.size() <= 24 && text.substr(0, 2) >= "25" && text.substr(0, 2) <= "30" &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

/// A merchant scans the payer's barcode. A refused use leaves no trade, only the used-up barcode, which remembers its
/// outcome.
Result<Answer> pay(Call& call) {
  const auto order = read_order(call);
  const auto scene = call.biz.optional("scene", 32);
  const auto auth_code = call.biz.required("auth_code", 64);
  if (!scene.empty() && scene != "bar_code") call.biz.refuse(kInvalidParameter, "scene应为bar_code");
  if (call.biz.refusal()) return *call.biz.refusal();
  if (const auto existing = TRY(call.books.trade_by_order(order.app_id, order.out_trade_no)))
    return repeated(*existing, order, auth_code);

  auto code = is_barcode(auth_code) ? TRY(call.books.auth_code(auth_code)) : std::nullopt;
  if (!code) return refuse(kAuthCodeInvalid);
  if (!code->out_trade_no.empty()) {
    const bool same = code->app_id == order.app_id && code->out_trade_no == order.out_trade_no &&
                      code->refusal == kBuyerBalanceNotEnough.sub_code;
    return refuse(same ? kBuyerBalanceNotEnough : kAuthCodeInvalid);
  }
  code->app_id = order.app_id;
  code->out_trade_no = order.out_trade_no;
  if (code->payer == Payer::Poor ||
      TRY(call.surroundings.faults.draw(FaultKind::InsufficientBalance, call.method.name, order.out_trade_no))
          .has_value()) {
    code->refusal = kBuyerBalanceNotEnough.sub_code;
    TRY(call.books.update(*code));
    return refuse(kBuyerBalanceNotEnough);
  }
  TRY(call.books.update(*code));
  auto trade = TRY(call.trading.open(order, auth_code));
  if (code->payer == Payer::Slow) {
    trade.buyer = code->payer;
    TRY(call.books.update(trade));
    return waiting(trade);
  }
  TRY(call.trading.receive_money(trade, TradeEvent::Pay, code->payer));
  return paid(trade);
}

}  // namespace feiqian::sandbox::alipay
