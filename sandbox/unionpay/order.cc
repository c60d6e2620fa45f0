#include "sandbox/unionpay/order.h"

namespace feiqian::sandbox::unionpay {

std::string subject_of(const Order& order) {
  const auto info = order.field("riskRateInfo");
  constexpr std::string_view kName = "commodityName=";
  const auto at = info.find(kName);
  if (at == std::string::npos) return {};
  const auto from = at + kName.size();
  return info.substr(from, info.find_first_of("&}", from) - from);
}

Date settlement_day(Timestamp at) {
  return china_date(at.plus_s(3600));
}

std::string txn_time_of(Timestamp at) {
  std::string digits;
  for (const char c : to_china_time(at)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

Result<Timestamp> from_txn_time(std::string_view text) {
  if (text.size() != 14) return Error(errors::kValueInvalid, "expected yyyyMMddHHmmss");
  std::string spelt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 6) spelt += '-';
    if (i == 8) spelt += ' ';
    if (i == 10 || i == 12) spelt += ':';
    spelt += text[i];
  }
  return from_china_time(spelt);
}

}  // namespace feiqian::sandbox::unionpay
