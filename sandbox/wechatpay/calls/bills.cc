#include <algorithm>

#include "crypto/sha1.h"
#include "foundation/text.h"
#include "sandbox/wechatpay/bill_text.h"
#include "sandbox/wechatpay/calls/calls.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::int64_t kDayMs = 86400000;
constexpr std::int64_t kMostDaysAgo = 92;
constexpr std::int64_t kAddressMs = 5 * 60000;

/// [begin, end) of the day `bill_date`, which must have begun and be at most three months ago; refused otherwise.
std::optional<std::pair<Timestamp, Timestamp>> day_of(Call& call) {
  const std::string text(value_of(call.query, "bill_date"));
  const auto begin = from_china_time(text + " 00:00:00");
  if (!date_from_text(text) || !begin) {
    call.refusal = refuse(kParameter, "bill_date应为yyyy-MM-DD");
  } else if (begin.value() > call.now) {
    call.refusal = refuse(kParameter, "bill_date应早于今天");
  } else if (ms_between(begin.value(), call.now) > kMostDaysAgo * kDayMs) {
    call.refusal = refuse(kParameter, "仅支持三个月内的账单");
  }
  if (call.refusal) return std::nullopt;
  return std::pair(begin.value(), begin->plus_ms(kDayMs));
}

Result<std::vector<BillEntry>> entries_of(Call& call, std::pair<Timestamp, Timestamp> day) {
  const auto& mchid = call.account.mchid;
  std::vector<BillEntry> entries;
  for (auto& trade : TRY(call.books.paid_between(mchid, day.first, day.second))) {
    const auto at = trade.paid_at;
    if (trade.state == TradeState::Revoked && trade.closed_at < day.second)
      entries.push_back({trade, std::nullopt, true, trade.closed_at});
    entries.push_back({std::move(trade), std::nullopt, false, at});
  }
  for (auto& refund : TRY(call.books.refunds_between(mchid, day.first, day.second))) {
    auto trade = TRY(call.books.trade(refund.trade));
    const auto at = refund.created_at;
    if (trade) entries.push_back({std::move(*trade), std::move(refund), false, at});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return entries;
}

/// The address of a file, which is kept as it is now.
Result<Answer> given_out(Call& call, std::string content) {
  Bill bill;
  bill.token = to_base64url(call.surroundings.random.bytes(32));
  bill.mchid = call.account.mchid;
  bill.content = std::move(content);
  bill.expires_at = call.now.plus_ms(kAddressMs);
  TRY(call.books.forget_bills(call.now));
  TRY(call.books.insert(bill));
  return success({{"download_url", call.surroundings.base_url() + "/v3/billdownload/file?token=" + bill.token},
                  {"hash_type", "SHA1"},
                  {"hash_value", to_hex(crypto::sha1(bill.content))}});
}

}  // namespace

/// A day that is not over yet is given as far as it went, since tests do not wait until tomorrow.
Result<Answer> trade_bill(Call& call) {
  const auto type = value_of(call.query, "bill_type");
  if (!type.empty() && type != "ALL" && type != "SUCCESS" && type != "REFUND")
    return refuse(kParameter, "bill_type应为ALL、SUCCESS或REFUND");
  if (!value_of(call.query, "tar_type").empty()) return refuse(kParameter, "沙箱不压缩账单");
  const auto day = day_of(call);
  if (!day) return *call.refusal;
  const auto entries = TRY(entries_of(call, *day));
  if (entries.empty()) return refuse(kNoStatement);
  const auto wanted = type == "SUCCESS" ? BillType::Success : type == "REFUND" ? BillType::Refund : BillType::All;
  return given_out(call, trade_bill_text(wanted, entries));
}

Result<Answer> fund_bill(Call& call) {
  const auto account_type = value_of(call.query, "account_type");
  if (!account_type.empty() && account_type != "BASIC") return refuse(kNoStatement);
  if (!value_of(call.query, "tar_type").empty()) return refuse(kParameter, "沙箱不压缩账单");
  const auto day = day_of(call);
  if (!day) return *call.refusal;
  const auto entries = TRY(entries_of(call, *day));
  return entries.empty() ? refuse(kNoStatement) : TRY(given_out(call, fund_bill_text(entries)));
}

Result<Answer> bill_file(Call& call) {
  const auto bill = TRY(call.books.bill(value_of(call.query, "token")));
  if (!bill || bill->mchid != call.account.mchid || bill->expires_at <= call.now) return refuse(kNotFound);
  Answer answer;
  answer.file = bill->content;
  answer.is_file = true;
  return answer;
}

}  // namespace feiqian::sandbox::wechatpay
