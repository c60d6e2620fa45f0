#include "payments/stray_notification.h"

#include "payments/detail/steps.h"

namespace feiqian::payments {
namespace {

std::string_view said(channels::TradeState state) {
  using channels::TradeState;
  switch (state) {
    case TradeState::Paid:
      return "paid";
    case TradeState::AwaitingPayer:
      return "awaiting the payer";
    case TradeState::Closed:
      return "closed";
    case TradeState::NotFound:
    case TradeState::Failed:
    case TradeState::Unknown:
      break;
  }
  return "in another state";
}

std::string words_of(const RecordStrayNotification& stray) {
  const auto& [number, outcome] = stray.notification;
  auto words = stray.channel + " says that " + number + " is " + std::string(said(outcome.state));
  if (outcome.paid)
    words +=
        ": " + std::string(outcome.paid->currency.code()) + " " + std::to_string(outcome.paid->minor) + " minor units";
  if (!outcome.trade_no.empty()) words += ", its number " + outcome.trade_no;
  return words + "; there is no such attempt here";
}

/// The attempt named, where the number is one of ours.
std::int64_t subject_of(const RecordStrayNotification& stray) {
  const auto attempt = AttemptId::parse(stray.notification.number);
  return attempt ? attempt->value : 0;
}

}  // namespace

void RecordStrayNotification::load(engine::Load& load) const {
  load.all(kIncidentsByWords, subject_of(*this), words_of(*this));
}

Result<bool> RecordStrayNotification::decide(engine::Decision& decision) const {
  if (!decision.all(kIncidentsByWords, subject_of(*this), words_of(*this)).empty()) return false;
  detail::incident(decision, "channel.unknown_trade", subject_of(*this), words_of(*this));
  return true;
}

}  // namespace feiqian::payments
