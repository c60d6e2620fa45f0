#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {
namespace {

Result<std::optional<FaultRule>> late_money(Call& call, const std::string& out_trade_no) {
  return call.surroundings.faults.draw(FaultKind::PayAfterClose, call.method.name, out_trade_no);
}

/// Nobody scanned the order's code: the provider knows no trade. Two ways out of the ordinary make one: the fault
/// pay_after_close begins it as a scan would, and the option `revoke` takes the code back instead.
Result<Answer> close_unscanned(Call& call) {
  const auto out_trade_no = call.biz.order_number("out_trade_no");
  const auto codes = TRY(call.books.live_codes(call.app_id(), out_trade_no, call.now));
  if (codes.empty()) return refuse(kTradeNotExist);
  if (const auto late = TRY(late_money(call, out_trade_no))) {
    auto trade = TRY(call.trading.open(codes.front().order));
    TRY(call.trading.close(trade, late));
    return success({{"out_trade_no", out_trade_no}, {"trade_no", trade.trade_no}});
  }
  if (call.surroundings.close_unscanned == CloseUnscanned::NotExist) return refuse(kTradeNotExist);
  TRY(call.books.revoke_codes(call.app_id(), out_trade_no));
  return success({{"out_trade_no", out_trade_no}});
}

}  // namespace

Result<Answer> close(Call& call) {
  auto trade = TRY(find_trade(call));
  if (call.biz.refusal()) return *call.biz.refusal();
  if (!trade) return close_unscanned(call);
  if (!advance(trade->state, TradeEvent::Close)) return refuse(kTradeStatusError);
  const auto late = TRY(late_money(call, trade->order.out_trade_no));
  TRY(call.trading.close(*trade, late));
  return success({{"out_trade_no", trade->order.out_trade_no}, {"trade_no", trade->trade_no}});
}

}  // namespace feiqian::sandbox::alipay
