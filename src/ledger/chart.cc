#include "ledger/chart.h"

#include <algorithm>
#include <array>

namespace feiqian::ledger {
namespace {

using enum AccountType;
using enum Side;
using enum Keeping;
constexpr Pool Res = Pool::Res;  // NOLINT(readability-identifier-naming)
constexpr Pool Own = Pool::Own;  // NOLINT(readability-identifier-naming)

constexpr auto kChart = std::to_array<ChartEntry>({
    {1002, "自有资金银行存款", "Own bank deposits", Own, Asset, Debit, Internal},
    {1101, "备付金集中存管账户", "PBC centralised custody account", Res, Asset, Debit, Internal},
    {1102, "预付卡备付金专用存款账户", "Prepaid-card reserve account", Res, Asset, Debit, Internal},
    {1103, "特定业务待结算资金专用存款账户", "Special-business settlement account", Res, Asset, Debit, Internal},
    {1121, "应收渠道清算款", "Receivable from channel", Res, Asset, Debit, Internal},
    {1131, "备付金账户间调拨在途", "Transfers between reserve accounts in transit", Res, Asset, Debit, Internal},
    {1191, "应收自有资金补足款", "Due from own funds", Res, Asset, Debit, Internal},
    {1231, "应收商户垫款/追偿款", "Advances to merchants", Own, Asset, Debit, Internal},
    {1501, "应收备付金-待结转手续费", "Due from reserve: fees", Own, Asset, Debit, Internal},
    {1502, "应收备付金-待结转利息", "Due from reserve: interest", Own, Asset, Debit, Internal},
    {1503, "备付金内预存自有资金", "Own money lodged in the reserve", Own, Asset, Debit, Internal},
    {1901, "短款待处理", "Shortage suspense (transaction)", Res, Asset, Debit, Internal},
    {1902, "资金短款待处理", "Shortage suspense (arrival)", Res, Asset, Debit, Internal},
    {1911, "拒付待处理款", "Chargeback suspense", Res, Asset, Debit, Internal},
    {2101, "个人支付账户余额", "Personal payment accounts", Res, Liability, Credit, Customer},
    {2102, "单位支付账户余额", "Corporate payment accounts", Res, Liability, Credit, Customer},
    {2103, "预付卡余额", "Prepaid-card balances", Res, Liability, Credit, Customer},
    {2111, "提现冻结", "Frozen for withdrawal", Res, Liability, Credit, Customer},
    {2112, "风控冻结", "Frozen by risk control", Res, Liability, Credit, Customer},
    {2113, "司法冻结", "Frozen by court", Res, Liability, Credit, Customer},
    {2121, "争议冻结", "Frozen for dispute", Res, Liability, Credit, Customer},
    {2201, "商户结算户", "Merchant settled (available)", Res, Liability, Credit, Customer},
    {2202, "商户待结算户", "Merchant pending settlement", Res, Liability, Credit, Customer},
    {2203, "商户待分账户", "Merchant held for split", Res, Liability, Credit, Customer},
    {2204, "商户保证金", "Merchant deposit", Res, Liability, Credit, Customer},
    {2205, "商户营销户", "Merchant marketing", Res, Liability, Credit, Customer},
    {2221, "应交增值税-销项", "Output VAT payable", Own, Liability, Credit, Internal},
    {2222, "应交增值税-进项", "Input VAT", Own, Liability, Debit, Internal},
    {2223, "代扣代缴个人所得税", "Withheld income tax", Own, Liability, Credit, Internal},
    {2241, "应付渠道手续费", "Channel fees payable", Own, Liability, Credit, Internal},
    {2242, "应付服务商分润", "Agent commissions payable", Own, Liability, Credit, Internal},
    {2243, "应付行业保障基金", "Protection fund payable", Own, Liability, Credit, Internal},
    {2301, "转账在途", "Transfers in transit", Res, Liability, Credit, Internal},
    {2311, "出款在途", "Payouts submitted", Res, Liability, Credit, Internal},
    {2312, "出款渠道待清算", "Payouts paid, reserve not yet debited", Res, Liability, Credit, Internal},
    {2321, "出款退票待处理", "Returned payouts", Res, Liability, Credit, Internal},
    {2331, "退款在途", "Refunds in transit", Res, Liability, Credit, Internal},
    {2401, "担保交易待确认款", "Escrow", Res, Liability, Credit, Customer},
    {2402, "担保交易争议款", "Escrow in dispute", Res, Liability, Credit, Customer},
    {2411, "跨境待购付汇款", "Cross-border to be converted", Res, Liability, Credit, Internal},
    {2501, "待结转手续费", "Due to own funds: fees", Res, Liability, Credit, Internal},
    {2502, "待结转利息", "Due to own funds: interest", Res, Liability, Credit, Internal},
    {2511, "自有资金预存户", "Own money prefunded", Res, Liability, Credit, Internal},
    {2591, "应付备付金补足款", "Due to the reserve", Own, Liability, Credit, Internal},
    {2801, "风险准备金", "Risk provision", Own, Liability, Credit, Internal},
    {2901, "长款待处理", "Surplus suspense (transaction)", Res, Liability, Credit, Internal},
    {2902, "资金长款待处理", "Surplus suspense (arrival)", Res, Liability, Credit, Internal},
    {2911, "久悬无主款", "Unclaimed money", Res, Liability, Credit, Internal},
    {3301, "外汇买卖", "Foreign-exchange position", Res, Common, Debit, Internal},
    {6001, "手续费收入", "Fee income", Own, Income, Credit, Internal},
    {6011, "利息收入", "Interest income", Own, Income, Credit, Internal},
    {6061, "汇兑损益", "Exchange gains and losses", Own, Income, Credit, Internal},
    {6301, "营业外收入", "Non-operating income", Own, Income, Credit, Internal},
    {6401, "渠道手续费成本", "Channel fee cost", Own, Cost, Debit, Internal},
    {6402, "分润支出", "Commission cost", Own, Cost, Debit, Internal},
    {6601, "营销补贴费用", "Marketing subsidy", Own, Cost, Debit, Internal},
    {6701, "风险损失", "Risk losses", Own, Cost, Debit, Internal},
    {6711, "营业外支出", "Non-operating cost", Own, Cost, Debit, Internal},
    {6801, "保障基金费用", "Protection fund cost", Own, Cost, Debit, Internal},
    {9001, "网联映射额度", "NUCC mapped quota", Pool::Memo, AccountType::Memo, Debit, Internal},
    {9002, "银联映射额度", "UnionPay mapped quota", Pool::Memo, AccountType::Memo, Debit, Internal},
});

constexpr auto kMirrors = std::to_array<Mirror>({{2501, 1501}, {2502, 1502}, {2511, 1503}, {1191, 2591}});

static_assert(std::is_sorted(kChart.begin(), kChart.end(),
                             [](const auto& a, const auto& b) { return a.code < b.code; }));

}  // namespace

std::span<const ChartEntry> chart() {
  return kChart;
}

const ChartEntry* find_in_chart(int code) {
  const auto* found = std::lower_bound(kChart.begin(), kChart.end(), code,
                                       [](const ChartEntry& entry, int c) { return entry.code < c; });
  return found == kChart.end() || found->code != code ? nullptr : &*found;
}

std::span<const Mirror> mirrors() {
  return kMirrors;
}

std::string_view name_of(Pool pool) {
  return pool == Res ? "RES" : pool == Own ? "OWN" : "MEMO";
}
std::string_view name_of(Side side) {
  return side == Debit ? "D" : "C";
}

}  // namespace feiqian::ledger
