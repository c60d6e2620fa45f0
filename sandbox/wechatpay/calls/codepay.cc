#include <algorithm>

#include "sandbox/wechatpay/calls/calls.h"

namespace feiqian::sandbox::wechatpay {
namespace {

/// 18 digits that begin with 10 to 15.
bool is_barcode(std::string_view text) {
  return text.size() == 18 && text[0] == '1' && text[1] >= '0' && text[1] <= '5' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// How a barcode payment stands, or ended.
Answer standing(const Trade& trade) {
  switch (trade.state) {
    case TradeState::Success:
    case TradeState::Refund:
      return success(transaction_json(trade));
    case TradeState::UserPaying:
      return refuse(kUserPaying);
    case TradeState::PayError:
      return refuse(kNotEnough);
    case TradeState::Revoked:
      return refuse(kOrderReversed);
    case TradeState::NotPay:
    case TradeState::Closed:
      break;
  }
  return refuse(kOrderClosed);
}

}  // namespace

/// A merchant scans the payer's barcode. Whatever comes of it, a trade of that number exists from then on; the same
/// request again gets the outcome it has.
Result<Answer> codepay(Call& call) {
  const auto order = read_order(call);
  const auto auth_code = call.fields().child("payer").required("auth_code", 1, 32);
  if (call.refusal) return *call.refusal;
  if (const auto existing = TRY(call.books.trade_by_order(order.mchid, order.out_trade_no))) {
    const bool same = existing->order.same_content(order) && existing->auth_code == auth_code;
    return same ? standing(*existing) : refuse(kNumberUsed);
  }
  auto code = is_barcode(auth_code) ? TRY(call.books.auth_code(auth_code)) : std::nullopt;
  if (!code) return refuse(kAuthCodeInvalid);
  if (code->used) return refuse(kAuthCodeExpired);
  code->used = true;
  TRY(call.books.update(*code));
  auto trade = TRY(call.trading.open_barcode(order, *code));
  const bool poor =
      code->payer == Payer::Poor ||
      TRY(call.surroundings.faults.draw(FaultKind::InsufficientBalance, call.method.name, order.out_trade_no))
          .has_value();
  if (poor) {
    TRY(call.trading.end(trade, TradeEvent::Fail));
  } else if (code->payer != Payer::Slow) {
    TRY(call.trading.receive_money(trade, TradeEvent::Pay, code->payer));
  }
  return standing(trade);
}

}  // namespace feiqian::sandbox::wechatpay
