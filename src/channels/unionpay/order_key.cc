#include "channels/unionpay/order_key.h"

#include <algorithm>

#include "foundation/strong_id.h"

namespace feiqian::channels::unionpay {
namespace {

constexpr std::size_t kIdDigits = 13;
constexpr int kBitsBelowTime = 23;  // shard, worker and sequence: foundation/strong_id.h

/// When an id was made, counted from another whose time is known.
Timestamp made_at(std::int64_t id) {
  constexpr Timestamp kKnown{1767225600000000};  // 2026-01-01T00:00:00Z
  const auto later_ms = (id >> kBitsBelowTime) - (first_id_at(kKnown) >> kBitsBelowTime);
  return kKnown.plus_ms(later_ms);
}

bool is_prefix(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

Result<OrderKey> order_key_of(std::string_view number) {
  const auto prefix = number.substr(0, number.find('_'));
  if (!is_prefix(prefix)) return Error(errors::kValueInvalid, "the number is not an id");
  const auto id = TRY(feiqian::detail::id_from_text(prefix, number));
  return OrderKey{std::string(prefix) + std::string(number.substr(prefix.size() + 1)), to_txn_time(made_at(id))};
}

std::optional<std::string> number_of(std::string_view order_id) {
  if (order_id.size() <= kIdDigits) return std::nullopt;
  const auto prefix = order_id.substr(0, order_id.size() - kIdDigits);
  auto number = std::string(prefix) + "_" + std::string(order_id.substr(prefix.size()));
  return order_key_of(number) ? std::optional(std::move(number)) : std::nullopt;
}

std::string to_txn_time(Timestamp at) {
  auto text = to_china_time(at);
  std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
  return text;
}

Result<Timestamp> from_txn_time(std::string_view text) {
  if (text.size() != 14) return Error(errors::kValueInvalid, "expected yyyyMMddHHmmss");
  const auto part = [&](std::size_t at, std::size_t count) { return std::string(text.substr(at, count)); };
  return from_china_time(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + " " + part(8, 2) + ":" + part(10, 2) + ":" +
                         part(12, 2));
}

}  // namespace feiqian::channels::unionpay
