// The states of a WeChat Pay trade, as a table. USERPAYING, PAYERROR and REVOKED are those of barcode payments only.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace feiqian::sandbox::wechatpay {

enum class TradeState { NotPay, UserPaying, Success, Closed, Revoked, PayError, Refund };
enum class TradeEvent {
  Pay,        ///< the payer's money arrives
  Fail,       ///< a barcode payment comes to nothing
  Close,      ///< the merchant closes
  Expire,     ///< the time to pay is up
  Reverse,    ///< the merchant reverses a barcode payment; what was paid goes back
  Refund,     ///< a refund is done, in part or in full
  LateMoney,  ///< the payer's money arrives although it is over: only by fault
};

inline constexpr std::array kTradeStates{TradeState::NotPay, TradeState::UserPaying, TradeState::Success,
                                         TradeState::Closed, TradeState::Revoked,    TradeState::PayError,
                                         TradeState::Refund};
inline constexpr std::array kTradeEvents{TradeEvent::Pay,      TradeEvent::Fail,    TradeEvent::Close,
                                         TradeEvent::Expire,   TradeEvent::Reverse, TradeEvent::Refund,
                                         TradeEvent::LateMoney};

struct TradeTransition {
  TradeState from;
  TradeEvent event;
  TradeState to;
};

inline constexpr std::array kTradeTransitions{
    TradeTransition{TradeState::NotPay, TradeEvent::Pay, TradeState::Success},
    TradeTransition{TradeState::NotPay, TradeEvent::Close, TradeState::Closed},
    TradeTransition{TradeState::NotPay, TradeEvent::Expire, TradeState::Closed},
    TradeTransition{TradeState::UserPaying, TradeEvent::Pay, TradeState::Success},
    TradeTransition{TradeState::UserPaying, TradeEvent::Fail, TradeState::PayError},
    TradeTransition{TradeState::UserPaying, TradeEvent::Expire, TradeState::PayError},
    TradeTransition{TradeState::PayError, TradeEvent::Reverse, TradeState::Revoked},
    TradeTransition{TradeState::Success, TradeEvent::Reverse, TradeState::Revoked},
    TradeTransition{TradeState::Success, TradeEvent::Refund, TradeState::Refund},
    TradeTransition{TradeState::Refund, TradeEvent::Refund, TradeState::Refund},
    TradeTransition{TradeState::Closed, TradeEvent::LateMoney, TradeState::Success},
    TradeTransition{TradeState::Revoked, TradeEvent::LateMoney, TradeState::Success},
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
    case TradeState::NotPay:
      return "NOTPAY";
    case TradeState::UserPaying:
      return "USERPAYING";
    case TradeState::Success:
      return "SUCCESS";
    case TradeState::Closed:
      return "CLOSED";
    case TradeState::Revoked:
      return "REVOKED";
    case TradeState::PayError:
      return "PAYERROR";
    case TradeState::Refund:
      return "REFUND";
  }
  return "";
}

/// `trade_state_desc`
constexpr std::string_view words_of(TradeState state) {
  switch (state) {
    case TradeState::NotPay:
      return "订单未支付";
    case TradeState::UserPaying:
      return "需要用户输入支付密码";
    case TradeState::Success:
      return "支付成功";
    case TradeState::Closed:
      return "订单已关闭";
    case TradeState::Revoked:
      return "订单已撤销";
    case TradeState::PayError:
      return "支付失败，请撤销订单";
    case TradeState::Refund:
      return "订单发生过退款，退款详情请查询退款单";
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

}  // namespace feiqian::sandbox::wechatpay
