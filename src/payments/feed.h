// Tells who waits for a payment that something about it was committed: the cashier's event streams, and API calls that
// wait for a code or a barcode's outcome. Subscribers are called through `post`, never on the engine's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "engine/batch.h"
#include "payments/tables.h"

namespace feiqian::payments {

class PaymentFeed final : public engine::CommitObserver {
 public:
  using Post = std::function<void(std::function<void()>)>;
  explicit PaymentFeed(Post post) : post_(std::move(post)) {}

  /// Ends when the handle is dropped; a call under way may still arrive.
  using Subscription = std::shared_ptr<void>;
  Subscription subscribe(PaymentId payment, std::function<void()> changed);

  void committed(engine::WorkingSet& rows) override;
  std::size_t subscribers() const;
  /// Calls `most` subscribers as if something was committed, the next ones at the next call: commits of other nodes are
  /// not seen here.
  void nudge(std::size_t most);

 private:
  struct Listeners {
    mutable std::mutex mutex;
    std::multimap<std::int64_t, std::shared_ptr<std::function<void()>>> by_payment;
    std::int64_t nudged = 0;  ///< the payment up to which the last nudge came
  };
  Post post_;
  std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
};

}  // namespace feiqian::payments
