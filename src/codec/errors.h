#pragma once

#include "foundation/error.h"

namespace feiqian::errors {
inline constexpr ErrorKind kJsonMalformed{"request.malformed_json", Consequence::Malformed,
                                          "The body is not a JSON object."};
inline constexpr ErrorKind kFieldUnknown{"request.unknown_field", Consequence::Malformed,
                                         "The request has a field that does not exist."};
inline constexpr ErrorKind kFieldMissing{"request.missing_field", Consequence::Malformed,
                                         "A required field is missing."};
inline constexpr ErrorKind kFieldInvalid{"request.invalid_field", Consequence::Malformed,
                                         "A field's value is not valid."};
}  // namespace feiqian::errors
