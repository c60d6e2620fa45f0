#include "sandbox/unionpay/settlement_file.h"

#include <fmt/format.h>

#include "codec/zip_archive.h"
#include "foundation/text.h"
#include "money/money.h"

namespace feiqian::sandbox::unionpay {
namespace {

constexpr money::RatePpm kFee{2000};
constexpr std::string_view kInstitution = "00040000";

/// Fields of fixed width, each followed by a blank.
class Columns {
 public:
  void text(std::string_view value, std::size_t width) { line_ += fmt::format("{:<{}.{}} ", value, width, width); }
  void amount(std::int64_t minor, std::size_t width) { line_ += fmt::format("{:0{}} ", minor, width); }
  /// C to the merchant, D from it.
  void directed(bool credit, std::int64_t minor) { line_ += fmt::format("{}{:012} ", credit ? 'C' : 'D', minor); }
  std::string take() { return std::move(line_); }

 private:
  std::string line_;
};

std::int64_t fee_of(const Order& order) {
  const auto fee = money::portion({order.amount_minor, money::kCny}, kFee, money::Rounding::HalfUp);
  return fee ? fee->minor : 0;
}

}  // namespace

std::optional<Date> settlement_day_of(std::string_view mmdd, Timestamp now) {
  if (mmdd.size() != 4) return std::nullopt;
  const auto today = settlement_day(now);
  const auto year = today.yyyymmdd / 10000;
  for (const auto candidate : {year, year - 1}) {
    const auto day = date_from_text(fmt::format("{}-{}-{}", candidate, mmdd.substr(0, 2), mmdd.substr(2, 2)));
    if (day && day.value() <= today) return day.value();
  }
  return std::nullopt;
}

std::string settlement_line(const Order& order) {
  const bool pays = order.is_payment();
  const auto fee = fee_of(order);
  Columns line;
  line.text(pays ? "S22" : order.operation == "unionpay.void" ? "S31" : "S30", 3);
  line.text(kInstitution, 11);
  line.text(kInstitution, 11);
  line.text(std::string_view(order.query_id).substr(order.query_id.size() - 6), 6);
  line.text(std::string_view(order.txn_time).substr(4), 10);
  line.text(order.payer ? row_of(*order.payer).card : std::string_view(), 19);
  line.amount(order.amount_minor, 12);
  line.text("", 4);
  line.text(order.field("channelType"), 2);
  line.text(order.query_id, 21);
  line.text("", 2);
  line.text(order.order_id, 32);
  line.text("01", 2);
  line.text("", 6);
  line.text("", 10);
  line.directed(!pays, fee);
  line.directed(pays, order.amount_minor - fee);
  line.text("", 4);
  line.text("", 15);
  line.text(order.field("txnType"), 2);
  line.text(order.field("txnSubType"), 2);
  line.text(order.field("bizType"), 6);
  line.text("01", 2);
  line.text("", 4);
  line.text("", 32);
  line.text("", 1);
  line.text(order.original, 21);
  line.text(order.merchant, 15);
  return line.take();
}

Result<SettlementFile> settlement_file(Books& books, const std::string& merchant, Date day) {
  const auto midnight = TRY(from_china_time(to_text(day) + " 00:00:00"));
  const auto from = midnight.plus_s(-3600);
  std::string lines;
  for (const auto& order : TRY(books.ended(merchant, from, from.plus_s(86400)))) {
    // A reversed payment was never cleared and is in no file; a voided one is, and so is its void.
    const bool voided = order.state == OrderState::Returned && !TRY(books.returns_of(order.query_id)).empty();
    if (order.state == OrderState::Succeeded || voided) lines += settlement_line(order) + "\r\n";
  }
  const auto short_day = fmt::format("{:06}", day.yyyymmdd % 1000000);
  const auto archive = codec::write_zip({{"INN" + short_day + "88ZM_" + merchant, lines}});
  return SettlementFile{merchant + "_" + std::to_string(day.yyyymmdd) + ".zip", to_base64(codec::deflate(archive))};
}

}  // namespace feiqian::sandbox::unionpay
