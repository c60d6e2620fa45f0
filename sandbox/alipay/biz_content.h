// `biz_content`: the business parameters of a request. Unknown ones are ignored, as the provider does; numbers are
// taken for text. The first problem is kept and answered as ACQ.INVALID_PARAMETER (or what fits better). Not
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/time.h"
#include "sandbox/alipay/answer.h"

namespace feiqian::sandbox::alipay {

class BizContent {
 public:
  explicit BizContent(codec::json::object object) : object_(std::move(object)) {}

  /// Lengths in characters.
  std::string required(std::string_view name, std::size_t most);
  std::string optional(std::string_view name, std::size_t most);
  /// Letters, digits and underscores.
  std::string order_number(std::string_view name);
  /// Positive, at most ¥100,000,000.00; in fen.
  std::int64_t amount(std::string_view name);
  /// `yyyy-MM-dd HH:mm:ss`, not before `now`; 0 when absent.
  Timestamp future_time(std::string_view name, Timestamp now);
  /// `1m` … `15d`, `1c`; empty when absent.
  std::string timeout(std::string_view name);

  void refuse(const Refusal& refusal, std::string_view because);
  const std::optional<Answer>& refusal() const { return refusal_; }

 private:
  std::string text(std::string_view name) const;

  codec::json::object object_;
  std::optional<Answer> refusal_;
};

}  // namespace feiqian::sandbox::alipay
