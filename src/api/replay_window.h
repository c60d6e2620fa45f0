// Nonces that were used within the signature window, and the rate each key may call at. Both bounded in memory;
// thread-safe.
//
// Nonces live in this process. Every request that changes something is idempotent by its own number besides
// (docs/merchant-api.md), so a replay after a restart gets the first answer again and has no effect.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <mutex>
#include <string_view>

#include "foundation/time.h"

namespace feiqian::api {

class ReplayWindow {
 public:
  explicit ReplayWindow(std::int64_t window_s) : window_s_(window_s) {}
  /// True the first time. A nonce is remembered for twice the window, in two generations.
  bool first_use(std::int64_t key_id, std::string_view nonce, Timestamp now);

 private:
  std::int64_t window_s_;
  std::mutex mutex_;
  std::int64_t generation_ = 0;
  using Hash = std::pair<std::uint64_t, std::uint64_t>;
  boost::unordered_flat_set<Hash> current_;
  boost::unordered_flat_set<Hash> previous_;
};

/// Token bucket a key.
class RateLimit {
 public:
  RateLimit(std::int64_t per_second, std::int64_t burst) : per_second_(per_second), burst_(burst) {}
  bool allow(std::int64_t key_id, Timestamp now);

 private:
  struct Bucket {
    double tokens = 0;
    Timestamp at;
  };
  std::int64_t per_second_;
  std::int64_t burst_;
  std::mutex mutex_;
  boost::unordered_flat_map<std::int64_t, Bucket> buckets_;
};

}  // namespace feiqian::api
