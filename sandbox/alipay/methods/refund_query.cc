#include "sandbox/alipay/amount.h"
#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {

/// 10000 alone does not mean refunded: an unknown request number answers without any field, a pending one with
/// REFUND_PROCESSING.
Result<Answer> refund_query(Call& call) {
  const auto out_request_no = call.biz.required("out_request_no", 64);
  const auto trade = TRY(find_trade(call));
  if (call.biz.refusal()) return *call.biz.refusal();
  if (!trade) return refuse(kTradeNotExist);
  const auto refund = TRY(call.books.refund(trade->trade_no, out_request_no));
  if (!refund) return success({});
  codec::json::object fields{{"out_request_no", refund->out_request_no},
                             {"out_trade_no", trade->order.out_trade_no},
                             {"refund_amount", yuan(refund->amount_minor)},
                             {"refund_status", refund->settled_at ? "REFUND_SUCCESS" : "REFUND_PROCESSING"},
                             {"total_amount", yuan(trade->order.total_minor)},
                             {"trade_no", trade->trade_no}};
  if (!refund->reason.empty()) fields["refund_reason"] = refund->reason;
  if (refund->settled_at) fields["gmt_refund_pay"] = to_china_time(refund->settled_at);
  return success(std::move(fields));
}

}  // namespace feiqian::sandbox::alipay
