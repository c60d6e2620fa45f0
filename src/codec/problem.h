// An error as problem details (RFC 9457), the form in which every way in answers it.
#pragma once

#include <string>
#include <string_view>

#include "foundation/error.h"

namespace feiqian::codec {

/// `application/problem+json` body: type, title, status, code, detail, field, request_id.
std::string problem_json(const Error& error, std::string_view request_id);

}  // namespace feiqian::codec
