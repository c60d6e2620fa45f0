#include "sandbox/alipay/amount.h"
#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {

Result<Answer> query(Call& call) {
  const auto trade = TRY(find_trade(call));
  if (call.biz.refusal()) return *call.biz.refusal();
  if (!trade) return refuse(kTradeNotExist);
  codec::json::object fields;
  if (trade->paid_at) {
    fields = paid_fields(*trade);
    fields["send_pay_date"] = to_china_time(trade->paid_at);
  } else {
    fields = {
        {"buyer_pay_amount", "0.00"}, {"invoice_amount", "0.00"}, {"out_trade_no", trade->order.out_trade_no},
        {"point_amount", "0.00"},     {"receipt_amount", "0.00"}, {"total_amount", yuan(trade->order.total_minor)},
        {"trade_no", trade->trade_no}};
    if (trade->buyer) fields["buyer_user_id"] = row_of(*trade->buyer).user_id;
    if (trade->buyer) fields["buyer_logon_id"] = row_of(*trade->buyer).logon_id;
  }
  fields["trade_status"] = name_of(trade->state);
  return success(std::move(fields));
}

}  // namespace feiqian::sandbox::alipay
