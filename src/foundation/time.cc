#include "foundation/time.h"

#include <fmt/format.h>

#include <chrono>

#include "foundation/text.h"

namespace feiqian {
namespace {

constexpr std::int64_t kChinaOffsetUs = 8LL * 3600 * 1000000;

struct Civil {
  int year, month, day, hour, minute, second, micro;
};

Civil civil_of(std::int64_t us) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds{us}};
  const auto day = floor<days>(at);
  const year_month_day ymd{day};
  const hh_mm_ss<microseconds> time{at - day};
  return {int{ymd.year()},
          static_cast<int>(unsigned{ymd.month()}),
          static_cast<int>(unsigned{ymd.day()}),
          static_cast<int>(time.hours().count()),
          static_cast<int>(time.minutes().count()),
          static_cast<int>(time.seconds().count()),
          static_cast<int>(time.subseconds().count())};
}

Result<std::int64_t> us_of(const Civil& civil) {
  using namespace std::chrono;
  const year_month_day ymd{year{civil.year}, month{static_cast<unsigned>(civil.month)},
                           day{static_cast<unsigned>(civil.day)}};
  if (!ymd.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 59) {
    return Error(errors::kValueInvalid, "not a time of the calendar");
  }
  const auto seconds =
      sys_days{ymd}.time_since_epoch() + hours{civil.hour} + minutes{civil.minute} + std::chrono::seconds{civil.second};
  return duration_cast<microseconds>(seconds).count() + civil.micro;
}

constexpr std::int64_t kFirstUs = -62167219200LL * 1000000;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kEndUs = 253402300800LL * 1000000;    // 10000-01-01T00:00:00Z

/// Exactly `count` digits at `position`.
Result<int> digits(std::string_view text, std::size_t position, std::size_t count) {
  if (position + count > text.size()) return Error(errors::kValueInvalid, "too short");
  int value = 0;
  for (const char c : text.substr(position, count)) {
    if (c < '0' || c > '9') return Error(errors::kValueInvalid, "digit expected");
    value = value * 10 + (c - '0');
  }
  return value;
}

Result<Civil> date_and_time(std::string_view text, char separator) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[10] != separator || text[13] != ':' ||
      text[16] != ':') {
    return Error(errors::kValueInvalid, "expected yyyy-mm-dd, hh:mm:ss");
  }
  return Civil{TRY(digits(text, 0, 4)),
               TRY(digits(text, 5, 2)),
               TRY(digits(text, 8, 2)),
               TRY(digits(text, 11, 2)),
               TRY(digits(text, 14, 2)),
               TRY(digits(text, 17, 2)),
               0};
}

}  // namespace

Date china_date(Timestamp at) {
  const auto civil = civil_of(at.us + kChinaOffsetUs);
  return {civil.year * 10000 + civil.month * 100 + civil.day};
}

std::string to_rfc3339(Timestamp at) {
  const auto c = civil_of(at.us);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.hour, c.minute, c.second,
                     c.micro / 1000);
}

Result<Timestamp> from_rfc3339(std::string_view text) {
  auto civil = TRY(date_and_time(text, 'T'));
  std::size_t position = 19;
  if (position < text.size() && text[position] == '.') {
    int scale = 100000;
    const auto first = position + 1;
    for (++position; position < text.size() && text[position] >= '0' && text[position] <= '9'; ++position) {
      if (scale == 0) return Error(errors::kValueInvalid, "at most 6 fraction digits");
      civil.micro += (text[position] - '0') * scale;
      scale /= 10;
    }
    if (position == first) return Error(errors::kValueInvalid, "digit expected");
  }
  const auto us = TRY(us_of(civil));
  const auto zone = text.substr(position);
  if (zone == "Z") return Timestamp{us};
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') {
    return Error(errors::kValueInvalid, "expected Z or an offset such as +08:00");
  }
  const auto offset_hours = TRY(digits(zone, 1, 2));
  const auto offset_minutes = TRY(digits(zone, 4, 2));
  if (offset_hours > 23 || offset_minutes > 59) return Error(errors::kValueInvalid, "no such offset");
  const std::int64_t minutes = offset_hours * 60 + offset_minutes;
  const Timestamp at{us - (zone[0] == '+' ? 1 : -1) * minutes * 60000000};
  // An offset must not lead out of the years that have a text.
  if (at.us < kFirstUs || at.us >= kEndUs) return Error(errors::kValueInvalid, "not a time of the years 0000 to 9999");
  return at;
}

std::string to_china_time(Timestamp at) {
  const auto c = civil_of(at.us + kChinaOffsetUs);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

Result<Timestamp> from_china_time(std::string_view text) {
  if (text.size() != 19) return Error(errors::kValueInvalid, "expected yyyy-mm-dd hh:mm:ss");
  return Timestamp{TRY(us_of(TRY(date_and_time(text, ' ')))) - kChinaOffsetUs};
}

std::string to_text(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", date.yyyymmdd / 10000, date.yyyymmdd / 100 % 100, date.yyyymmdd % 100);
}

Result<Date> date_from_text(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return Error(errors::kValueInvalid, "expected yyyy-mm-dd");
  const Civil civil{TRY(digits(text, 0, 4)), TRY(digits(text, 5, 2)), TRY(digits(text, 8, 2)), 0, 0, 0, 0};
  TRY(us_of(civil));
  return Date{civil.year * 10000 + civil.month * 100 + civil.day};
}

Timestamp SystemClock::now() const {
  return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

}  // namespace feiqian
