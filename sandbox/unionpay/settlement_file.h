// The settlement file that the sandbox's UnionPay gives for one day: a ZIP with the ZM member, deflated once more and
// in base64. Fixed widths as in the access specification, part 3, 6.1; the fee is 0.20 %, rounded half up, and comes
// back with a return.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/unionpay/books.h"

namespace feiqian::sandbox::unionpay {

/// `MMdd`: the latest such day that is not after the settlement day of `now`.
std::optional<Date> settlement_day_of(std::string_view mmdd, Timestamp now);

struct SettlementFile {
  std::string name;
  std::string content;
};
/// Inside Database::transact.
Result<SettlementFile> settlement_file(Books& books, const std::string& merchant, Date day);

/// One line of it, without line end. Pure.
std::string settlement_line(const Order& order);

}  // namespace feiqian::sandbox::unionpay
