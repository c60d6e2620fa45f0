// Chance, injected. SystemRandom for production, SeededRandom for tests and simulation. Both thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace feiqian {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(unsigned char* bytes, std::size_t count) = 0;

  std::string bytes(std::size_t count);
  /// Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

class SystemRandom final : public Random {
 public:
  void fill(unsigned char* bytes, std::size_t count) override;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(unsigned char* bytes, std::size_t count) override;

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

}  // namespace feiqian
