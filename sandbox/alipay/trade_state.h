// The states of an Alipay trade, as a table. WAIT_BUYER_PAY, TRADE_SUCCESS, and TRADE_CLOSED: closed unpaid or refunded
// in full.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace feiqian::sandbox::alipay {

enum class TradeState { WaitBuyerPay, Success, Closed };
enum class TradeEvent {
  Pay,         ///< the payer's money arrives
  Close,       ///< the merchant closes or cancels
  Expire,      ///< the time to pay is up
  RefundPart,  ///< something stays with the merchant
  RefundRest,  ///< nothing does
  LateMoney,   ///< the payer's money arrives although closed: only by fault
};

inline constexpr std::array kTradeStates{TradeState::WaitBuyerPay, TradeState::Success, TradeState::Closed};
inline constexpr std::array kTradeEvents{TradeEvent::Pay,        TradeEvent::Close,      TradeEvent::Expire,
                                         TradeEvent::RefundPart, TradeEvent::RefundRest, TradeEvent::LateMoney};

struct TradeTransition {
  TradeState from;
  TradeEvent event;
  TradeState to;
};

inline constexpr std::array kTradeTransitions{
    TradeTransition{TradeState::WaitBuyerPay, TradeEvent::Pay, TradeState::Success},
    TradeTransition{TradeState::WaitBuyerPay, TradeEvent::Close, TradeState::Closed},
    TradeTransition{TradeState::WaitBuyerPay, TradeEvent::Expire, TradeState::Closed},
    TradeTransition{TradeState::Success, TradeEvent::RefundPart, TradeState::Success},
    TradeTransition{TradeState::Success, TradeEvent::RefundRest, TradeState::Closed},
    TradeTransition{TradeState::Closed, TradeEvent::LateMoney, TradeState::Success},
};

/// nullopt: the event is not allowed in that state.
constexpr std::optional<TradeState> advance(TradeState from, TradeEvent event) {
  for (const auto& row : kTradeTransitions) {
    if (row.from == from && row.event == event) return row.to;
  }
  return std::nullopt;
}

constexpr std::string_view name_of(TradeState state) {
  switch (state) {
    case TradeState::WaitBuyerPay:
      return "WAIT_BUYER_PAY";
    case TradeState::Success:
      return "TRADE_SUCCESS";
    case TradeState::Closed:
      return "TRADE_CLOSED";
  }
  return "";
}

constexpr std::optional<TradeState> trade_state_of(std::string_view name) {
  for (const auto state : kTradeStates) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

constexpr bool trade_transitions_are_unique() {
  for (std::size_t i = 0; i < kTradeTransitions.size(); ++i) {
    for (std::size_t k = i + 1; k < kTradeTransitions.size(); ++k) {
      if (kTradeTransitions[i].from == kTradeTransitions[k].from &&
          kTradeTransitions[i].event == kTradeTransitions[k].event)
        return false;
    }
  }
  return true;
}
static_assert(trade_transitions_are_unique());

}  // namespace feiqian::sandbox::alipay
