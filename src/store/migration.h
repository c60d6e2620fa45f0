// A numbered step of a database's schema, forward only.
#pragma once

#include <string_view>

namespace feiqian::store {

struct Migration {
  int number;  ///< 1, 2, 3 …
  std::string_view name;
  std::string_view sql;
};

}  // namespace feiqian::store
