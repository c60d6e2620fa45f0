// Result<T>: a value or an Error; never both, never neither. It cannot be dropped unseen and gives its value only to
// who asked.
//
//   Result<Money> fee = fee_of(...);
//   if (!fee) return fee.error();
//   auto rule = TRY(rule_of(...));        // returns the error to our caller
#pragma once

#include <utility>
#include <variant>

#include "foundation/check.h"
#include "foundation/error.h"

namespace feiqian {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  const Error& error() const& {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() : state_(std::in_place_index<0>) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  void value() const { CHECK(ok()); }
  const Error& error() const& {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace feiqian

/// The value of a Result, or a return of its error from the enclosing function.
#define TRY(expression) FEIQIAN_TRY(__COUNTER__, expression)
#define FEIQIAN_TRY(number, expression) FEIQIAN_TRY_AS(number, expression)
#define FEIQIAN_TRY_AS(number, expression)                                        \
  ({                                                                              \
    auto try_result_##number = (expression);                                      \
    if (!try_result_##number.ok()) return std::move(try_result_##number).error(); \
    std::move(try_result_##number).value();                                       \
  })
