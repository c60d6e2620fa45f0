#include "simulation/history.h"

#include <fmt/format.h>

namespace feiqian::simulation {

void History::add(std::string_view what) {
  const auto ms = timeline_->now_us() / 1000;
  const auto s = ms / 1000;
  lines_.push_back(
      fmt::format("{}d {:02}:{:02}:{:02}.{:03} {}", s / 86400, s / 3600 % 24, s / 60 % 60, s % 60, ms % 1000, what));
  for (const char c : lines_.back()) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
}

}  // namespace feiqian::simulation
