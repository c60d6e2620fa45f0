// Channels' notifications: `POST /channels/{code}/notify`. Verified by the channel's adapter, recorded like any other
// outcome, acknowledged only after the commit. One about a payment that we do not know is refused, so that the channel
// repeats it, and becomes an incident.
#pragma once

#include "channels/channel.h"
#include "engine/engine.h"
#include "net/http_server.h"

namespace feiqian::api {

class ChannelCallbacks {
 public:
  ChannelCallbacks(engine::Engine& engine, const channels::Channels& channels)
      : engine_(&engine), channels_(&channels) {}
  void handle(const net::HttpRequest& request, const net::Responder& responder);

 private:
  void stray(const channels::Channel& channel, channels::Notification notification, const net::Responder& responder);
  engine::Engine* engine_;
  const channels::Channels* channels_;
};

}  // namespace feiqian::api
