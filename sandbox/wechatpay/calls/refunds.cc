#include "sandbox/notifications.h"
#include "sandbox/wechatpay/calls/calls.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::int64_t kRefundWithinMs = 365LL * 24 * 3600 * 1000;
constexpr std::size_t kMostRefunds = 50;

struct Asked {
  Refund refund;
  std::int64_t total_minor = 0;
  std::string out_trade_no;
  std::string transaction_id;
};

Asked read(Call& call) {
  auto fields = call.fields();
  Asked asked;
  asked.refund.out_refund_no = fields.number("out_refund_no", 1, 64);
  asked.refund.reason = fields.optional("reason", 80);
  asked.refund.notify_url = fields.optional("notify_url", 256);
  if (!asked.refund.notify_url.empty() && !is_loopback_url(asked.refund.notify_url))
    fields.refuse("notify_url", "沙箱只通知本机地址");
  asked.transaction_id = fields.optional("transaction_id", 32);
  asked.out_trade_no = fields.optional("out_trade_no", 32);
  if (asked.transaction_id.empty() && asked.out_trade_no.empty())
    fields.refuse("out_trade_no", "和transaction_id不能同时为空");
  auto amount = fields.child("amount");
  asked.refund.amount_minor = amount.amount("refund");
  asked.total_minor = amount.amount("total");
  if (amount.required("currency", 3, 3) != "CNY") fields.refuse("amount.currency", "只支持CNY");
  return asked;
}

}  // namespace

/// Idempotent by out_refund_no, which is the merchant's own over all its orders.
Result<Answer> refund(Call& call) {
  const auto asked = read(call);
  if (call.refusal) return *call.refusal;
  const auto& mchid = call.account.mchid;
  auto trade = asked.transaction_id.empty() ? TRY(call.books.trade_by_order(mchid, asked.out_trade_no))
                                            : TRY(call.books.trade_by_transaction(mchid, asked.transaction_id));
  if (!trade) return refuse(kRefundOrderUnknown);
  if (const auto earlier = TRY(call.books.refund(mchid, asked.refund.out_refund_no))) {
    const bool same = earlier->trade == trade->id && earlier->amount_minor == asked.refund.amount_minor;
    return same ? success(refund_json(*trade, *earlier)) : refuse(kRefundRefused, "退款单号重复，请求参数不一致");
  }
  if (trade->state != TradeState::Success && trade->state != TradeState::Refund)
    return refuse(kRefundRefused, "订单未支付或已撤销");
  if (asked.total_minor != trade->order.total_minor) return refuse(kRefundRefused, "订单金额与支付时不一致");
  if (asked.refund.amount_minor > trade->order.total_minor - TRY(call.trading.reserved_minor(*trade)))
    return refuse(kRefundRefused, "申请退款金额大于订单可退金额");
  if (ms_between(trade->paid_at, call.now) > kRefundWithinMs) return refuse(kRefundRefused, "订单已超过可退款的期限");
  if (TRY(call.books.refunds(trade->id)).size() >= kMostRefunds) return refuse(kRefundRefused, "退款次数超过50次");

  auto& faults = call.surroundings.faults;
  const auto& order_number = trade->order.out_trade_no;
  if (TRY(faults.draw(FaultKind::RefundFail, call.method.name, order_number))) return refuse(kAccountAbnormal);
  const auto pending = TRY(faults.draw(FaultKind::RefundPending, call.method.name, order_number));
  const auto done = TRY(call.trading.refund(*trade, asked.refund, pending ? pending->delay_ms : 0));
  return success(refund_json(*trade, done));
}

Result<Answer> refund_query(Call& call) {
  const auto found = TRY(call.books.refund(call.account.mchid, call.number));
  if (!found) return refuse(kRefundUnknown);
  const auto trade = TRY(call.books.trade(found->trade));
  return trade ? success(refund_json(*trade, *found)) : refuse(kRefundUnknown);
}

}  // namespace feiqian::sandbox::wechatpay
