// Bills (账单) as WeChat Pay writes them: UTF-8 with a byte order mark, CSV with CRLF, two parts (rows, then totals),
// each with a head; every cell of a row begins with a backtick; amounts in yuan. Pure.
#pragma once

#include <string>
#include <vector>

#include "sandbox/wechatpay/trade.h"

namespace feiqian::sandbox::wechatpay {

/// What the provider keeps of a payment: 0.20 %, half a fen rounded up; nothing of a refund is given back.
inline constexpr std::int64_t kFeePpm = 2000;
std::int64_t fee_of(std::int64_t amount_minor);

enum class BillType { All, Success, Refund };

/// What happened, in the bill's order.
struct BillEntry {
  Trade trade;
  std::optional<Refund> refund;  ///< the row tells of it; absent: of the payment, or of its reversal
  bool reversal = false;
  Timestamp at;
};

std::string trade_bill_text(BillType type, const std::vector<BillEntry>& entries);
/// The balance begins at 0 with the day.
std::string fund_bill_text(const std::vector<BillEntry>& entries);

}  // namespace feiqian::sandbox::wechatpay
