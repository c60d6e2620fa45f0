#include "sandbox/wechatpay/trade_state.h"

#include <gtest/gtest.h>

namespace feiqian::sandbox::wechatpay {
namespace {

TEST(WechatTradeState, EveryPairOfStateAndEventIsDecided) {
  int allowed = 0;
  for (const auto from : kTradeStates) {
    for (const auto event : kTradeEvents) allowed += advance(from, event).has_value() ? 1 : 0;
  }
  EXPECT_EQ(allowed, static_cast<int>(kTradeTransitions.size()));
  // Nothing leads out of a refund but another one, and money comes to what is over only by fault.
  for (const auto event : kTradeEvents)
    EXPECT_EQ(advance(TradeState::Refund, event).has_value(), event == TradeEvent::Refund);
  for (const auto event : kTradeEvents)
    EXPECT_EQ(advance(TradeState::Closed, event).has_value(), event == TradeEvent::LateMoney);
}

TEST(WechatTradeState, NamesReadBackAndEachHasWords) {
  for (const auto state : kTradeStates) {
    EXPECT_EQ(trade_state_of(name_of(state)), state);
    EXPECT_FALSE(words_of(state).empty());
  }
  EXPECT_FALSE(trade_state_of("").has_value());
}

}  // namespace
}  // namespace feiqian::sandbox::wechatpay
