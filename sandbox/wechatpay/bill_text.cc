#include "sandbox/wechatpay/bill_text.h"

#include <fmt/format.h>

#include "money/money.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::string_view kTradeHead =
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
constexpr std::string_view kTradeTotals =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
constexpr std::string_view kFundHead =
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号";
constexpr std::string_view kFundTotals = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

std::string yuan(std::int64_t minor) {
  return money::to_decimal({minor, money::kCny});
}

/// Commas and line ends would break the row, and a backtick would begin a cell.
std::string cell_text(std::string_view text) {
  std::string safe(text);
  for (char& c : safe) {
    if (c == ',' || c == '\r' || c == '\n' || c == '`') c = ' ';
  }
  return safe;
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string row;
  for (const auto& cell : cells) row += (row.empty() ? "`" : ",`") + cell_text(cell);
  return row + "\r\n";
}

std::string head_of(std::string_view head) {
  return std::string(head) + "\r\n";
}

std::string trade_row(const BillEntry& entry) {
  const auto& trade = entry.trade;
  const auto& order = trade.order;
  const bool back = entry.refund.has_value() || entry.reversal;
  const auto refunded = entry.refund ? entry.refund->amount_minor : entry.reversal ? order.total_minor : 0;
  return csv_row({to_china_time(entry.at),
                  order.appid,
                  order.mchid,
                  "0",
                  "",
                  trade.transaction_id,
                  order.out_trade_no,
                  std::string(row_of(trade.buyer.value_or(Payer::Rich)).openid),
                  order.trade_type,
                  entry.refund     ? "REFUND"
                  : entry.reversal ? "REVOKED"
                                   : "SUCCESS",
                  "OTHERS",
                  "CNY",
                  back ? "0.00" : yuan(order.total_minor),
                  "0.00",
                  entry.refund ? entry.refund->refund_id : "0",
                  entry.refund ? entry.refund->out_refund_no : "0",
                  yuan(refunded),
                  "0.00",
                  entry.refund ? "ORIGINAL" : "",
                  entry.refund ? (entry.refund->settled_at ? "SUCCESS" : "PROCESSING") : "",
                  order.description,
                  order.attach,
                  back ? "0.00000" : yuan(fee_of(order.total_minor)) + "000",
                  "0.20%",
                  back ? "0.00" : yuan(order.total_minor),
                  yuan(refunded),
                  ""});
}

bool belongs(BillType type, const BillEntry& entry) {
  const bool back = entry.refund.has_value() || entry.reversal;
  return type == BillType::All || (type == BillType::Refund) == back;
}

/// One movement on the merchant's account.
struct Movement {
  std::string name;
  std::string type;
  std::int64_t amount_minor = 0;  ///< negative: out
  std::string number;
};

std::vector<Movement> movements_of(const BillEntry& entry) {
  const auto total = entry.trade.order.total_minor;
  if (entry.refund) return {{"退款", "退款", -entry.refund->amount_minor, entry.refund->out_refund_no}};
  if (entry.reversal) return {{"退款", "撤销", -total, entry.trade.order.out_trade_no}};
  std::vector<Movement> moved{{"交易", "交易", total, entry.trade.order.out_trade_no}};
  if (fee_of(total) > 0) moved.push_back({"扣除交易手续费", "扣除交易手续费", -fee_of(total), moved[0].number});
  return moved;
}

}  // namespace

std::int64_t fee_of(std::int64_t amount_minor) {
  return (amount_minor * kFeePpm + 500000) / 1000000;
}

std::string trade_bill_text(BillType type, const std::vector<BillEntry>& entries) {
  std::string text(kMark);
  text += head_of(kTradeHead);
  std::int64_t count = 0, paid = 0, refunded = 0, fees = 0;
  for (const auto& entry : entries) {
    if (!belongs(type, entry)) continue;
    text += trade_row(entry);
    ++count;
    const auto total = entry.trade.order.total_minor;
    if (entry.refund) {
      refunded += entry.refund->amount_minor;
    } else if (entry.reversal) {
      refunded += total;
    } else {
      paid += total;
      fees += fee_of(total);
    }
  }
  text += head_of(kTradeTotals);
  return text + csv_row({std::to_string(count), yuan(paid), yuan(refunded), "0.00", yuan(fees) + "000", yuan(paid),
                         yuan(refunded)});
}

std::string fund_bill_text(const std::vector<BillEntry>& entries) {
  std::string text(kMark);
  text += head_of(kFundHead);
  std::int64_t balance = 0, in = 0, out = 0, ins = 0, outs = 0;
  for (const auto& entry : entries) {
    int part = 0;
    for (const auto& moved : movements_of(entry)) {
      balance += moved.amount_minor;
      const bool income = moved.amount_minor > 0;
      (income ? in : out) += income ? moved.amount_minor : -moved.amount_minor;
      ++(income ? ins : outs);
      const auto about = entry.refund ? entry.refund->refund_id : entry.trade.transaction_id;
      text += csv_row({to_china_time(entry.at), about, fmt::format("{}{:02}", about, ++part), moved.name, moved.type,
                       income ? "收入" : "支出", yuan(income ? moved.amount_minor : -moved.amount_minor), yuan(balance),
                       "system", "", moved.number});
    }
  }
  text += head_of(kFundTotals);
  return text + csv_row({std::to_string(ins + outs), std::to_string(ins), yuan(in), std::to_string(outs), yuan(out)});
}

}  // namespace feiqian::sandbox::wechatpay
