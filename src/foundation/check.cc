#include "foundation/check.h"

#include <cstdio>
#include <cstdlib>

namespace feiqian::detail {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "{\"level\":\"fatal\",\"event\":\"check.failed\",\"expression\":\"%s\",\"at\":\"%s:%d\"}\n",
               expression, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace feiqian::detail
