#include "api/channel_callbacks.h"

#include "foundation/log.h"
#include "foundation/metrics.h"
#include "foundation/text.h"
#include "payments/record_outcome.h"
#include "payments/stray_notification.h"

namespace feiqian::api {

void ChannelCallbacks::handle(const net::HttpRequest& request, Answer answer) {
  const auto parts = split(request.path, '/');  // "", channels, code, notify
  auto* channel = parts.size() == 4 && parts[3] == "notify" ? channels_->find(parts[2]) : nullptr;
  if (channel == nullptr || request.method != "POST") {
    answer({404, {}, ""});
    return;
  }
  const auto count = [code = std::string(channel->code())](const char* result) {
    metrics::counter("feiqian_channel_notifications_total", "Notifications of channels by result",
                     {{"channel", code}, {"result", result}})
        .add();
  };
  auto notification = channel->read_notification(request);
  if (!notification) {
    count("rejected");
    log::warn("channel.notification_rejected", {{"channel", channel->code()}, {"why", notification.error()}});
    answer(channel->acknowledge(false));
    return;
  }
  const auto attempt = payments::AttemptId::parse(notification->number);
  if (!attempt) {
    count("unknown");
    stray(*channel, std::move(*notification), std::move(answer));
    return;
  }
  engine_->submit(
      payments::RecordOutcome{*attempt, notification->outcome, payments::OutcomeSource::Notification,
                              std::string(channel->code())},
      [this, answer = std::move(answer), channel, count,
       notification = *notification](const Result<payments::PaymentView>& recorded) {
        if (!recorded && recorded.error().is(errors::kAttemptNotFound)) {
          count("unknown");
          stray(*channel, notification, answer);
          return;
        }
        count(recorded ? "recorded" : "refused");
        if (!recorded)
          log::warn("channel.notification_refused", {{"attempt", notification.number}, {"why", recorded.error()}});
        answer(channel->acknowledge(recorded.ok()));
      });
}

void ChannelCallbacks::stray(const channels::Channel& channel, channels::Notification notification, Answer answer) {
  log::error("channel.notification_unknown", {{"channel", channel.code()}, {"number", notification.number}});
  engine_->submit(payments::RecordStrayNotification{std::string(channel.code()), std::move(notification)},
                  [answer = std::move(answer), &channel](const Result<bool>&) { answer(channel.acknowledge(false)); });
}

}  // namespace feiqian::api
