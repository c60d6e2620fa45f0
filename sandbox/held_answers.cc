#include "sandbox/held_answers.h"

#include <utility>

namespace feiqian::sandbox {
namespace {

/// "Never": longer than any client waits.
constexpr std::int64_t kNeverMs = 10LL * 60 * 1000;

}  // namespace

void HeldAnswers::send(Reply reply, net::Responder responder) {
  if (!reply.withheld && reply.delay_ms == 0) {
    responder.send(std::move(reply.response));
    return;
  }
  const auto delay_ms = reply.withheld ? kNeverMs : reply.delay_ms;
  if (reply.withheld) reply.response = {500, {}, ""};
  std::int64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = ++last_;
    held_.emplace(number, Held{std::move(reply.response), std::move(responder)});
  }
  runtime_.after_ms(delay_ms, [this, number] { release(number); });
}

void HeldAnswers::release(std::int64_t number) {
  std::map<std::int64_t, Held>::node_type held;
  {
    const std::lock_guard lock(mutex_);
    held = held_.extract(number);
  }
  if (held) held.mapped().responder.send(std::move(held.mapped().response));
}

void HeldAnswers::let_go() {
  std::map<std::int64_t, Held> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(held_);
}

}  // namespace feiqian::sandbox
