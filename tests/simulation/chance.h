// Chance from a seed. Each concern draws from a stream of its own, so that taking one away (a kind of fault, when a
// failure is shrunk) does not change what the others draw.
#pragma once

#include <cstdint>
#include <string_view>

#include "foundation/random.h"

namespace feiqian::simulation {

class Chance {
 public:
  Chance(std::uint64_t seed, std::string_view stream) : random_(mixed(seed, stream)) {}

  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound)));
  }
  /// Both included.
  std::int64_t between(std::int64_t least, std::int64_t most) { return least + below(most - least + 1); }
  bool ppm(std::int64_t parts) { return below(1000000) < parts; }
  bool percent(std::int64_t parts) { return below(100) < parts; }
  /// Mostly short, now and then much longer: every octave up to `most` is equally likely.
  std::int64_t skewed(std::int64_t most) {
    std::int64_t bound = 1;
    while (bound < most && below(4) != 0) bound *= 2;
    return below(bound < most ? bound : most) + 1;
  }
  Random& source() { return random_; }

 private:
  /// FNV-1a over the stream's name.
  static std::uint64_t mixed(std::uint64_t seed, std::string_view stream) {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ (seed * 0x9e3779b97f4a7c15ULL);
    for (const char c : stream) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
  }

  SeededRandom random_;
};

}  // namespace feiqian::simulation
