#include "payments/states.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace feiqian::payments {
namespace {

/// Walks every state × event; what the table does not list means nothing in that state.
template <class State, class Event, std::size_t N>
void walk(const std::array<Transition<State, Event>, N>& table, const std::vector<State>& states,
          const std::vector<Event>& events, const std::map<std::pair<State, Event>, State>& expected) {
  for (const auto state : states) {
    for (const auto event : events) {
      const auto found = expected.find({state, event});
      EXPECT_EQ(advance(table, state, event), found == expected.end() ? std::nullopt : std::optional(found->second))
          << name_of(state) << " " << static_cast<int>(event);
    }
  }
  EXPECT_EQ(table.size(), expected.size());
}

TEST(States, OfAPayment) {
  using S = PaymentState;
  using E = PaymentEvent;
  walk<S, E>(kPaymentTransitions, {S::Open, S::Closing, S::Closed, S::Paid},
             {E::CloseWanted, E::AllClosed, E::Succeeded, E::LateAccepted},
             {{{S::Open, E::CloseWanted}, S::Closing},
              {{S::Open, E::Succeeded}, S::Paid},
              {{S::Closing, E::AllClosed}, S::Closed},
              {{S::Closing, E::Succeeded}, S::Paid},
              {{S::Closed, E::LateAccepted}, S::Paid}});
}

TEST(States, OfAnAttempt) {
  using S = AttemptState;
  using E = AttemptEvent;
  std::map<std::pair<S, E>, S> expected{{{S::Created, E::Awaiting}, S::Pending},
                                        {{S::Created, E::Doubted}, S::Unknown},
                                        {{S::Unknown, E::Awaiting}, S::Pending}};
  for (const auto live : {S::Created, S::Pending, S::Unknown}) {
    EXPECT_TRUE(is_live(live));
    expected[{live, E::Failed}] = S::Failed;
    expected[{live, E::Closed}] = S::Closed;
  }
  for (const auto unpaid : {S::Created, S::Pending, S::Unknown, S::Failed, S::Closed}) {
    expected[{unpaid, E::Paid}] = S::Succeeded;
    expected[{unpaid, E::PaidSurplus}] = S::Surplus;
  }
  for (const auto ended : {S::Succeeded, S::Failed, S::Closed, S::Surplus}) EXPECT_FALSE(is_live(ended));
  walk<S, E>(kAttemptTransitions, {S::Created, S::Pending, S::Unknown, S::Succeeded, S::Failed, S::Closed, S::Surplus},
             {E::Awaiting, E::Doubted, E::Paid, E::PaidSurplus, E::Failed, E::Closed}, expected);
}

TEST(States, OfARefund) {
  using S = RefundState;
  using E = RefundEvent;
  walk<S, E>(kRefundTransitions, {S::Pending, S::Succeeded, S::Failed}, {E::Succeeded, E::Failed},
             {{{S::Pending, E::Succeeded}, S::Succeeded}, {{S::Pending, E::Failed}, S::Failed}});
}

template <class Enum>
std::vector<std::string_view> names(int first, int last) {
  std::vector<std::string_view> names;
  for (int i = first; i <= last; ++i) names.push_back(name_of(static_cast<Enum>(i)));
  return names;
}

// These are words of the merchant API and of the database's rows: they never change.
TEST(States, NamesOfTheMerchantApi) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(names<PaymentState>(1, 4), (Names{"open", "closing", "closed", "paid"}));
  EXPECT_EQ(names<RefundState>(1, 3), (Names{"pending", "succeeded", "failed"}));
  EXPECT_EQ(names<RefundKind>(1, 3), (Names{"merchant", "surplus", "late"}));
  EXPECT_EQ(names<Mode>(1, 3), (Names{"redirect", "qr", "barcode"}));
  EXPECT_EQ(names<CloseReason>(0, 3), (Names{"", "merchant", "expired", "barcode_failed"}));
  EXPECT_EQ(names<EventState>(1, 3), (Names{"pending", "delivered", "exhausted"}));
  EXPECT_EQ(names<AttemptState>(1, 7),
            (Names{"created", "pending", "unknown", "succeeded", "failed", "closed", "surplus"}));
}

}  // namespace
}  // namespace feiqian::payments
