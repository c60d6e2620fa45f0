#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kMerchantNotFound{"merchant.not_found", Consequence::NotFound, "There is no such merchant."};
inline constexpr ErrorKind kMerchantNotActive{"merchant.not_active", Consequence::Forbidden,
                                              "The merchant is suspended or closed."};
inline constexpr ErrorKind kMerchantStatus{"merchant.status", Consequence::Conflict,
                                           "The merchant's status does not allow this."};
inline constexpr ErrorKind kContractMissing{"contract.missing", Consequence::Declined,
                                            "The merchant has no contract in force for this currency."};
inline constexpr ErrorKind kStoreNotFound{"store.not_found", Consequence::NotFound,
                                          "There is no such store of this merchant."};
inline constexpr ErrorKind kApiKeyNotFound{"key.not_found", Consequence::NotFound,
                                           "There is no such key of this merchant."};
}  // namespace feiqian::errors
