#include "sandbox/wechatpay/trading.h"

#include <fmt/format.h>

#include "foundation/check.h"
#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/wechatpay/notice.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::int64_t kLongestS = 7LL * 86400;
constexpr std::int64_t kBarcodeS = 90;

/// The caller has made sure that the event is allowed.
void change(Trade& trade, TradeEvent event) {
  const auto next = advance(trade.state, event);
  CHECK(next.has_value());
  trade.state = *next;
}

}  // namespace

Result<Trade> Trading::insert(const Order& order, Trade trade) {
  const auto now = surroundings_.clock.now();
  const auto number = TRY(surroundings_.database.next_number("wechatpay_trade"));
  trade.transaction_id = fmt::format("4200000{:08}{:013}", china_date(now).yyyymmdd, number);
  trade.code = to_hex(surroundings_.random.bytes(12));
  trade.order = order;
  trade.created_at = now;
  TRY(books_.insert(trade));
  return trade;
}

Result<Trade> Trading::open(const Order& order) {
  Trade trade;
  trade.expires_at = order.pay_before ? order.pay_before : surroundings_.clock.now().plus_s(kLongestS);
  return insert(order, std::move(trade));
}

Result<Trade> Trading::open_barcode(const Order& order, const AuthCode& code) {
  Trade trade;
  trade.state = TradeState::UserPaying;
  trade.auth_code = code.code;
  trade.buyer = code.payer;
  trade.expires_at = surroundings_.clock.now().plus_s(kBarcodeS);
  return insert(order, std::move(trade));
}

Result<PayOutcome> Trading::pay(Trade& trade, Payer payer) {
  if (trade.paid_at) return PayOutcome::AlreadyPaid;
  if (!advance(trade.state, TradeEvent::Pay) || trade.expires_at <= surroundings_.clock.now())
    return PayOutcome::NotPayable;
  const bool poor = payer == Payer::Poor || TRY(surroundings_.faults.draw(FaultKind::InsufficientBalance,
                                                                          trade.order.method, trade.order.out_trade_no))
                                                .has_value();
  if (poor) return PayOutcome::BalanceNotEnough;
  TRY(receive_money(trade, TradeEvent::Pay, payer));
  return PayOutcome::Paid;
}

Result<void> Trading::receive_money(Trade& trade, TradeEvent event, Payer payer) {
  const auto now = surroundings_.clock.now();
  change(trade, event);
  trade.buyer = payer;
  trade.paid_at = now;
  trade.closed_at = {};
  trade.refunded_minor = 0;  // what a reversal gave back was other money
  TRY(books_.update(trade));
  log::info("sandbox.wechatpay_paid", {{"out_trade_no", trade.order.out_trade_no},
                                       {"transaction_id", trade.transaction_id},
                                       {"payer", name_of(payer)}});
  if (trade.order.notify_url.empty()) return {};
  return surroundings_.notifications.enqueue(payment_notice(trade, notice_id(), now));
}

Result<void> Trading::end(Trade& trade, TradeEvent event, const std::optional<FaultRule>& late) {
  change(trade, event);
  trade.closed_at = surroundings_.clock.now();
  if (event == TradeEvent::Reverse && trade.paid_at) trade.refunded_minor = trade.order.total_minor;
  if (late) trade.money_arrives_at = trade.closed_at.plus_ms(late->delay_ms);
  return books_.update(trade);
}

Result<std::int64_t> Trading::reserved_minor(const Trade& trade) {
  std::int64_t sum = 0;
  for (const auto& refund : TRY(books_.refunds(trade.id))) sum += refund.amount_minor;
  return sum;
}

Result<Refund> Trading::refund(Trade& trade, Refund asked, std::int64_t delay_ms) {
  const auto now = surroundings_.clock.now();
  const auto number = TRY(surroundings_.database.next_number("wechatpay_refund"));
  asked.refund_id = fmt::format("503000{:08}{:015}", china_date(now).yyyymmdd, number);
  asked.mchid = trade.order.mchid;
  asked.trade = trade.id;
  asked.created_at = now;
  asked.settles_at = now.plus_ms(delay_ms);
  TRY(books_.insert(asked));
  if (delay_ms == 0) TRY(settle(trade, asked));
  return asked;
}

Result<void> Trading::settle(Trade& trade, Refund& refund) {
  const auto now = surroundings_.clock.now();
  trade.refunded_minor += refund.amount_minor;
  CHECK(trade.refunded_minor <= trade.order.total_minor);
  change(trade, TradeEvent::Refund);
  refund.settled_at = now;
  TRY(books_.update(trade));
  TRY(books_.update(refund));
  if (refund.notify_url.empty()) return {};
  return surroundings_.notifications.enqueue(refund_notice(trade, refund, notice_id(), now));
}

Result<void> Trading::settle_due() {
  const auto now = surroundings_.clock.now();
  for (auto& trade : TRY(books_.expired(now))) {
    change(trade, TradeEvent::Expire);
    trade.closed_at = trade.expires_at;
    TRY(books_.update(trade));
  }
  for (auto& trade : TRY(books_.with_money_arriving(now))) {
    trade.money_arrives_at = {};
    TRY(receive_money(trade, TradeEvent::LateMoney, trade.buyer.value_or(Payer::Rich)));
  }
  for (auto& refund : TRY(books_.refunds_to_settle(now))) {
    auto trade = TRY(books_.trade(refund.trade));
    if (trade) TRY(settle(*trade, refund));
  }
  return {};
}

std::string Trading::notice_id() {
  return to_hex(surroundings_.random.bytes(16));
}

}  // namespace feiqian::sandbox::wechatpay
