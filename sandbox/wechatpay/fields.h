// The JSON body of a request. Unknown fields are ignored, as the provider does; the first problem is kept and answered
// as PARAM_ERROR with the field's path. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/time.h"
#include "sandbox/wechatpay/answer.h"

namespace feiqian::sandbox::wechatpay {

class Fields {
 public:
  /// `object` must outlive the reader.
  Fields(const codec::json::object& object, std::optional<Answer>& refusal, std::string path = {})
      : object_(&object), refusal_(refusal), path_(std::move(path)) {}

  /// Lengths in characters.
  std::string required(std::string_view name, std::size_t least, std::size_t most);
  std::string optional(std::string_view name, std::size_t most);
  /// Letters, digits and `_-|*@`.
  std::string number(std::string_view name, std::size_t least, std::size_t most);
  /// Positive, in fen.
  std::int64_t amount(std::string_view name);
  /// RFC 3339, after `now`; 0 when absent.
  Timestamp future_time(std::string_view name, Timestamp now);
  /// Empty when absent.
  Fields child(std::string_view name) const;

  void refuse(std::string_view name, std::string_view because);

 private:
  const codec::json::value* find(std::string_view name) const { return object_->if_contains(name); }
  const codec::json::object* object_;
  std::optional<Answer>& refusal_;
  std::string path_;
};

/// Letters, digits and `_-|*@`.
bool is_number(std::string_view text);

}  // namespace feiqian::sandbox::wechatpay
