#include "foundation/random.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "foundation/check.h"

namespace feiqian {

std::string Random::bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill(reinterpret_cast<unsigned char*>(bytes.data()), count);
  return bytes;
}

std::uint64_t Random::below(std::uint64_t bound) {
  CHECK(bound > 0);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value = 0;
  do {
    fill(reinterpret_cast<unsigned char*>(&value), sizeof value);
  } while (value >= limit);
  return value % bound;
}

void SystemRandom::fill(unsigned char* bytes, std::size_t count) {
  while (count > 0) {
    const auto got = getrandom(bytes, std::min<std::size_t>(count, 256), 0);
    CHECK(got > 0);
    bytes += got;
    count -= static_cast<std::size_t>(got);
  }
}

void SeededRandom::fill(unsigned char* bytes, std::size_t count) {
  const std::lock_guard lock(mutex_);
  while (count > 0) {
    // SplitMix64 (Steele, Lea, Flood 2014).
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    const auto part = std::min<std::size_t>(count, sizeof z);
    std::memcpy(bytes, &z, part);
    bytes += part;
    count -= part;
  }
}

}  // namespace feiqian
