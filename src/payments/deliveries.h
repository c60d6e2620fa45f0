// The outcome of one try to deliver an event, and a try asked for by hand.
#pragma once

#include "engine/command.h"
#include "payments/errors.h"
#include "payments/tables.h"

namespace feiqian::payments {

/// Pause before the next try, after `tries` of them failed: 5 s to 24 h.
std::int64_t delivery_pause_s(std::int32_t tries);

struct RecordDelivery {
  using Reply = EventRow;
  EventId event;
  std::optional<std::int32_t> status;
  std::string error;
  std::int32_t duration_ms = 0;

  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;
};

struct ResendEvent {
  using Reply = EventRow;
  std::optional<parties::MerchantId> merchant;  ///< whose it must be
  EventId event;

  void load(engine::Load& load) const;
  /// errors::kEventNotFound, errors::kNoTarget.
  Result<Reply> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::payments
