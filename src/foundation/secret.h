// Values that logs and errors must never show. No stream operator, no formatter, no implicit conversion: `reveal` is
// the one way out and is easy to search for.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace feiqian {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret() { wipe(); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&& other) noexcept {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
    return *this;
  }

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  static constexpr std::string_view mask() { return "***"; }

 private:
  void wipe() noexcept;
  std::string value_;
};

/// A person's name as shown in logs: the first character, then `*`.
std::string mask_name(std::string_view name);

}  // namespace feiqian
