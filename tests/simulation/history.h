// What happened, line by line, each with its virtual time. The hash of all lines tells whether two runs were the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/timeline.h"

namespace feiqian::simulation {

class History {
 public:
  explicit History(const Timeline& timeline) : timeline_(&timeline) {}
  void add(std::string_view what);
  const std::vector<std::string>& lines() const { return lines_; }
  std::uint64_t hash() const { return hash_; }

 private:
  const Timeline* timeline_;
  std::vector<std::string> lines_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace feiqian::simulation
