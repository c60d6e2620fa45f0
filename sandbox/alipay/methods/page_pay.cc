#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {

/// page.pay and wap.pay: the payer's browser brings the signed request and is led to the cashier.
Result<Answer> page_pay(Call& call) {
  const auto order = read_order(call);
  if (call.biz.refusal()) return *call.biz.refusal();
  auto trade = TRY(call.books.trade_by_order(order.app_id, order.out_trade_no));
  if (trade) {
    if (auto refusal = refuse_reopening(*trade, order)) return std::move(*refusal);
  } else {
    trade = TRY(call.trading.open(order));
  }
  auto answer = success({});
  answer.location = call.surroundings.base_url() + "/alipay/cashier/" + trade->trade_no;
  return answer;
}

}  // namespace feiqian::sandbox::alipay
