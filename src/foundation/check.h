// CHECK aborts in every build. For broken invariants of our own only, never for input.
#pragma once

namespace feiqian::detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define CHECK(expression)                                               \
  do {                                                                  \
    if (!(expression)) [[unlikely]]                                     \
      ::feiqian::detail::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)
