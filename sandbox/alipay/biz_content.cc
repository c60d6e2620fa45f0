#include "sandbox/alipay/biz_content.h"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/text.h"
#include "sandbox/alipay/amount.h"
#include "sandbox/alipay/timeouts.h"

namespace feiqian::sandbox::alipay {
namespace {

bool is_order_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

void BizContent::refuse(const Refusal& refusal, std::string_view because) {
  if (!refusal_) refusal_ = alipay::refuse(refusal, because);
}

std::string BizContent::text(std::string_view name) const {
  const auto* value = object_.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64()) return std::to_string(value->get_int64());
  // The shortest decimal that reads back as the same number: what the caller wrote.
  if (value->is_double()) return fmt::format("{}", value->get_double());
  return {};
}

std::string BizContent::optional(std::string_view name, std::size_t most) {
  auto value = text(name);
  if (utf8_length(value) > most) {
    refuse(kInvalidParameter, fmt::format("{}最多{}个字符", name, most));
    return {};
  }
  return value;
}

std::string BizContent::required(std::string_view name, std::size_t most) {
  auto value = optional(name, most);
  if (value.empty()) refuse(kInvalidParameter, fmt::format("{}不能为空", name));
  return value;
}

std::string BizContent::order_number(std::string_view name) {
  auto value = optional(name, 64);
  if (!std::all_of(value.begin(), value.end(), is_order_character)) {
    refuse(kInvalidParameter, fmt::format("{}仅支持字母、数字、下划线", name));
  }
  return value;
}

std::int64_t BizContent::amount(std::string_view name) {
  const auto value = required(name, 20);
  const auto minor = minor_of(value);
  if (!minor) {
    refuse(kInvalidParameter, fmt::format("{}应为最多两位小数的金额", name));
    return 0;
  }
  if (minor.value() < kLeastMinor || minor.value() > kMostMinor) refuse(kTotalFeeExceed, name);
  return minor.value();
}

Timestamp BizContent::future_time(std::string_view name, Timestamp now) {
  const auto value = text(name);
  if (value.empty()) return {};
  const auto at = from_china_time(value);
  if (!at || at.value() <= now) {
    refuse(kInvalidParameter, fmt::format("{}应为晚于当前的yyyy-MM-dd HH:mm:ss", name));
    return {};
  }
  return at.value();
}

std::string BizContent::timeout(std::string_view name) {
  auto value = text(name);
  if (!value.empty() && !after_timeout(value, {})) refuse(kInvalidParameter, fmt::format("{}应为1m到15d或1c", name));
  return value;
}

}  // namespace feiqian::sandbox::alipay
