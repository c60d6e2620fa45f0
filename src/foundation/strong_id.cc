#include "foundation/strong_id.h"

#include <algorithm>
#include <limits>

namespace feiqian {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kDigits = 13;
constexpr int kLowBits = 13;
constexpr int kShardBits = 10;
constexpr std::int64_t kEpochMs = 1735689600000;  // 2025-01-01T00:00:00Z
constexpr std::int64_t kMostMs = (std::int64_t{1} << 40) - 1;

std::int64_t tick_ms(Timestamp now) {
  return std::max<std::int64_t>(0, now.us / 1000 - kEpochMs);
}

}  // namespace

namespace detail {

std::string id_to_text(std::string_view prefix, std::int64_t value) {
  std::string text(prefix);
  text += '_';
  for (int digit = kDigits - 1; digit >= 0; --digit)
    text += kAlphabet[static_cast<std::size_t>((value >> (5 * digit)) & 31)];
  return text;
}

Result<std::int64_t> id_from_text(std::string_view prefix, std::string_view text) {
  const auto refuse = [&] {
    return Error(errors::kValueInvalid, "expected an id that begins with " + std::string(prefix) + "_");
  };
  if (text.size() != prefix.size() + 1 + kDigits || !text.starts_with(prefix) || text[prefix.size()] != '_')
    return refuse();
  std::uint64_t value = 0;
  for (const char c : text.substr(prefix.size() + 1)) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos || (value >> 58) != 0) return refuse();
    value = (value << 5) | digit;
  }
  if (value == 0 || (value >> 63) != 0) return refuse();
  return static_cast<std::int64_t>(value);
}

}  // namespace detail

std::int64_t IdGenerator::next(Timestamp now, int shard) {
  const int sequence_bits = kLowBits - worker_bits_;
  last_tick_ = std::max(last_tick_ + 1, tick_ms(now) << sequence_bits);
  const std::int64_t ms = last_tick_ >> sequence_bits;
  const std::int64_t sequence = last_tick_ & ((std::int64_t{1} << sequence_bits) - 1);
  return (((ms << kShardBits) | shard) << kLowBits) | (std::int64_t{worker_} << sequence_bits) | sequence;
}

void IdGenerator::skip_past(std::int64_t id) {
  const int sequence_bits = kLowBits - worker_bits_;
  const std::int64_t next_ms = (id >> (kLowBits + kShardBits)) + 1;
  last_tick_ = std::max(last_tick_, next_ms << sequence_bits);
}

std::int64_t first_id_at(Timestamp at) {
  const auto ms = tick_ms(at);
  if (ms > kMostMs) return std::numeric_limits<std::int64_t>::max();
  return ms << (kLowBits + kShardBits);
}

}  // namespace feiqian
