// `timeout_express` and `qr_code_timeout_express`: 1m to 15d in m, h, d, or `1c` for the end of the day. Pure.
#pragma once

#include <string_view>

#include "foundation/time.h"
#include "sandbox/alipay/trade.h"

namespace feiqian::sandbox::alipay {

/// When that time is up, counted from `from`; errors::kValueInvalid.
Result<Timestamp> after_timeout(std::string_view timeout, Timestamp from);
/// When a trade of that order, begun at `from`, must be paid: the earlier of its limits; 15 days without one.
Timestamp expiry_of(const Order& order, Timestamp from);

}  // namespace feiqian::sandbox::alipay
