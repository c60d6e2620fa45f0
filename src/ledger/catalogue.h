// The catalogue of vouchers (journals.md §C) as data: what each business event posts. A voucher is made from its
// template, the owners of its sub-accounts and its amounts; nothing else can be posted.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "foundation/result.h"
#include "ledger/chart.h"
#include "ledger/tables.h"
#include "money/money.h"

namespace feiqian::ledger {

/// Whose sub-account a line goes to.
enum class Role { Platform, Merchant, Channel, User };
/// Which of the amounts: the whole, the part without tax, the tax.
enum class Part { Whole, Net, Tax };

struct LineTemplate {
  Pool pool;
  Side side;
  int code;
  Role role;
  Part part;
};

struct VoucherTemplate {
  std::string_view event;
  std::string_view name;
  std::span<const LineTemplate> lines;
};

namespace vouchers {
extern const VoucherTemplate kPaySuccessChannel;       ///< J01
extern const VoucherTemplate kMerchantFee;             ///< J02
extern const VoucherTemplate kChannelFeeNet;           ///< J03a
extern const VoucherTemplate kRefundAccept;            ///< J11a
extern const VoucherTemplate kRefundChannelSuccess;    ///< J11b
extern const VoucherTemplate kRefundFeeReturned;       ///< J11c
extern const VoucherTemplate kRefundFeeReturnedSwept;  ///< J11d
extern const VoucherTemplate kRefundChannelCost;       ///< J11e
extern const VoucherTemplate kRefundFail;              ///< J11g
extern const VoucherTemplate kRefundToWallet;          ///< J11h
extern const VoucherTemplate kLongFound;               ///< J15a
extern const VoucherTemplate kLongRefund;              ///< J15c
extern const VoucherTemplate
    kLongRefundFail;  ///< J15f: the refund of J15c failed finally; the money is a surplus again
}  // namespace vouchers
std::span<const VoucherTemplate* const> catalogue();

/// Events beside the catalogue's business events (docs/journals.md, L): posted from outside; from a hold.
inline constexpr std::string_view kPostedFromOutside = "L01";
inline constexpr std::string_view kHoldCaptured = "L02";

struct AccountKey {
  int code;
  std::int64_t owner;
  money::Currency currency;
  friend bool operator==(const AccountKey&, const AccountKey&) = default;
};

struct Line {
  AccountKey account;
  Side side;
  std::int64_t amount_minor;
};

struct Voucher {
  std::string_view event;
  std::int64_t subject = 0;
  std::int64_t rule = 0;
  std::vector<Line> lines;
};

struct Owners {
  std::int64_t merchant = 0;
  std::int64_t channel = 0;
  std::int64_t user = 0;
};

struct Amounts {
  money::Money whole;
  std::int64_t tax_minor = 0;  ///< part of `whole`; the net part is the rest
};

/// Lines whose amount is zero are left out. `whole` must be positive.
Voucher make(const VoucherTemplate& which, std::int64_t subject, const Owners& owners, const Amounts& amounts,
             std::int64_t rule = 0);

std::int64_t owner_of(Role role, const Owners& owners);

/// The accounts a voucher of this kind touches: for loading.
std::vector<AccountKey> accounts_of(const VoucherTemplate& which, const Owners& owners, money::Currency currency);

}  // namespace feiqian::ledger
