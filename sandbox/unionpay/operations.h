// The operations of the gateway, by path, txnType and txnSubType. An operation reads its fields, decides, and answers;
// it runs inside one transaction, which an Error rolls back. What it refuses is a code, not an Error.
#pragma once

#include <string>
#include <string_view>

#include "sandbox/surroundings.h"
#include "sandbox/unionpay/books.h"
#include "sandbox/unionpay/codes.h"
#include "sandbox/unionpay/trading.h"

namespace feiqian::sandbox::unionpay {

struct Operation;

struct Call {
  Surroundings& surroundings;
  Books& books;
  Trading& trading;
  const Operation& operation;
  const Parameters& fields;
  Timestamp now;

  std::string field(std::string_view name) const { return std::string(value_of(fields, name)); }
  std::string merchant() const { return field("merId"); }
};

struct Answer {
  Code code = kDone;
  Parameters fields;     ///< beside what every answer repeats
  std::string location;  ///< of front payments: where the browser goes
};
inline Answer refuse(Code code) {
  return {code, {}, {}};
}

struct Operation {
  std::string_view name;  ///< fault rules and logs name it
  std::string_view service;
  std::string_view txn_type;
  std::string_view txn_sub_type;
  Result<Answer> (*run)(Call&);
  bool browser = false;
};
/// nullptr: no such operation. `service` is the path's last segment.
const Operation* find_operation(std::string_view service, const Parameters& fields);

Result<Answer> front(Call& call);
Result<Answer> qr(Call& call);
Result<Answer> barcode(Call& call);
Result<Answer> query(Call& call);
Result<Answer> refund(Call& call);
Result<Answer> void_payment(Call& call);
Result<Answer> reversal(Call& call);
Result<Answer> file(Call& call);

}  // namespace feiqian::sandbox::unionpay
