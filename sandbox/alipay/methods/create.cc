#include <algorithm>

#include "sandbox/alipay/methods/methods.h"

namespace feiqian::sandbox::alipay {

Result<Answer> create(Call& call) {
  const auto order = read_order(call);
  const auto buyer_id = call.biz.optional("buyer_id", 28);
  if (buyer_id.empty() && call.biz.optional("buyer_open_id", 128).empty())
    call.biz.refuse(kInvalidParameter, "buyer_id不能为空");
  if (call.biz.refusal()) return *call.biz.refusal();
  const auto answer = [](const Trade& trade) {
    return success({{"out_trade_no", trade.order.out_trade_no}, {"trade_no", trade.trade_no}});
  };
  if (const auto existing = TRY(call.books.trade_by_order(order.app_id, order.out_trade_no))) {
    auto refusal = refuse_reopening(*existing, order);
    return refusal ? std::move(*refusal) : answer(*existing);
  }
  auto trade = TRY(call.trading.open(order));
  const auto* known =
      std::find_if(kPayers.begin(), kPayers.end(), [&](const PayerRow& row) { return row.user_id == buyer_id; });
  if (known != kPayers.end()) {
    trade.buyer = known->payer;
    TRY(call.books.update(trade));
  }
  return answer(trade);
}

}  // namespace feiqian::sandbox::alipay
