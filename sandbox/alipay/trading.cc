#include "sandbox/alipay/trading.h"

#include <fmt/format.h>

#include "foundation/check.h"
#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/alipay/notice.h"
#include "sandbox/alipay/timeouts.h"

namespace feiqian::sandbox::alipay {
namespace {

/// The caller has made sure that the event is allowed.
void change(Trade& trade, TradeEvent event) {
  const auto next = advance(trade.state, event);
  CHECK(next.has_value());
  trade.state = *next;
}

}  // namespace

Result<Trade> Trading::open(const Order& order, std::string auth_code) {
  const auto now = surroundings_.clock.now();
  const auto number = TRY(surroundings_.database.next_number("alipay_trade"));
  Trade trade;
  trade.trade_no = fmt::format("{:08}2200141{:013}", china_date(now).yyyymmdd, number);
  trade.order = order;
  trade.auth_code = std::move(auth_code);
  trade.created_at = now;
  trade.expires_at = expiry_of(order, now);
  TRY(books_.insert(trade));
  return trade;
}

Result<std::variant<Trade, ScanRefusal>> Trading::scan(const std::string& text) {
  using Scanned = std::variant<Trade, ScanRefusal>;
  const auto now = surroundings_.clock.now();
  const auto code = TRY(books_.code(text));
  if (!code) return Scanned(ScanRefusal::Unknown);
  if (auto existing = TRY(books_.trade_by_order(code->order.app_id, code->order.out_trade_no))) {
    if (!existing->order.same_content(code->order)) return Scanned(ScanRefusal::OtherOrder);
    return Scanned(std::move(*existing));
  }
  if (code->revoked || code->expires_at <= now || (code->order.pay_before && code->order.pay_before <= now))
    return Scanned(ScanRefusal::Expired);
  return Scanned(TRY(open(code->order)));
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

Result<void> Trading::close(Trade& trade, const std::optional<FaultRule>& late) {
  change(trade, TradeEvent::Close);
  trade.closed_at = surroundings_.clock.now();
  if (late) trade.money_arrives_at = trade.closed_at.plus_ms(late->delay_ms);
  return books_.update(trade);
}

Result<std::int64_t> Trading::reserved_minor(const Trade& trade) {
  std::int64_t sum = 0;
  for (const auto& refund : TRY(books_.refunds(trade.trade_no))) sum += refund.amount_minor;
  return sum;
}

Result<Refund> Trading::refund(Trade& trade, const std::string& out_request_no, std::int64_t amount_minor,
                               const std::string& reason, std::int64_t delay_ms) {
  const auto now = surroundings_.clock.now();
  Refund refund;
  refund.trade_no = trade.trade_no;
  refund.out_request_no = out_request_no;
  refund.amount_minor = amount_minor;
  refund.reason = reason;
  refund.created_at = now;
  refund.settles_at = now.plus_ms(delay_ms);
  TRY(books_.insert(refund));
  if (delay_ms == 0) TRY(settle(trade, refund));
  return refund;
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
    auto trade = TRY(books_.trade_by_no(refund.trade_no));
    if (trade) TRY(settle(*trade, refund));
  }
  return {};
}

Result<void> Trading::receive_money(Trade& trade, TradeEvent event, Payer payer) {
  change(trade, event);
  trade.buyer = payer;
  trade.paid_at = surroundings_.clock.now();
  trade.closed_at = {};
  TRY(books_.update(trade));
  log::info("sandbox.alipay_paid",
            {{"out_trade_no", trade.order.out_trade_no}, {"trade_no", trade.trade_no}, {"payer", name_of(payer)}});
  return notify(payment_notice(trade, notify_id()));
}

Result<void> Trading::settle(Trade& trade, Refund& refund) {
  const auto now = surroundings_.clock.now();
  trade.refunded_minor += refund.amount_minor;
  CHECK(trade.refunded_minor <= trade.order.total_minor);
  const bool all = trade.refunded_minor == trade.order.total_minor;
  change(trade, all ? TradeEvent::RefundRest : TradeEvent::RefundPart);
  if (all) trade.closed_at = now;
  refund.settled_at = now;
  TRY(books_.update(trade));
  TRY(books_.update(refund));
  return notify(refund_notice(trade, refund, notify_id()));
}

Result<void> Trading::notify(const Notification& notice) {
  return notice.url.empty() ? Result<void>() : surroundings_.notifications.enqueue(notice);
}

std::string Trading::notify_id() {
  return to_hex(surroundings_.random.bytes(17));
}

}  // namespace feiqian::sandbox::alipay
