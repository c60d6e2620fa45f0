// Every error kind of the program, for documentation and tests.
#pragma once

#include <string>
#include <vector>

#include "foundation/error.h"

namespace feiqian::server {

const std::vector<const ErrorKind*>& error_catalogue();
/// docs/errors.md, whole.
std::string error_document();

}  // namespace feiqian::server
