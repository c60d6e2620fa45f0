// What UnionPay's `respCode` (and `origRespCode` of a query) lets us conclude about the transaction it speaks of. The
// codes are those of the platform's access specification, part 5; sources: public code that speaks the protocol. A code
// that the table does not hold concludes nothing.
#pragma once

#include <string_view>

namespace feiqian::channels::unionpay {

enum class Meaning {
  Done,         ///< executed; for a request that is only accepted: accepted
  NotExecuted,  ///< refused for good: no money moved
  NotFound,     ///< no such transaction
  GivenBack,    ///< the transaction was refunded, voided or reversed before
  Ask,          ///< it may have been executed: query
};

Meaning meaning_of(std::string_view resp_code);
/// The platform's stable word for why a payment was refused.
std::string_view stable_code(std::string_view resp_code);

}  // namespace feiqian::channels::unionpay
