// Query, close and reverse.
#include "sandbox/wechatpay/calls/calls.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::int64_t kReverseWithinMs = 7LL * 24 * 3600 * 1000;

Result<std::optional<FaultRule>> late_money(Call& call) {
  return call.surroundings.faults.draw(FaultKind::PayAfterClose, call.method.name, call.number);
}

}  // namespace

Result<Answer> query_by_number(Call& call) {
  check_mchid(call);
  if (call.refusal) return *call.refusal;
  const auto trade = TRY(call.books.trade_by_order(call.account.mchid, call.number));
  return trade ? success(transaction_json(*trade)) : refuse(kOrderNotExist);
}

Result<Answer> query_by_transaction(Call& call) {
  check_mchid(call);
  if (call.refusal) return *call.refusal;
  const auto trade = TRY(call.books.trade_by_transaction(call.account.mchid, call.number));
  return trade ? success(transaction_json(*trade)) : refuse(kOrderNotExist);
}

Result<Answer> close(Call& call) {
  check_mchid(call);
  if (call.refusal) return *call.refusal;
  auto trade = TRY(call.books.trade_by_order(call.account.mchid, call.number));
  if (!trade) return refuse(kOrderNotExist);
  switch (trade->state) {
    case TradeState::Success:
    case TradeState::Refund:
      return refuse(kOrderPaid);
    case TradeState::Closed:
    case TradeState::Revoked:
      return refuse(kOrderClosed);
    case TradeState::UserPaying:
      return refuse(kUserPaying);
    case TradeState::PayError:
      return refuse(kTradeError);
    case TradeState::NotPay:
      break;
  }
  TRY(call.trading.end(*trade, TradeEvent::Close, TRY(late_money(call))));
  return no_content();
}

/// Undoes a barcode payment whatever became of it, but for one that the payer is confirming just now.
Result<Answer> reverse(Call& call) {
  check_mchid(call);
  if (call.refusal) return *call.refusal;
  auto trade = TRY(call.books.trade_by_order(call.account.mchid, call.number));
  if (!trade) return refuse(kOrderNotExist);
  if (trade->order.trade_type != "MICROPAY") return refuse(kNotReversible);
  const auto reversed = [&] { return success({{"out_trade_no", call.number}, {"mchid", call.account.mchid}}); };
  if (trade->state == TradeState::Revoked) return reversed();
  if (trade->state == TradeState::UserPaying) return refuse(kUserPaying);
  if (!advance(trade->state, TradeEvent::Reverse)) return refuse(kNotReversible, "订单已退款或已关闭");
  if (trade->paid_at &&
      (ms_between(trade->paid_at, call.now) > kReverseWithinMs || TRY(call.trading.reserved_minor(*trade)) > 0))
    return refuse(kNotReversible, "超过7天或已申请退款");
  const auto late = trade->paid_at ? std::nullopt : TRY(late_money(call));
  TRY(call.trading.end(*trade, TradeEvent::Reverse, late));
  return reversed();
}

}  // namespace feiqian::sandbox::wechatpay
