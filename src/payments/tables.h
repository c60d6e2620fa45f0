// Tables of payments: payment (订单), attempt (支付尝试), refund (退款), event and delivery (通知), incident (异常).
#pragma once

#include <optional>
#include <string>

#include "channels/channel.h"
#include "engine/tables.h"
#include "engine/working_set.h"
#include "ledger/tables.h"
#include "parties/tables.h"
#include "payments/states.h"
#include "pricing/fee_rules.h"

namespace feiqian::payments {

struct PaymentTag {
  static constexpr std::string_view kPrefix = "pay";
};
using PaymentId = StrongId<PaymentTag>;
struct AttemptTag {
  static constexpr std::string_view kPrefix = "att";
};
using AttemptId = StrongId<AttemptTag>;
struct RefundTag {
  static constexpr std::string_view kPrefix = "ref";
};
using RefundId = StrongId<RefundTag>;
struct EventTag {
  static constexpr std::string_view kPrefix = "evt";
};
using EventId = StrongId<EventTag>;

struct PaymentRow {
  PaymentId id;
  parties::MerchantId merchant;
  std::string merchant_order_no;
  std::optional<parties::StoreId> store;
  PaymentState state = PaymentState::Open;
  Mode mode = Mode::Redirect;
  std::string method;  ///< asked for by the merchant, or the one that paid; empty: any
  std::int64_t amount_minor = 0;
  money::Currency currency;
  std::string subject;
  std::string goods;     ///< JSON array
  std::string metadata;  ///< JSON object
  std::string return_url;
  std::string notify_url;
  std::int64_t refunded_minor = 0;
  std::int64_t refunding_minor = 0;  ///< reserved by refunds under way
  std::int64_t fee_minor = 0;
  std::int64_t fee_tax_minor = 0;  ///< output tax (2221) in the fee
  std::int64_t fee_returned_minor = 0;
  std::int64_t cost_minor = 0;  ///< the channel's fee
  std::int64_t cost_returned_minor = 0;
  pricing::FeeRuleId fee_rule;
  CloseReason close_reason = CloseReason::None;
  Timestamp created_at;
  Timestamp expires_at;
  std::optional<Timestamp> paid_at;
  std::optional<Timestamp> closed_at;
  AttemptId paid_attempt;
  engine::TaskId expire_task;
};
BOOST_DESCRIBE_STRUCT(PaymentRow, (),
                      (id, merchant, merchant_order_no, store, state, mode, method, amount_minor, currency, subject,
                       goods, metadata, return_url, notify_url, refunded_minor, refunding_minor, fee_minor,
                       fee_tax_minor, fee_returned_minor, cost_minor, cost_returned_minor, fee_rule, close_reason,
                       created_at, expires_at, paid_at, closed_at, paid_attempt, expire_task))
inline const store::Table<PaymentRow> kPayments{"payment", store::Residency::Passing, store::Evidence::Payment};
inline const store::Index<&PaymentRow::merchant, &PaymentRow::merchant_order_no> kPaymentByOrderNo{
    kPayments, "payment_by_order_no", store::Unique::Yes};
inline const store::Index<&PaymentRow::merchant> kPaymentsByMerchant{kPayments, "payment_by_merchant",
                                                                     store::Unique::No};

struct AttemptRow {
  AttemptId id;
  PaymentId payment;
  channels::ChannelId channel;
  std::string method;
  channels::Scene scene = channels::Scene::Qr;
  AttemptState state = AttemptState::Created;
  std::string auth_code;  ///< the payer's barcode; erased once the call was made
  std::string payer;      ///< Jsapi: its id at the provider; Wap by a call: its address; erased once it is not needed
  std::string qr_code;
  std::string pay_parameters;  ///< Jsapi, App: a JSON object; Wap by a call: where the browser goes
  std::string channel_trade_no;
  std::string error_code;
  std::string error_message;
  engine::TaskId task;
  std::string task_kind;
  Timestamp created_at;
  std::optional<Timestamp> ended_at;
};
BOOST_DESCRIBE_STRUCT(AttemptRow, (),
                      (id, payment, channel, method, scene, state, auth_code, payer, qr_code, pay_parameters,
                       channel_trade_no, error_code, error_message, task, task_kind, created_at, ended_at))
inline const store::Table<AttemptRow> kAttempts{"attempt"};
inline const store::Index<&AttemptRow::payment> kAttemptsByPayment{kAttempts, "attempt_by_payment", store::Unique::No};

struct RefundRow {
  RefundId id;
  parties::MerchantId merchant;
  std::string merchant_refund_no;
  PaymentId payment;
  AttemptId attempt;
  RefundKind kind = RefundKind::Merchant;
  RefundState state = RefundState::Pending;
  std::int64_t amount_minor = 0;
  money::Currency currency;
  std::string reason;
  std::int64_t fee_returned_minor = 0;
  std::int64_t fee_tax_returned_minor = 0;  ///< output tax in it
  bool fee_swept = false;                   ///< the fee had left the reserve: J11d instead of J11c
  ledger::VoucherId fee_voucher;            ///< J11c or J11d, reversed if the refund fails
  std::string error_code;
  std::string error_message;
  engine::TaskId task;
  std::string task_kind;
  Timestamp created_at;
  std::optional<Timestamp> ended_at;
};
BOOST_DESCRIBE_STRUCT(RefundRow, (),
                      (id, merchant, merchant_refund_no, payment, attempt, kind, state, amount_minor, currency, reason,
                       fee_returned_minor, fee_tax_returned_minor, fee_swept, fee_voucher, error_code, error_message,
                       task, task_kind, created_at, ended_at))
inline const store::Table<RefundRow> kRefunds{"refund", store::Residency::Passing, store::Evidence::Refund};
inline const store::Index<&RefundRow::merchant, &RefundRow::merchant_refund_no> kRefundByNo{kRefunds, "refund_by_no",
                                                                                            store::Unique::Yes};
inline const store::Index<&RefundRow::payment> kRefundsByPayment{kRefunds, "refund_by_payment", store::Unique::No};
inline const store::Index<&RefundRow::merchant> kRefundsByMerchant{kRefunds, "refund_by_merchant", store::Unique::No};

/// What the merchant is told; its body never changes.
struct EventRow {
  EventId id;
  parties::MerchantId merchant;
  PaymentId payment;
  std::string type;
  std::string url;
  std::string body;
  EventState state = EventState::Pending;
  std::int32_t tries = 0;
  Timestamp created_at;
  std::optional<Timestamp> next_try_at;
  engine::TaskId task;
};
BOOST_DESCRIBE_STRUCT(EventRow, (),
                      (id, merchant, payment, type, url, body, state, tries, created_at, next_try_at, task))
inline const store::Table<EventRow> kEvents{"event", store::Residency::Passing, store::Evidence::Event};
inline const store::Index<&EventRow::merchant> kEventsByMerchant{kEvents, "event_by_merchant", store::Unique::No};

struct DeliveryTag {
  static constexpr std::string_view kPrefix = "del";
};
struct DeliveryRow {
  StrongId<DeliveryTag> id;
  EventId event;
  Timestamp at;
  std::optional<std::int32_t> status;  ///< HTTP, absent when there was no answer
  std::string error;
  std::int32_t duration_ms = 0;
};
BOOST_DESCRIBE_STRUCT(DeliveryRow, (), (id, event, at, status, error, duration_ms))
inline const store::Table<DeliveryRow> kDeliveries{"delivery"};
inline const store::Index<&DeliveryRow::event> kDeliveriesByEvent{kDeliveries, "delivery_by_event", store::Unique::No};

/// Something that people must look at: a callback whose amount differs, a refund of a surplus that failed.
struct IncidentTag {
  static constexpr std::string_view kPrefix = "inc";
};
struct IncidentRow {
  StrongId<IncidentTag> id;
  std::string kind;
  std::int64_t subject = 0;
  std::string detail;
  Timestamp at;
};
BOOST_DESCRIBE_STRUCT(IncidentRow, (), (id, kind, subject, detail, at))
inline const store::Table<IncidentRow> kIncidents{"incident"};
inline const store::Index<&IncidentRow::subject, &IncidentRow::detail> kIncidentsByWords{
    kIncidents, "incident_by_words", store::Unique::No};

/// Kinds of tasks; who performs them is `executors.h`.
namespace task_kinds {
inline constexpr const char* kExpire = "payment.expire";
inline constexpr const char* kPay = "attempt.pay";
inline constexpr const char* kQuery = "attempt.query";
inline constexpr const char* kClose = "attempt.close";
inline constexpr const char* kCancel = "attempt.cancel";
inline constexpr const char* kRefundSend = "refund.send";
inline constexpr const char* kRefundQuery = "refund.query";
inline constexpr const char* kDeliver = "webhook.deliver";
}  // namespace task_kinds

}  // namespace feiqian::payments

namespace feiqian::engine {

// Instantiated once, in rows.cc.
extern template class Rows<payments::PaymentRow>;
extern template class Rows<payments::AttemptRow>;
extern template class Rows<payments::RefundRow>;
extern template class Rows<payments::EventRow>;
extern template class Rows<payments::DeliveryRow>;
extern template class Rows<payments::IncidentRow>;

}  // namespace feiqian::engine
