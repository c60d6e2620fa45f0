#include "sandbox/alipay/timeouts.h"

#include <algorithm>

#include "foundation/text.h"

namespace feiqian::sandbox::alipay {
namespace {

constexpr std::int64_t kMinuteS = 60;
constexpr std::int64_t kHourS = 60 * kMinuteS;
constexpr std::int64_t kDayS = 24 * kHourS;
constexpr std::int64_t kLongestS = 15 * kDayS;

}  // namespace

Result<Timestamp> after_timeout(std::string_view timeout, Timestamp from) {
  if (timeout == "1c") return TRY(from_china_time(to_text(china_date(from)) + " 23:59:59")).plus_s(1);
  const auto refuse = [] { return Error(errors::kValueInvalid, "expected 1m to 15d in m, h or d, or 1c"); };
  if (timeout.size() < 2 || timeout.size() > 7) return refuse();
  const auto count = parse_int(timeout.substr(0, timeout.size() - 1));
  if (!count || *count < 1) return refuse();
  const char unit = timeout.back();
  const std::int64_t unit_s = unit == 'm' ? kMinuteS : unit == 'h' ? kHourS : unit == 'd' ? kDayS : 0;
  if (unit_s == 0 || *count * unit_s > kLongestS) return refuse();
  return from.plus_s(*count * unit_s);
}

Timestamp expiry_of(const Order& order, Timestamp from) {
  auto expiry = from.plus_s(kLongestS);
  if (!order.timeout_express.empty()) {
    if (const auto limit = after_timeout(order.timeout_express, from)) expiry = std::min(expiry, limit.value());
  }
  if (order.pay_before) expiry = std::min(expiry, order.pay_before);
  return expiry;
}

}  // namespace feiqian::sandbox::alipay
