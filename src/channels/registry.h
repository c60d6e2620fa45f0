// Commands on the register of channels.
#pragma once

#include "channels/channel.h"
#include "engine/command.h"

namespace feiqian::channels {

struct RegisterChannel {
  using Reply = ChannelId;
  std::string code;
  bool returns_cost = true;
  void load(engine::Load& load) const { load.first(kChannelByCode, code); }
  Result<Reply> decide(engine::Decision& decision) const {
    if (decision.first(kChannelByCode, code) != nullptr) return Error(errors::kChannelConflict, code);
    const auto id = decision.new_id<ChannelId>();
    decision.insert(kChannels, ChannelRow{id, code, true, returns_cost, decision.context.now});
    return id;
  }
};

struct SetChannelEnabled {
  using Reply = ChannelId;
  std::string code;
  bool enabled = true;
  void load(engine::Load& load) const { load.first(kChannelByCode, code); }
  Result<Reply> decide(engine::Decision& decision) const {
    const auto* channel = decision.first(kChannelByCode, code);
    if (channel == nullptr) return Error(errors::kChannelNotFound, code);
    decision.change(kChannels, channel->id).enabled = enabled;
    return channel->id;
  }
};

}  // namespace feiqian::channels

namespace feiqian::engine {

// Instantiated once, in rows.cc.
extern template class Rows<channels::ChannelRow>;

}  // namespace feiqian::engine
