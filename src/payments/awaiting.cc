#include "payments/awaiting.h"

#include <atomic>

namespace feiqian::payments {
namespace {

struct Wait {
  PaymentId payment;
  std::function<bool(const PaymentView&)> settled;
  std::function<void(std::optional<PaymentView>)> done;
  engine::ReadPool* reads;
  std::atomic<bool> finished{false};
  std::mutex mutex;
  PaymentFeed::Subscription subscription;  // guarded by mutex

  void finish(std::optional<PaymentView> view) {
    if (finished.exchange(true)) return;
    PaymentFeed::Subscription ended;
    {
      const std::lock_guard lock(mutex);
      ended.swap(subscription);
    }
    done(std::move(view));
  }
};

void check(const std::shared_ptr<Wait>& wait, bool last) {
  if (wait->finished) return;
  const bool posted = wait->reads->post([wait, last](store::Reader& reader) {
    auto view = read_payment(reader, wait->payment);
    if (view && view.value() && (last || wait->settled(**view))) {
      wait->finish(std::move(*view));
    } else if (last) {
      wait->finish(std::nullopt);
    }
  });
  if (!posted && last) wait->finish(std::nullopt);
}

}  // namespace

void Awaiting::wait(PaymentId payment, std::function<bool(const PaymentView&)> settled, std::int64_t timeout_ms,
                    std::function<void(std::optional<PaymentView>)> done) {
  auto wait = std::make_shared<Wait>();
  wait->payment = payment;
  wait->settled = std::move(settled);
  wait->done = std::move(done);
  wait->reads = reads_;
  // Subscribed before the first look: nothing can happen unseen in between.
  auto subscription = feed_->subscribe(payment, [weak = std::weak_ptr(wait)] {
    if (const auto strong = weak.lock()) check(strong, false);
  });
  {
    const std::lock_guard lock(wait->mutex);
    wait->subscription = std::move(subscription);
  }
  check(wait, false);
  timer_(timeout_ms, [wait] { check(wait, true); });
}

bool code_is_settled(const PaymentView& view) {
  if (!view.attempt || view.payment.state != PaymentState::Open) return true;
  const auto& attempt = *view.attempt;
  const bool redirect = attempt.scene == channels::Scene::Page || attempt.scene == channels::Scene::Wap;
  return !attempt.qr_code.empty() || !attempt.pay_parameters.empty() || attempt.state == AttemptState::Failed ||
         (redirect && attempt.state == AttemptState::Pending);
}

bool barcode_is_settled(const PaymentView& view) {
  if (view.payment.state == PaymentState::Paid || view.payment.state == PaymentState::Closed) return true;
  return view.attempt && view.attempt->state == AttemptState::Pending;
}

bool closing_is_settled(const PaymentView& view) {
  return view.payment.state != PaymentState::Closing;
}

}  // namespace feiqian::payments
