// The sandbox's payers: whoever opens a wallet page or shows a barcode is one of them.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace feiqian::sandbox::alipay {

enum class Payer {
  Rich,  ///< pays anything
  Poor,  ///< has nothing
  Slow,  ///< must confirm a barcode payment on the phone first
};

struct PayerRow {
  Payer payer;
  std::string_view name;
  std::string_view user_id;
  std::string_view logon_id;  ///< masked, as Alipay shows it
};

inline constexpr std::array kPayers{
    PayerRow{Payer::Rich, "rich", "2088722013000001", "ric***@sandbox.test"},
    PayerRow{Payer::Poor, "poor", "2088722013000002", "poo***@sandbox.test"},
    PayerRow{Payer::Slow, "slow", "2088722013000003", "slo***@sandbox.test"},
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

/// What opens any payer's wallet.
inline constexpr std::string_view kPassword = "123456";

}  // namespace feiqian::sandbox::alipay
