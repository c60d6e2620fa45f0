#include "sandbox/wechatpay/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/text.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::int64_t kMostMinor = 100'000'000'00;  // ¥100,000,000.00

}  // namespace

bool is_number(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
           c == '|' || c == '*' || c == '@';
  });
}

void Fields::refuse(std::string_view name, std::string_view because) {
  if (!refusal_) refusal_ = wechatpay::refuse(kParameter, path_ + std::string(name) + " " + std::string(because));
}

std::string Fields::optional(std::string_view name, std::size_t most) {
  const auto* value = find(name);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string()) {
    refuse(name, "应为字符串");
    return {};
  }
  std::string text(value->get_string());
  if (utf8_length(text) > most) {
    refuse(name, fmt::format("最多{}个字符", most));
    return {};
  }
  return text;
}

std::string Fields::required(std::string_view name, std::size_t least, std::size_t most) {
  auto text = optional(name, most);
  if (utf8_length(text) < least) refuse(name, "必填，不能为空");
  return text;
}

std::string Fields::number(std::string_view name, std::size_t least, std::size_t most) {
  auto text = required(name, least, most);
  if (!is_number(text)) refuse(name, "只能是数字、大小写字母和_-|*@");
  return text;
}

std::int64_t Fields::amount(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 1 || value->get_int64() > kMostMinor) {
    refuse(name, "应为正整数，单位为分");
    return 0;
  }
  return value->get_int64();
}

Timestamp Fields::future_time(std::string_view name, Timestamp now) {
  const auto text = optional(name, 64);
  if (text.empty()) return {};
  const auto at = from_rfc3339(text);
  if (!at || at.value() <= now) {
    refuse(name, "应为晚于当前的RFC3339时间");
    return {};
  }
  return at.value();
}

Fields Fields::child(std::string_view name) const {
  static const codec::json::object kNothing;
  const auto* value = find(name);
  const bool there = value != nullptr && value->is_object();
  return {there ? value->get_object() : kNothing, refusal_, path_ + std::string(name) + "."};
}

}  // namespace feiqian::sandbox::wechatpay
