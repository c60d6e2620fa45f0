#include "sandbox/alipay/amount.h"
#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {
namespace {

Answer refunded(const Trade& trade, const Refund& refund, bool changed) {
  const auto& buyer = row_of(trade.buyer.value_or(Payer::Rich));
  codec::json::object fields{{"buyer_logon_id", buyer.logon_id},         {"buyer_user_id", buyer.user_id},
                             {"fund_change", changed ? "Y" : "N"},       {"out_trade_no", trade.order.out_trade_no},
                             {"refund_fee", yuan(trade.refunded_minor)}, {"trade_no", trade.trade_no}};
  if (refund.settled_at) fields["gmt_refund_pay"] = to_china_time(refund.settled_at);
  return success(std::move(fields));
}

/// In fen; 0 and negative ones have a sub-code of their own here.
std::int64_t refund_amount(Call& call) {
  const auto text = call.biz.required("refund_amount", 20);
  const auto minor = minor_of(text);
  if (!minor) call.biz.refuse(kInvalidParameter, "refund_amount应为最多两位小数的金额");
  if (minor && minor.value() < kLeastMinor) call.biz.refuse(kRefundFeeInvalid, "refund_amount");
  return minor ? minor.value() : 0;
}

}  // namespace

/// Idempotent by out_request_no, which stands for the whole trade when absent. fund_change says whether money moved
/// because of this very request.
Result<Answer> refund(Call& call) {
  const auto amount_minor = refund_amount(call);
  auto out_request_no = call.biz.optional("out_request_no", 64);
  const auto reason = call.biz.optional("refund_reason", 256);
  auto trade = TRY(find_trade(call));
  if (call.biz.refusal()) return *call.biz.refusal();
  if (!trade) return refuse(kTradeNotExist);
  if (out_request_no.empty() && amount_minor != trade->order.total_minor)
    return refuse(kInvalidParameter, "部分退款必须传入out_request_no");
  if (out_request_no.empty()) out_request_no = trade->order.out_trade_no;
  if (const auto earlier = TRY(call.books.refund(trade->trade_no, out_request_no))) {
    return earlier->amount_minor == amount_minor ? refunded(*trade, *earlier, false) : refuse(kDiscordantRepeat);
  }
  if (!trade->paid_at) return refuse(kTradeStatusError);
  if (amount_minor > trade->order.total_minor) return refuse(kRefundFeeError);
  if (amount_minor > trade->order.total_minor - TRY(call.trading.reserved_minor(*trade)))
    return refuse(kRefundExceedsTotal);
  if (trade->state != TradeState::Success) return refuse(kTradeStatusError);

  auto& faults = call.surroundings.faults;
  if (TRY(faults.draw(FaultKind::RefundFail, call.method.name, trade->order.out_trade_no)))
    return refuse(kRefundNotAllowed);
  const auto pending = TRY(faults.draw(FaultKind::RefundPending, call.method.name, trade->order.out_trade_no));
  const auto done =
      TRY(call.trading.refund(*trade, out_request_no, amount_minor, reason, pending ? pending->delay_ms : 0));
  return refunded(*trade, done, static_cast<bool>(done.settled_at));
}

}  // namespace feiqian::sandbox::alipay
