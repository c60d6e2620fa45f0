#include "foundation/secret.h"

#include <string.h>

#include "foundation/text.h"

namespace feiqian {

void Secret::wipe() noexcept {
  if (!value_.empty()) explicit_bzero(value_.data(), value_.size());
}

std::string mask_name(std::string_view name) {
  return name.empty() ? std::string() : utf8_prefix(name, 1) + "*";
}

}  // namespace feiqian
