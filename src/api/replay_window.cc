#include "api/replay_window.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "crypto/digest.h"

namespace feiqian::api {

bool ReplayWindow::first_use(std::int64_t key_id, std::string_view nonce, Timestamp now) {
  const auto digest = crypto::sha256(std::to_string(key_id) + ":" + std::string(nonce));
  Hash hash;
  std::memcpy(&hash.first, digest.data(), 8);
  std::memcpy(&hash.second, digest.data() + 8, 8);
  // A signature is accepted from `window` before now to `window` after: a nonce must outlive both.
  const auto generation = now.unix_s() / (2 * window_s_);
  const std::lock_guard lock(mutex_);
  // A clock that went back over the boundary stays in the generation it was in: what was seen is not forgotten.
  if (generation != generation_ && generation != generation_ - 1) {
    previous_ = generation == generation_ + 1 ? std::move(current_) : boost::unordered_flat_set<Hash>();
    current_.clear();
    generation_ = generation;
  }
  if (previous_.contains(hash)) return false;
  return current_.insert(hash).second;
}

bool RateLimit::allow(std::int64_t key_id, Timestamp now) {
  constexpr std::size_t kMostBuckets = 100000;
  const std::lock_guard lock(mutex_);
  if (buckets_.size() > kMostBuckets) buckets_.clear();
  auto [found, fresh] = buckets_.try_emplace(key_id, Bucket{static_cast<double>(burst_), now});
  auto& bucket = found->second;
  if (!fresh) {
    const auto earned =
        static_cast<double>(std::max<std::int64_t>(0, now.us - bucket.at.us)) * 1e-6 * static_cast<double>(per_second_);
    bucket.tokens = std::min(static_cast<double>(burst_), bucket.tokens + earned);
    bucket.at = now;
  }
  // A whole token, but for what the sum of fractions lost.
  constexpr double kWhole = 1 - 1e-6;
  if (bucket.tokens < kWhole) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace feiqian::api
