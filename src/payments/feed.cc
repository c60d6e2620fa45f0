#include "payments/feed.h"

#include <algorithm>
#include <set>

namespace feiqian::payments {

PaymentFeed::Subscription PaymentFeed::subscribe(PaymentId payment, std::function<void()> changed) {
  auto callback = std::make_shared<std::function<void()>>(std::move(changed));
  {
    const std::lock_guard lock(listeners_->mutex);
    listeners_->by_payment.emplace(payment.value, callback);
  }
  return {callback.get(), [listeners = listeners_, payment, callback](void*) {
            const std::lock_guard lock(listeners->mutex);
            auto [at, end] = listeners->by_payment.equal_range(payment.value);
            for (; at != end; ++at) {
              if (at->second == callback) {
                listeners->by_payment.erase(at);
                return;
              }
            }
          }};
}

void PaymentFeed::committed(engine::WorkingSet& rows) {
  {
    const std::lock_guard lock(listeners_->mutex);
    if (listeners_->by_payment.empty()) return;
  }
  std::set<std::int64_t> changed;
  for (const auto* entry : rows.rows(kPayments).dirty()) changed.insert(entry->row.id.value);
  for (const auto* entry : rows.rows(kAttempts).dirty()) changed.insert(entry->row.payment.value);
  const std::lock_guard lock(listeners_->mutex);
  for (const auto id : changed) {
    auto [at, end] = listeners_->by_payment.equal_range(id);
    for (; at != end; ++at) {
      post_([weak = std::weak_ptr(at->second)] {
        if (const auto callback = weak.lock()) (*callback)();
      });
    }
  }
}

void PaymentFeed::nudge(std::size_t most) {
  const std::lock_guard lock(listeners_->mutex);
  auto& by_payment = listeners_->by_payment;
  auto at = by_payment.upper_bound(listeners_->nudged);
  for (std::size_t i = 0; i < std::min(most, by_payment.size()); ++i, ++at) {
    if (at == by_payment.end()) at = by_payment.begin();
    listeners_->nudged = at->first;
    post_([weak = std::weak_ptr(at->second)] {
      if (const auto callback = weak.lock()) (*callback)();
    });
  }
}

std::size_t PaymentFeed::subscribers() const {
  const std::lock_guard lock(listeners_->mutex);
  return listeners_->by_payment.size();
}

}  // namespace feiqian::payments
