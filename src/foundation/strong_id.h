// Strong ids. A 64-bit id orders by time and carries the shard of its owner, so an id alone finds its row:
//
//   63        bit 62 … 23          22 … 13     12 … 0
//   sign 0 |  milliseconds since   | shard    | worker and
//             2025-01-01 UTC, 40 b |  0…1023  |  sequence
//
// In text an id is its prefix, `_` and 13 characters of Crockford base 32 (lower case), e.g. `pay_0g5k0v0000040`.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "foundation/result.h"
#include "foundation/time.h"

namespace feiqian {

inline constexpr int kShardCount = 1024;

namespace detail {
std::string id_to_text(std::string_view prefix, std::int64_t value);
/// Empty text or another prefix, length, alphabet or sign: errors::kValueInvalid.
Result<std::int64_t> id_from_text(std::string_view prefix, std::string_view text);
}  // namespace detail

constexpr int shard_of(std::int64_t id) {
  return static_cast<int>((id >> 13) & (kShardCount - 1));
}

/// `Tag` has `static constexpr std::string_view kPrefix`.
template <class Tag>
struct StrongId {
  using TagType = Tag;
  std::int64_t value = 0;

  constexpr explicit operator bool() const { return value != 0; }
  constexpr int shard() const { return shard_of(value); }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
  std::string text() const { return detail::id_to_text(Tag::kPrefix, value); }
  static Result<StrongId> parse(std::string_view text) {
    return StrongId{TRY(detail::id_from_text(Tag::kPrefix, text))};
  }
};

/// Makes ids that never repeat and never go back, even when the clock does. Not thread-safe: one per engine worker.
class IdGenerator {
 public:
  /// `worker` below 2^`worker_bits`; the embedded store has one worker and 0 bits.
  explicit IdGenerator(int worker = 0, int worker_bits = 0) : worker_(worker), worker_bits_(worker_bits) {}

  std::int64_t next(Timestamp now, int shard = 0);
  /// After a start: never at or below an id that is already stored.
  void skip_past(std::int64_t id);

 private:
  int worker_;
  int worker_bits_;
  std::int64_t last_tick_ = 0;  // milliseconds and sequence, without shard and worker
};

/// The smallest id that could be made at `at` or later, INT64_MAX where no id tells that time: for lists by time.
std::int64_t first_id_at(Timestamp at);

}  // namespace feiqian

template <class Tag>
struct std::hash<feiqian::StrongId<Tag>> {
  std::size_t operator()(feiqian::StrongId<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
