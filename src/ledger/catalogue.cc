#include "ledger/catalogue.h"

#include <array>

namespace feiqian::ledger {
namespace {

using enum Pool;
using enum Side;
using enum Role;
using enum Part;

constexpr auto kJ01 =
    std::to_array<LineTemplate>({{Res, Debit, 1121, Channel, Whole}, {Res, Credit, 2202, Merchant, Whole}});
constexpr auto kJ02 = std::to_array<LineTemplate>({{Res, Debit, 2202, Merchant, Whole},
                                                   {Res, Credit, 2501, Platform, Whole},
                                                   {Own, Debit, 1501, Platform, Whole},
                                                   {Own, Credit, 6001, Platform, Net},
                                                   {Own, Credit, 2221, Platform, Tax}});
constexpr auto kJ03a = std::to_array<LineTemplate>({{Res, Debit, 2501, Platform, Whole},
                                                    {Res, Credit, 1121, Channel, Whole},
                                                    {Own, Debit, 6401, Platform, Whole},
                                                    {Own, Credit, 1501, Platform, Whole}});
constexpr auto kJ11a =
    std::to_array<LineTemplate>({{Res, Debit, 2202, Merchant, Whole}, {Res, Credit, 2331, Channel, Whole}});
constexpr auto kJ11b =
    std::to_array<LineTemplate>({{Res, Debit, 2331, Channel, Whole}, {Res, Credit, 1121, Channel, Whole}});
constexpr auto kJ11c = std::to_array<LineTemplate>({{Res, Debit, 2501, Platform, Whole},
                                                    {Res, Credit, 2202, Merchant, Whole},
                                                    {Own, Debit, 6001, Platform, Net},
                                                    {Own, Debit, 2221, Platform, Tax},
                                                    {Own, Credit, 1501, Platform, Whole}});
constexpr auto kJ11d = std::to_array<LineTemplate>({{Res, Debit, 1191, Platform, Whole},
                                                    {Res, Credit, 2202, Merchant, Whole},
                                                    {Own, Debit, 6001, Platform, Net},
                                                    {Own, Debit, 2221, Platform, Tax},
                                                    {Own, Credit, 2591, Platform, Whole}});
constexpr auto kJ11e = std::to_array<LineTemplate>({{Res, Debit, 1121, Channel, Whole},
                                                    {Res, Credit, 2501, Platform, Whole},
                                                    {Own, Debit, 1501, Platform, Whole},
                                                    {Own, Credit, 6401, Platform, Whole}});
constexpr auto kJ11g =
    std::to_array<LineTemplate>({{Res, Debit, 2331, Channel, Whole}, {Res, Credit, 2202, Merchant, Whole}});
constexpr auto kJ11h =
    std::to_array<LineTemplate>({{Res, Debit, 2202, Merchant, Whole}, {Res, Credit, 2101, User, Whole}});
constexpr auto kJ15a =
    std::to_array<LineTemplate>({{Res, Debit, 1121, Channel, Whole}, {Res, Credit, 2901, Channel, Whole}});
constexpr auto kJ15c =
    std::to_array<LineTemplate>({{Res, Debit, 2901, Channel, Whole}, {Res, Credit, 2331, Channel, Whole}});
constexpr auto kJ15f =
    std::to_array<LineTemplate>({{Res, Debit, 2331, Channel, Whole}, {Res, Credit, 2901, Channel, Whole}});

}  // namespace

namespace vouchers {
const VoucherTemplate kPaySuccessChannel{"J01", "PAY_SUCCESS_CHANNEL", kJ01};
const VoucherTemplate kMerchantFee{"J02", "MERCHANT_FEE", kJ02};
const VoucherTemplate kChannelFeeNet{"J03a", "CHANNEL_FEE_NET", kJ03a};
const VoucherTemplate kRefundAccept{"J11a", "REFUND_ACCEPT", kJ11a};
const VoucherTemplate kRefundChannelSuccess{"J11b", "REFUND_CHANNEL_SUCCESS", kJ11b};
const VoucherTemplate kRefundFeeReturned{"J11c", "REFUND_FEE_RETURNED", kJ11c};
const VoucherTemplate kRefundFeeReturnedSwept{"J11d", "REFUND_FEE_RETURNED_ALREADY_SWEPT", kJ11d};
const VoucherTemplate kRefundChannelCost{"J11e", "REFUND_CHANNEL_COST_RETURNED", kJ11e};
const VoucherTemplate kRefundFail{"J11g", "REFUND_FAIL", kJ11g};
const VoucherTemplate kRefundToWallet{"J11h", "REFUND_TO_WALLET", kJ11h};
const VoucherTemplate kLongFound{"J15a", "DISCREPANCY_LONG_FOUND", kJ15a};
const VoucherTemplate kLongRefund{"J15c", "LONG_RESOLVED_REFUND", kJ15c};
const VoucherTemplate kLongRefundFail{"J15f", "LONG_REFUND_FAIL", kJ15f};
}  // namespace vouchers

std::span<const VoucherTemplate* const> catalogue() {
  using namespace vouchers;
  static const auto kAll = std::to_array<const VoucherTemplate*>(
      {&kPaySuccessChannel, &kMerchantFee, &kChannelFeeNet, &kRefundAccept, &kRefundChannelSuccess, &kRefundFeeReturned,
       &kRefundFeeReturnedSwept, &kRefundChannelCost, &kRefundFail, &kRefundToWallet, &kLongFound, &kLongRefund,
       &kLongRefundFail});
  return kAll;
}

std::int64_t owner_of(Role role, const Owners& owners) {
  switch (role) {
    case Platform:
      return 0;
    case Merchant:
      return owners.merchant;
    case Channel:
      return owners.channel;
    case User:
      return owners.user;
  }
  return 0;
}

Voucher make(const VoucherTemplate& which, std::int64_t subject, const Owners& owners, const Amounts& amounts,
             std::int64_t rule) {
  CHECK(amounts.whole.minor > 0 && amounts.tax_minor >= 0 && amounts.tax_minor <= amounts.whole.minor);
  Voucher voucher{which.event, subject, rule, {}};
  voucher.lines.reserve(which.lines.size());
  for (const auto& line : which.lines) {
    const auto amount = line.part == Whole ? amounts.whole.minor
                        : line.part == Tax ? amounts.tax_minor
                                           : amounts.whole.minor - amounts.tax_minor;
    if (amount == 0) continue;
    voucher.lines.push_back({{line.code, owner_of(line.role, owners), amounts.whole.currency}, line.side, amount});
  }
  return voucher;
}

std::vector<AccountKey> accounts_of(const VoucherTemplate& which, const Owners& owners, money::Currency currency) {
  std::vector<AccountKey> keys;
  for (const auto& line : which.lines) keys.push_back({line.code, owner_of(line.role, owners), currency});
  return keys;
}

}  // namespace feiqian::ledger
