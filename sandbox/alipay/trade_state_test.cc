#include "sandbox/alipay/trade_state.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace feiqian::sandbox::alipay {
namespace {

TEST(TradeState, WalksEveryStateAndEvent) {
  using S = TradeState;
  using E = TradeEvent;
  const std::map<std::pair<S, E>, S> allowed{
      {{S::WaitBuyerPay, E::Pay}, S::Success},   {{S::WaitBuyerPay, E::Close}, S::Closed},
      {{S::WaitBuyerPay, E::Expire}, S::Closed}, {{S::Success, E::RefundPart}, S::Success},
      {{S::Success, E::RefundRest}, S::Closed},  {{S::Closed, E::LateMoney}, S::Success},
  };
  for (const auto state : kTradeStates) {
    for (const auto event : kTradeEvents) {
      const auto row = allowed.find({state, event});
      const auto next = advance(state, event);
      EXPECT_EQ(next.has_value(), row != allowed.end()) << name_of(state) << " event " << static_cast<int>(event);
      if (next && row != allowed.end()) {
        EXPECT_EQ(*next, row->second);
      }
    }
  }
}

TEST(TradeState, NamesAreTheProviders) {
  EXPECT_EQ(name_of(TradeState::WaitBuyerPay), "WAIT_BUYER_PAY");
  EXPECT_EQ(name_of(TradeState::Success), "TRADE_SUCCESS");
  EXPECT_EQ(name_of(TradeState::Closed), "TRADE_CLOSED");
  for (const auto state : kTradeStates) EXPECT_EQ(trade_state_of(name_of(state)), state);
  EXPECT_EQ(trade_state_of("TRADE_UNKNOWN"), std::nullopt);
}

}  // namespace
}  // namespace feiqian::sandbox::alipay
