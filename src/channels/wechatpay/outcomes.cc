#include "channels/wechatpay/outcomes.h"

#include <algorithm>
#include <array>

#include "foundation/text.h"

namespace feiqian::channels::wechatpay {
namespace {

namespace json = codec::json;

std::string without_underscores(std::string_view code) {
  std::string text(code);
  std::erase(text, '_');
  return text;
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// What a refusal of a payment proves.
struct Refusal {
  std::string_view code;  ///< without underscores
  TradeState prepay;      ///< native, JSAPI, app, H5: no code of this number has left the provider
  TradeState barcode;
  std::string_view stable = "channel.declined";  ///< the platform's word, when Failed
};

constexpr std::array kRefusals{
    Refusal{"USERPAYING", TradeState::Unknown, TradeState::AwaitingPayer},
    Refusal{"ORDERCLOSED", TradeState::Closed, TradeState::Closed},
    Refusal{"ORDERREVERSED", TradeState::Closed, TradeState::Closed},
    Refusal{"NOTENOUGH", TradeState::Failed, TradeState::Failed, "payer.insufficient_balance"},
    Refusal{"AUTHCODEEXPIRE", TradeState::Failed, TradeState::Failed, "payer.code_invalid"},
    Refusal{"AUTHCODEEXPIRED", TradeState::Failed, TradeState::Failed, "payer.code_invalid"},
    Refusal{"AUTHCODEERROR", TradeState::Failed, TradeState::Failed, "payer.code_invalid"},
    Refusal{"AUTHCODEINVALID", TradeState::Failed, TradeState::Failed, "payer.code_invalid"},
    Refusal{"NOTSUPORTCARD", TradeState::Failed, TradeState::Failed, "payer.not_allowed"},
    Refusal{"NOTSUPPORTCARD", TradeState::Failed, TradeState::Failed, "payer.not_allowed"},
    Refusal{"BUYERMISMATCH", TradeState::Failed, TradeState::Failed, "payer.not_allowed"},
    Refusal{"ACCOUNTERROR", TradeState::Failed, TradeState::Failed, "payer.not_allowed"},
    Refusal{"OPENIDMISMATCH", TradeState::Failed, TradeState::Failed, "payer.not_allowed"},
    // "For reasons of the business": not one that proves a barcode unpaid.
    Refusal{"TRADEERROR", TradeState::Failed, TradeState::Unknown},
    Refusal{"RULELIMIT", TradeState::Failed, TradeState::Failed},
    Refusal{"PARAMERROR", TradeState::Failed, TradeState::Failed},
    Refusal{"SIGNERROR", TradeState::Failed, TradeState::Failed},
    Refusal{"NOAUTH", TradeState::Failed, TradeState::Failed},
    Refusal{"MCHNOTEXISTS", TradeState::Failed, TradeState::Failed},
    Refusal{"APPIDMCHIDNOTMATCH", TradeState::Failed, TradeState::Failed},
    // Also said of a number that was used with other content: a barcode may have been paid under it.
    Refusal{"INVALIDREQUEST", TradeState::Failed, TradeState::Unknown},
    // A code is asked for again; a cash register should not wait for that.
    Refusal{"FREQUENCYLIMITED", TradeState::Unknown, TradeState::Failed},
    Refusal{"RATELIMITEXCEEDED", TradeState::Unknown, TradeState::Failed},
};

/// Positive, in CNY; nullopt otherwise.
std::optional<money::Money> paid_amount(const json::object& transaction) {
  const auto* amount = transaction.if_contains("amount");
  if (amount == nullptr || !amount->is_object()) return std::nullopt;
  const auto& object = amount->get_object();
  const auto currency = text_of(object, "currency");
  if (!currency.empty() && currency != money::kCny.code()) return std::nullopt;
  const auto* total = object.if_contains("total");
  if (total == nullptr || !total->is_int64() || total->get_int64() <= 0) return std::nullopt;
  return money::Money{total->get_int64(), money::kCny};
}

}  // namespace

bool says(const Answer& answer, std::string_view name) {
  return answer.proven && without_underscores(answer.text("code")) == without_underscores(name);
}

TradeState trade_state_of(std::string_view trade_state) {
  if (trade_state == "SUCCESS" || trade_state == "REFUND") return TradeState::Paid;
  if (trade_state == "NOTPAY" || trade_state == "USERPAYING" || trade_state == "ACCEPT")
    return TradeState::AwaitingPayer;
  if (trade_state == "CLOSED" || trade_state == "REVOKED") return TradeState::Closed;
  return TradeState::Unknown;
}

RefundState refund_state_of(std::string_view status) {
  if (status == "SUCCESS") return RefundState::Succeeded;
  if (status == "PROCESSING" || status == "ABNORMAL") return RefundState::Pending;
  if (status == "CLOSED") return RefundState::Failed;
  return RefundState::Unknown;
}

TradeOutcome unknown(std::string code, std::string message) {
  TradeOutcome outcome;
  outcome.code = std::move(code);
  outcome.message = std::move(message);
  return outcome;
}

TradeOutcome unanswered(const Answer& answer) {
  auto outcome = unknown(answer.code(), answer.message());
  if (answer.not_sent) {
    outcome.state = TradeState::Failed;
    outcome.code = "channel.unreachable";
    outcome.message = "the channel could not be reached";
  }
  return outcome;
}

TradeOutcome outcome_of(const json::object& transaction, const std::string& mchid, const std::string& number,
                        Timestamp now) {
  if (text_of(transaction, "out_trade_no") != number || text_of(transaction, "mchid") != mchid)
    return unknown("channel.answer_of_another", "the answer speaks of another trade");
  TradeOutcome outcome;
  outcome.code = text_of(transaction, "trade_state");
  outcome.message = utf8_prefix(text_of(transaction, "trade_state_desc"), 200);
  outcome.trade_no = text_of(transaction, "transaction_id");
  outcome.state = trade_state_of(outcome.code);
  if (outcome.state != TradeState::Paid) return outcome;
  outcome.paid = paid_amount(transaction);
  if (!outcome.paid) return unknown("channel.amount_unreadable", "paid, but the amount cannot be read");
  const auto at = from_rfc3339(text_of(transaction, "success_time"));
  outcome.paid_at = at ? at.value() : now;
  return outcome;
}

TradeOutcome refused_payment(const Answer& answer, Scene scene) {
  if (!answer.proven) return unanswered(answer);
  auto outcome = unknown(answer.code(), answer.message());
  const auto code = without_underscores(answer.text("code"));
  const auto* found =
      std::find_if(kRefusals.begin(), kRefusals.end(), [&](const Refusal& refusal) { return refusal.code == code; });
  if (found == kRefusals.end()) return outcome;
  outcome.state = scene == Scene::Barcode ? found->barcode : found->prepay;
  if (outcome.state == TradeState::Failed) {
    outcome.message = outcome.code + " " + outcome.message;
    outcome.code = found->stable;
  }
  return outcome;
}

RefundOutcome refund_outcome_of(const json::object& refund, const RefundOrder& order) {
  RefundOutcome outcome;
  if (text_of(refund, "out_refund_no") != order.refund_number) {
    outcome.code = "channel.answer_of_another";
    return outcome;
  }
  const auto* amount = refund.if_contains("amount");
  const auto* said = amount != nullptr && amount->is_object() ? amount->get_object().if_contains("refund") : nullptr;
  if (said != nullptr && (!said->is_int64() || said->get_int64() != order.amount.minor)) {
    outcome.code = "channel.amount_mismatch";
    return outcome;
  }
  outcome.code = text_of(refund, "status");
  outcome.state = refund_state_of(outcome.code);
  return outcome;
}

bool is_passing(const Answer& answer) {
  if (!answer.proven || answer.status >= 500 || answer.status == 429) return true;
  for (const std::string_view code :
       {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "BIZERR_NEED_RETRY", "BIZ_ERR_NEED_RETRY"}) {
    if (says(answer, code)) return true;
  }
  return false;
}

}  // namespace feiqian::channels::wechatpay
