#include "sandbox/unionpay/trading.h"

#include <fmt/format.h>

#include "foundation/check.h"
#include "foundation/log.h"
#include "sandbox/unionpay/notice.h"

namespace feiqian::sandbox::unionpay {
namespace {

/// The caller has made sure that the event is allowed.
void change(Order& order, OrderEvent event) {
  const auto next = advance(order.state, event);
  CHECK(next.has_value());
  order.state = *next;
}

}  // namespace

Result<void> Trading::open(Order& order) {
  const auto now = surroundings_.clock.now();
  const auto number = TRY(surroundings_.database.next_number("unionpay_order"));
  order.query_id = fmt::format("{}{:07}", txn_time_of(now), number % 10000000);
  order.created_at = now;
  return books_.insert(order);
}

Result<void> Trading::visit(Order& order) {
  if (order.opened_at) return {};
  order.opened_at = surroundings_.clock.now();
  return books_.update(order);
}

Result<PayOutcome> Trading::pay(Order& order, Payer payer) {
  if (order.state == OrderState::Succeeded) return PayOutcome::AlreadyPaid;
  const bool by_code = !order.auth_code.empty();
  if (!advance(order.state, OrderEvent::Succeed) || order.expires_at <= surroundings_.clock.now())
    return PayOutcome::NotPayable;
  TRY(visit(order));
  const bool poor =
      payer == Payer::Poor ||
      TRY(surroundings_.faults.draw(FaultKind::InsufficientBalance, order.operation, order.order_id)).has_value();
  if (poor && by_code) TRY(refuse(order, kBalance));
  if (poor) return PayOutcome::BalanceNotEnough;
  order.payer = payer;
  TRY(succeed(order, OrderEvent::Succeed));
  return PayOutcome::Paid;
}

Result<void> Trading::refuse(Order& order, const Code& why) {
  change(order, OrderEvent::Refuse);
  order.code = why.code;
  order.ended_at = surroundings_.clock.now();
  return books_.update(order);
}

Result<void> Trading::reverse(Order& payment, const std::optional<FaultRule>& late) {
  change(payment, OrderEvent::Reverse);
  payment.ended_at = surroundings_.clock.now();
  if (late) payment.money_arrives_at = payment.ended_at.plus_ms(late->delay_ms);
  return books_.update(payment);
}

Result<std::int64_t> Trading::reserved_minor(const Order& payment) {
  std::int64_t sum = 0;
  for (const auto& given : TRY(books_.returns_of(payment.query_id))) {
    if (given.state != OrderState::Failed) sum += given.amount_minor;
  }
  return sum;
}

Result<void> Trading::give_back(Order& order, Order& payment, std::int64_t delay_ms) {
  order.original = payment.query_id;
  order.payer = payment.payer;
  order.settles_at = surroundings_.clock.now().plus_ms(delay_ms);
  TRY(open(order));
  return delay_ms == 0 ? complete_return(order) : Result<void>();
}

Result<void> Trading::complete_return(Order& order) {
  auto payment = TRY(books_.by_query_id(order.original));
  CHECK(payment.has_value());
  const bool voids = order.operation == "unionpay.void";
  if (voids && !advance(payment->state, OrderEvent::Reverse)) return refuse(order, kOriginalState);
  if (voids) TRY(reverse(*payment, std::nullopt));
  return succeed(order, OrderEvent::Succeed);
}

Result<void> Trading::settle_due() {
  const auto now = surroundings_.clock.now();
  for (auto& order : TRY(books_.expired(now))) TRY(refuse(order, kTimedOut));
  for (auto& order : TRY(books_.returns_due(now))) TRY(complete_return(order));
  for (auto& order : TRY(books_.with_money_arriving(now))) {
    order.money_arrives_at = {};
    order.payer = order.payer.value_or(Payer::Rich);
    TRY(visit(order));
    TRY(succeed(order, OrderEvent::LateMoney));
  }
  return {};
}

Result<void> Trading::succeed(Order& order, OrderEvent event) {
  change(order, event);
  order.ended_at = surroundings_.clock.now();
  TRY(books_.update(order));
  log::info("sandbox.unionpay_done",
            {{"operation", order.operation}, {"order_id", order.order_id}, {"query_id", order.query_id}});
  const auto notice = notice_of(order, order.is_payment() ? "payment" : "refund");
  // Merchants that want none give an address of the provider's own, which leads nowhere from here.
  return is_loopback_url(notice.url) ? surroundings_.notifications.enqueue(notice) : Result<void>();
}

}  // namespace feiqian::sandbox::unionpay
