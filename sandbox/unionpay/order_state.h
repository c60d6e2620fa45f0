// The states of an order at UnionPay, as a table. A payment waits for its payer; a refund or a void waits to be done.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace feiqian::sandbox::unionpay {

enum class OrderState {
  Waiting,
  Succeeded,  ///< the money moved
  Failed,     ///< it did not and will not
  Returned,   ///< a payment that was voided or reversed
};
enum class OrderEvent {
  Succeed,
  Refuse,     ///< for want of money, or the time is up
  Reverse,    ///< voided or reversed
  LateMoney,  ///< the payer's money arrives although reversed: only by fault
};

inline constexpr std::array kOrderStates{OrderState::Waiting, OrderState::Succeeded, OrderState::Failed,
                                         OrderState::Returned};
inline constexpr std::array kOrderEvents{OrderEvent::Succeed, OrderEvent::Refuse, OrderEvent::Reverse,
                                         OrderEvent::LateMoney};

struct OrderTransition {
  OrderState from;
  OrderEvent event;
  OrderState to;
};

inline constexpr std::array kOrderTransitions{
    OrderTransition{OrderState::Waiting, OrderEvent::Succeed, OrderState::Succeeded},
    OrderTransition{OrderState::Waiting, OrderEvent::Refuse, OrderState::Failed},
    OrderTransition{OrderState::Waiting, OrderEvent::Reverse, OrderState::Returned},
    OrderTransition{OrderState::Succeeded, OrderEvent::Reverse, OrderState::Returned},
    OrderTransition{OrderState::Returned, OrderEvent::LateMoney, OrderState::Succeeded},
};

/// nullopt: the event is not allowed in that state.
constexpr std::optional<OrderState> advance(OrderState from, OrderEvent event) {
  for (const auto& row : kOrderTransitions) {
    if (row.from == from && row.event == event) return row.to;
  }
  return std::nullopt;
}

constexpr std::string_view name_of(OrderState state) {
  switch (state) {
    case OrderState::Waiting:
      return "waiting";
    case OrderState::Succeeded:
      return "succeeded";
    case OrderState::Failed:
      return "failed";
    case OrderState::Returned:
      return "returned";
  }
  return "";
}

constexpr std::optional<OrderState> order_state_of(std::string_view name) {
  for (const auto state : kOrderStates) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

constexpr bool order_transitions_are_unique() {
  for (std::size_t i = 0; i < kOrderTransitions.size(); ++i) {
    for (std::size_t k = i + 1; k < kOrderTransitions.size(); ++k) {
      if (kOrderTransitions[i].from == kOrderTransitions[k].from &&
          kOrderTransitions[i].event == kOrderTransitions[k].event)
        return false;
    }
  }
  return true;
}
static_assert(order_transitions_are_unique());

}  // namespace feiqian::sandbox::unionpay
