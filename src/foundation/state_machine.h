// State machines as tables: one constexpr array of {from, event, to} a document.
//
//   inline constexpr auto kRefundTransitions = std::to_array<Transition<RefundState, RefundEvent>>({…});
//   static_assert(keys_are_unique(kRefundTransitions));
//   auto next = advance(kRefundTransitions, state, event);     // nullopt: the event means nothing in this state
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace feiqian {

template <class State, class Event>
struct Transition {
  State from;
  Event event;
  State to;
};

template <class State, class Event, std::size_t N>
constexpr std::optional<State> advance(const std::array<Transition<State, Event>, N>& table, State state, Event event) {
  for (const auto& transition : table) {
    if (transition.from == state && transition.event == event) return transition.to;
  }
  return std::nullopt;
}

template <class State, class Event, std::size_t N>
constexpr bool keys_are_unique(const std::array<Transition<State, Event>, N>& table) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = i + 1; j < N; ++j) {
      if (table[i].from == table[j].from && table[i].event == table[j].event) return false;
    }
  }
  return true;
}

template <class State, class Event, std::size_t N>
constexpr bool has_no_exit(const std::array<Transition<State, Event>, N>& table, State state) {
  for (const auto& transition : table) {
    if (transition.from == state) return false;
  }
  return true;
}

template <class State, class Event, std::size_t N>
constexpr bool is_reachable(const std::array<Transition<State, Event>, N>& table, State state) {
  for (const auto& transition : table) {
    if (transition.to == state && transition.from != state) return true;
  }
  return false;
}

}  // namespace feiqian
