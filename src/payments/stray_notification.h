// A channel speaks of a payment that we do not know: after a restore from an older backup, or when another system uses
// the same account at the channel. People must look; nothing is posted.
#pragma once

#include "channels/channel.h"
#include "engine/command.h"
#include "payments/tables.h"

namespace feiqian::payments {

struct RecordStrayNotification {
  using Reply = bool;
  std::string channel;
  channels::Notification notification;

  void load(engine::Load& load) const;
  /// Writes an incident `channel.unknown_trade`, once for the same words; false when it is there already.
  Result<Reply> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::payments
