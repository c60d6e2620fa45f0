// Waiting, without a thread, until a payment's attempt has come so far: a code is there, a barcode's outcome is known,
// a closing is done.
#pragma once

#include <functional>

#include "engine/read_pool.h"
#include "engine/surely.h"
#include "payments/feed.h"
#include "payments/reading.h"

namespace feiqian::payments {

class Awaiting {
 public:
  Awaiting(PaymentFeed& feed, engine::ReadPool& reads, engine::Timer timer)
      : feed_(&feed), reads_(&reads), timer_(std::move(timer)) {}

  /// Calls `done` once, on a reading thread: when `settled` holds, or after `timeout_ms` with the payment as it is
  /// then; nullopt when it cannot be read.
  void wait(PaymentId payment, std::function<bool(const PaymentView&)> settled, std::int64_t timeout_ms,
            std::function<void(std::optional<PaymentView>)> done);

 private:
  PaymentFeed* feed_;
  engine::ReadPool* reads_;
  engine::Timer timer_;
};

/// What the payer goes on with (a code, parameters, an address) is there, or will not come.
bool code_is_settled(const PaymentView& view);
/// Paid, failed, or in the payer's hands.
bool barcode_is_settled(const PaymentView& view);
bool closing_is_settled(const PaymentView& view);

}  // namespace feiqian::payments
