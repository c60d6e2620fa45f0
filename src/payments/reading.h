// Reads of payments outside decisions.
#pragma once

#include "payments/view.h"
#include "store/store.h"

namespace feiqian::payments {

/// nullopt when there is none (or it is another merchant's).
Result<std::optional<PaymentView>> read_payment(store::Reader& reader, PaymentId id,
                                                std::optional<parties::MerchantId> merchant = std::nullopt);

}  // namespace feiqian::payments
