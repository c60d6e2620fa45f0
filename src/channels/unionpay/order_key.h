// What names a trade at UnionPay for ever: `orderId` (8–40 letters and digits) together with `txnTime` (yyyyMMddHHmmss,
// China Standard Time). Both come from our own number alone, so that a query needs nothing else: a number is an id
// (`att_0g5k0v0000040`), and an id carries the time at which it was made. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/time.h"

namespace feiqian::channels::unionpay {

struct OrderKey {
  std::string order_id;  ///< `att0g5k0v0000040`
  std::string txn_time;
};
/// errors::kValueInvalid when the number is not an id.
Result<OrderKey> order_key_of(std::string_view number);
/// nullopt when it is not made of a number of ours.
std::optional<std::string> number_of(std::string_view order_id);

/// yyyyMMddHHmmss.
std::string to_txn_time(Timestamp at);
/// errors::kValueInvalid.
Result<Timestamp> from_txn_time(std::string_view text);

}  // namespace feiqian::channels::unionpay
