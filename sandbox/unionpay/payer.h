// The sandbox's payers: whoever opens a payment page or shows a code is one of them.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace feiqian::sandbox::unionpay {

enum class Payer {
  Rich,  ///< pays anything
  Poor,  ///< has nothing
  Slow,  ///< must confirm a payment by code on the phone first
};

struct PayerRow {
  Payer payer;
  std::string_view name;
  std::string_view card;  ///< masked, as UnionPay shows it
};

inline constexpr std::array kPayers{
    PayerRow{Payer::Rich, "rich", "6216***********0018"},
    PayerRow{Payer::Poor, "poor", "6221***********0026"},
    PayerRow{Payer::Slow, "slow", "6226***********0034"},
};

constexpr const PayerRow& row_of(Payer payer) {
  return kPayers[static_cast<std::size_t>(payer)];
}
constexpr std::string_view name_of(Payer payer) {
  return row_of(payer).name;
}

constexpr std::optional<Payer> payer_of(std::string_view name) {
  for (const auto& row : kPayers) {
    if (row.name == name) return row.payer;
  }
  return std::nullopt;
}

/// What confirms any payment.
inline constexpr std::string_view kPassword = "123456";

}  // namespace feiqian::sandbox::unionpay
