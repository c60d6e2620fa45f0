// The sandbox's payers, as WeChat Pay knows them.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace feiqian::sandbox::wechatpay {

enum class Payer {
  Rich,  ///< pays anything
  Poor,  ///< has nothing
  Slow,  ///< must confirm a barcode payment on the phone first
};

struct PayerRow {
  Payer payer;
  std::string_view name;
  std::string_view openid;
};

inline constexpr std::array kPayers{
    PayerRow{Payer::Rich, "rich", "oSandbox0000000000000000rich"},
    PayerRow{Payer::Poor, "poor", "oSandbox0000000000000000poor"},
    PayerRow{Payer::Slow, "slow", "oSandbox0000000000000000slow"},
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

}  // namespace feiqian::sandbox::wechatpay
