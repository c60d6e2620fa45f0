// Channels' notifications: `POST /channels/{code}/notify`. Verified by the channel's adapter, recorded like any other
// outcome, acknowledged only after the commit. One about a payment that we do not know is refused, so that the channel
// repeats it, and becomes an incident.
#pragma once

#include <functional>

#include "channels/channel.h"
#include "engine/engine.h"
#include "net/http.h"

namespace feiqian::api {

class ChannelCallbacks {
 public:
  ChannelCallbacks(engine::Engine& engine, const channels::Channels& channels)
      : engine_(&engine), channels_(&channels) {}
  using Answer = std::function<void(net::HttpResponse)>;
  /// Calls `answer` once: at once when the call is refused, else after the commit, on the engine's thread.
  void handle(const net::HttpRequest& request, Answer answer);

 private:
  void stray(const channels::Channel& channel, channels::Notification notification, Answer answer);
  engine::Engine* engine_;
  const channels::Channels* channels_;
};

}  // namespace feiqian::api
