// What WeChat Pay's words mean for the port: trade states, refund states, error codes. Pure.
//
//   trade_state   SUCCESS → Paid   NOTPAY, USERPAYING, ACCEPT → AwaitingPayer   CLOSED, REVOKED → Closed
//                 REFUND → Paid: it was paid; what was given back is asked for by refund
//                 PAYERROR → Unknown: the provider wants it reversed, and banks have been seen to have taken the money
//   refund status SUCCESS → Succeeded   PROCESSING → Pending   CLOSED → Failed
//                 ABNORMAL → Pending: the payer's card is gone; somebody must lead the money elsewhere
//
// Error codes are compared without underscores: the provider writes USERPAYING and USER_PAYING, NOTENOUGH and
// NOT_ENOUGH. A refusal is Failed only if the code itself says that nothing was executed; HTTP status alone never does.
#pragma once

#include <string>
#include <string_view>

#include "channels/channel.h"
#include "channels/wechatpay/api.h"

namespace feiqian::channels::wechatpay {

/// `code` equals `name` but for underscores.
bool says(const Answer& answer, std::string_view name);

TradeState trade_state_of(std::string_view trade_state);
RefundState refund_state_of(std::string_view status);

TradeOutcome unknown(std::string code, std::string message);
/// Unknown; Failed (`channel.unreachable`) when nothing was sent.
TradeOutcome unanswered(const Answer& answer);

/// A transaction as query, codepay and notifications give it. One of another number or merchant, and a paid one without
/// a positive amount in CNY, is Unknown. A payment time that cannot be read is `now`.
TradeOutcome outcome_of(const codec::json::object& transaction, const std::string& mchid, const std::string& number,
                        Timestamp now);
/// Why a prepay or a barcode payment was refused.
TradeOutcome refused_payment(const Answer& answer, Scene scene);
/// A refund as the provider tells of it; of another number or another amount: Unknown.
RefundOutcome refund_outcome_of(const codec::json::object& refund, const RefundOrder& order);
/// A refusal of a refund that may pass: the provider's trouble, not the refund's.
bool is_passing(const Answer& answer);

}  // namespace feiqian::channels::wechatpay
