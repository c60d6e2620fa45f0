// The settlement file (对账文件): what UnionPay sends for one settlement day, and how it is wrapped.
//
//   fileContent = base64(zlib(zip(members)))     the member whose name holds `ZM_` lists the merchant's transactions
//   ZM line     = fields of fixed widths in bytes, each followed by one blank; GBK; CR LF or LF
//
// The widths are those of the access specification, part 3, 6.1; the last one differs between editions and is not read.
// Amounts are in fen; a fee and a net amount carry their direction: C to the merchant, D from it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "money/money.h"

namespace feiqian::channels::unionpay {

struct SettlementLine {
  std::string trade_code;  ///< S22 payment, S30 refund, …
  std::string trace_no;
  std::string sent_at;  ///< MMddHHmmss
  std::string query_id;
  std::string order_id;
  std::string txn_type;  ///< 01, 04, 31 …
  std::string original_query_id;
  money::Money amount;  ///< as in the message, never negative
  money::Money fee;     ///< what UnionPay keeps; negative: gives back
  money::Money net;     ///< what moves on the merchant's account; negative: away from it
};

/// The text of the ZM member. errors::kValueInvalid when there is none, or something is broken on the way.
Result<std::string> open_settlement(std::string_view file_content);
/// Every line, in the file's order. errors::kValueInvalid names the line and the field.
Result<std::vector<SettlementLine>> parse_settlement(std::string_view zm);

}  // namespace feiqian::channels::unionpay
