// The protocols that this program speaks, one line each: which keys of ours a channel needs, how it is made from
// settings and keys, and how `init` joins it to a sandbox. Everything that goes over all channels goes over this table.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channels/channel.h"
#include "crypto/key_store.h"
#include "net/http_client.h"
#include "server/data_files.h"
#include "server/settings.h"

namespace feiqian::server {

/// A key of ours in the key store.
struct ChannelKey {
  enum class Form { RsaPem, Text };
  std::string_view name;
  Form form = Form::RsaPem;
  std::size_t least_bytes = 0;  ///< of a text
  std::size_t most_bytes = 0;
};
/// errors::kKeyInvalid.
Result<void> check_key(const ChannelKey& key, const Secret& content);

/// What a channel is made with; all of it outlives the channel.
struct ChannelSurroundings {
  const Settings& settings;
  const DataFiles& files;
  const crypto::KeyStore& keys;
  net::HttpClient& client;
  const Clock& clock;
  Random& random;
};

/// The two sides of `init --sandbox-url`.
struct SandboxJoin {
  std::string url;
  std::string data;  ///< the sandbox's data directory
  const DataFiles& files;
  crypto::KeyStore& keys;
  Random& random;
  Timestamp now;
};

struct ChannelKind {
  std::string_view code;
  std::vector<ChannelKey> keys;
  bool (*configured)(const Settings& settings);
  /// errors::kFileUnusable, errors::kKeyInvalid.
  Result<std::unique_ptr<channels::Channel>> (*make)(const ChannelSurroundings& surroundings);
  /// Makes our keys, exchanges the public halves with a sandbox; gives the channel's section of the configuration.
  Result<std::string> (*join_sandbox)(const SandboxJoin& join);
};
const std::vector<ChannelKind>& channel_kinds();

std::vector<std::string> channel_codes();
std::vector<std::string> channel_key_names();
/// nullptr: no channel has such a key.
const ChannelKey* find_channel_key(std::string_view name);

}  // namespace feiqian::server
