// QR codes (ISO/IEC 18004) as SVG, by libqrencode. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "foundation/result.h"

namespace feiqian::codec {

/// Error correction M, quiet zone of 4 modules, black on white, `viewBox` in modules. Text longer than a code holds:
/// errors::kValueInvalid.
Result<std::string> qr_svg(std::string_view text);

}  // namespace feiqian::codec
