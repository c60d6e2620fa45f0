// Instants, calendar dates and the injected clock. The platform's day is China Standard Time (UTC+8, no daylight
// saving).
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/result.h"

namespace feiqian {

/// Microseconds since 1970-01-01 UTC.
struct Timestamp {
  std::int64_t us = 0;

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  constexpr explicit operator bool() const { return us != 0; }
  constexpr Timestamp plus_ms(std::int64_t ms) const { return {us + ms * 1000}; }
  constexpr Timestamp plus_s(std::int64_t s) const { return {us + s * 1000000}; }
  constexpr std::int64_t unix_s() const { return us / 1000000; }
  constexpr std::int64_t unix_ms() const { return us / 1000; }
};

constexpr std::int64_t ms_between(Timestamp from, Timestamp to) {
  return (to.us - from.us) / 1000;
}

/// A calendar day as yyyymmdd.
struct Date {
  std::int32_t yyyymmdd = 0;

  friend constexpr auto operator<=>(Date, Date) = default;
  constexpr explicit operator bool() const { return yyyymmdd != 0; }
};

Date china_date(Timestamp at);
/// 2026-11-22T06:30:00.000Z
std::string to_rfc3339(Timestamp at);
/// Any offset, at most 6 fraction digits; otherwise errors::kValueInvalid.
Result<Timestamp> from_rfc3339(std::string_view text);
/// 2026-11-22 14:30:00 in China Standard Time, as Chinese providers write it.
std::string to_china_time(Timestamp at);
Result<Timestamp> from_china_time(std::string_view text);
/// 2026-11-22
std::string to_text(Date date);
Result<Date> date_from_text(std::string_view text);

/// Thread-safe. Nothing in the platform reads a clock but through this.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

/// For tests and simulation: stands still until told.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : us_(start.us) {}
  Timestamp now() const override { return {us_.load()}; }
  void advance_ms(std::int64_t ms) { us_ += ms * 1000; }
  void set(Timestamp at) { us_ = at.us; }

 private:
  std::atomic<std::int64_t> us_;
};

}  // namespace feiqian
