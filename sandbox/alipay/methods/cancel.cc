#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {
namespace {

constexpr std::int64_t kCancelWithinMs = 24LL * 3600 * 1000;

Answer cancelled(const Trade& trade) {
  return success({{"action", trade.cancel_action},
                  {"out_trade_no", trade.order.out_trade_no},
                  {"retry_flag", "N"},
                  {"trade_no", trade.trade_no}});
}

}  // namespace

/// Undoes a trade whatever became of it: unpaid ones are closed, paid ones refunded in full. A trade that does not
/// exist is as good as cancelled.
Result<Answer> cancel(Call& call) {
  auto trade = TRY(find_trade(call));
  if (call.biz.refusal()) return *call.biz.refusal();
  if (!trade) {
    const auto out_trade_no = call.biz.order_number("out_trade_no");
    if (call.surroundings.close_unscanned == CloseUnscanned::Revoke)
      TRY(call.books.revoke_codes(call.app_id(), out_trade_no));
    return success({{"out_trade_no", out_trade_no}, {"retry_flag", "N"}});
  }
  if (!trade->cancel_action.empty()) return cancelled(*trade);
  if (trade->state == TradeState::Success) {
    if (ms_between(trade->paid_at, call.now) > kCancelWithinMs) return refuse(kCancelTimeOut);
    if (TRY(call.trading.reserved_minor(*trade)) > 0) return refuse(kRefundFeeInvalid, "已退款的交易不能撤销");
    trade->cancel_action = "refund";
    TRY(call.trading.refund(*trade, trade->order.out_trade_no, trade->order.total_minor, "cancel"));
  } else if (trade->state == TradeState::WaitBuyerPay) {
    trade->cancel_action = "close";
    const auto late =
        TRY(call.surroundings.faults.draw(FaultKind::PayAfterClose, call.method.name, trade->order.out_trade_no));
    TRY(call.trading.close(*trade, late));
  } else if (trade->paid_at) {
    return refuse(kRefundFeeInvalid, "已退款的交易不能撤销");
  } else {
    trade->cancel_action = "close";
  }
  return cancelled(*trade);
}

}  // namespace feiqian::sandbox::alipay
