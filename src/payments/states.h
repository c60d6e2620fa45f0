// The states of payments, attempts and refunds, and every way between them.
#pragma once

#include <cstdint>
#include <string_view>

#include "foundation/state_machine.h"

namespace feiqian::payments {

enum class PaymentState : std::int32_t { Open = 1, Closing = 2, Closed = 3, Paid = 4 };
enum class PaymentEvent {
  CloseWanted,   ///< by merchant, expiry or a failed barcode; live attempts must be closed at the channel first
  AllClosed,     ///< no attempt can be paid any more
  Succeeded,     ///< an attempt was paid
  LateAccepted,  ///< an attempt of a closed payment was paid, and the contract accepts that
};
inline constexpr auto kPaymentTransitions = std::to_array<Transition<PaymentState, PaymentEvent>>({
    {PaymentState::Open, PaymentEvent::CloseWanted, PaymentState::Closing},
    {PaymentState::Open, PaymentEvent::Succeeded, PaymentState::Paid},
    {PaymentState::Closing, PaymentEvent::AllClosed, PaymentState::Closed},
    {PaymentState::Closing, PaymentEvent::Succeeded, PaymentState::Paid},
    {PaymentState::Closed, PaymentEvent::LateAccepted, PaymentState::Paid},
});
static_assert(keys_are_unique(kPaymentTransitions));
static_assert(has_no_exit(kPaymentTransitions, PaymentState::Paid));
static_assert(is_reachable(kPaymentTransitions, PaymentState::Closing) &&
              is_reachable(kPaymentTransitions, PaymentState::Closed) &&
              is_reachable(kPaymentTransitions, PaymentState::Paid));

enum class AttemptState : std::int32_t {
  Created = 1,
  Pending = 2,
  Unknown = 3,
  Succeeded = 4,
  Failed = 5,
  Closed = 6,
  Surplus = 7
};
enum class AttemptEvent {
  Awaiting,     ///< the channel waits for the payer
  Doubted,      ///< a call's outcome is not known
  Paid,         ///< and the payment takes it
  PaidSurplus,  ///< paid, but the payment is paid or closed: the money goes back
  Failed,       ///< proven not executed
  Closed,       ///< cannot be paid any more, as far as the channel says
};
inline constexpr auto kAttemptTransitions = std::to_array<Transition<AttemptState, AttemptEvent>>({
    {AttemptState::Created, AttemptEvent::Awaiting, AttemptState::Pending},
    {AttemptState::Created, AttemptEvent::Doubted, AttemptState::Unknown},
    {AttemptState::Created, AttemptEvent::Paid, AttemptState::Succeeded},
    {AttemptState::Created, AttemptEvent::PaidSurplus, AttemptState::Surplus},
    {AttemptState::Created, AttemptEvent::Failed, AttemptState::Failed},
    {AttemptState::Created, AttemptEvent::Closed, AttemptState::Closed},
    {AttemptState::Pending, AttemptEvent::Paid, AttemptState::Succeeded},
    {AttemptState::Pending, AttemptEvent::PaidSurplus, AttemptState::Surplus},
    {AttemptState::Pending, AttemptEvent::Failed, AttemptState::Failed},
    {AttemptState::Pending, AttemptEvent::Closed, AttemptState::Closed},
    {AttemptState::Unknown, AttemptEvent::Awaiting, AttemptState::Pending},
    {AttemptState::Unknown, AttemptEvent::Paid, AttemptState::Succeeded},
    {AttemptState::Unknown, AttemptEvent::PaidSurplus, AttemptState::Surplus},
    {AttemptState::Unknown, AttemptEvent::Failed, AttemptState::Failed},
    {AttemptState::Unknown, AttemptEvent::Closed, AttemptState::Closed},
    // A provider may contradict itself: money that came is never ignored.
    {AttemptState::Failed, AttemptEvent::Paid, AttemptState::Succeeded},
    {AttemptState::Failed, AttemptEvent::PaidSurplus, AttemptState::Surplus},
    {AttemptState::Closed, AttemptEvent::Paid, AttemptState::Succeeded},
    {AttemptState::Closed, AttemptEvent::PaidSurplus, AttemptState::Surplus},
});
static_assert(keys_are_unique(kAttemptTransitions));
static_assert(has_no_exit(kAttemptTransitions, AttemptState::Succeeded) &&
              has_no_exit(kAttemptTransitions, AttemptState::Surplus));

/// May still become paid in the ordinary way.
constexpr bool is_live(AttemptState state) {
  return state == AttemptState::Created || state == AttemptState::Pending || state == AttemptState::Unknown;
}

enum class RefundState : std::int32_t { Pending = 1, Succeeded = 2, Failed = 3 };
enum class RefundEvent { Succeeded, Failed };
inline constexpr auto kRefundTransitions = std::to_array<Transition<RefundState, RefundEvent>>({
    {RefundState::Pending, RefundEvent::Succeeded, RefundState::Succeeded},
    {RefundState::Pending, RefundEvent::Failed, RefundState::Failed},
});
static_assert(keys_are_unique(kRefundTransitions));
static_assert(has_no_exit(kRefundTransitions, RefundState::Succeeded) &&
              has_no_exit(kRefundTransitions, RefundState::Failed));

enum class RefundKind : std::int32_t {
  Merchant = 1,  ///< the merchant asked
  Surplus = 2,   ///< a second payment of the same order
  Late = 3,      ///< a payment after closing
};

enum class Mode : std::int32_t {
  Redirect = 1,  ///< the payer goes to the cashier
  Qr = 2,        ///< the merchant shows the channel's code
  Barcode = 3,   ///< the merchant scans the payer's
  Jsapi = 4,     ///< the merchant's page in the provider's browser, or its mini program, hands over parameters
  App = 5,       ///< the merchant's app does
};
enum class CloseReason : std::int32_t { None = 0, Merchant = 1, Expired = 2, BarcodeFailed = 3 };
enum class EventState : std::int32_t { Pending = 1, Delivered = 2, Exhausted = 3 };

std::string_view name_of(PaymentState state);
std::string_view name_of(AttemptState state);
std::string_view name_of(RefundState state);
std::string_view name_of(RefundKind kind);
std::string_view name_of(Mode mode);
std::string_view name_of(CloseReason reason);
std::string_view name_of(EventState state);

}  // namespace feiqian::payments
