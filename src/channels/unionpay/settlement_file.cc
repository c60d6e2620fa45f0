#include "channels/unionpay/settlement_file.h"

#include <array>

#include "codec/zip_archive.h"
#include "foundation/text.h"

namespace feiqian::channels::unionpay {
namespace {

constexpr std::size_t kMostBytes = 256U << 20;

/// Bytes of each field, up to the last one that is read.
constexpr std::array<std::size_t, 27> kWidths{3,  11, 11, 6, 10, 19, 12, 4, 2, 21, 2,  32, 2, 6,
                                              10, 13, 13, 4, 15, 2,  2,  6, 2, 4,  32, 1,  21};
enum class Position : std::size_t {
  TradeCode = 0,
  TraceNo = 3,
  SentAt = 4,
  Amount = 6,
  QueryId = 9,
  OrderId = 11,
  Fee = 15,
  Net = 16,
  TxnType = 19,
  OriginalQueryId = 26,
};

/// One line taken apart; the first problem is kept.
class Line {
 public:
  Line(std::string_view text, std::size_t number) : number_(number) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < kWidths.size(); ++i) {
      if (at + kWidths[i] > text.size()) {
        refuse("is too short");
        return;
      }
      fields_[i] = text.substr(at, kWidths[i]);
      at += kWidths[i] + 1;
    }
  }

  std::string text(Position position) const { return std::string(trim(fields_[static_cast<std::size_t>(position)])); }

  money::Money amount(Position position) {
    const auto minor = digits(trim(fields_[static_cast<std::size_t>(position)]));
    if (!minor) refuse("has an amount that is not a number");
    return {minor.value_or(0), money::kCny};
  }
  /// `C000000000100`: C is positive when `credit_is_positive`.
  money::Money directed(Position position, bool credit_is_positive) {
    const auto field = trim(fields_[static_cast<std::size_t>(position)]);
    const auto minor = field.empty() ? std::nullopt : digits(field.substr(1));
    if (!minor || (field.front() != 'C' && field.front() != 'D')) {
      refuse("has an amount without direction");
      return {0, money::kCny};
    }
    return {(field.front() == 'C') == credit_is_positive ? *minor : -*minor, money::kCny};
  }

  void refuse(const char* why) {
    if (problem_.empty()) problem_ = "line " + std::to_string(number_) + " " + why;
  }
  const std::string& problem() const { return problem_; }

 private:
  /// Without sign: parse_int would take one.
  static std::optional<std::int64_t> digits(std::string_view text) {
    return text.starts_with('-') ? std::nullopt : parse_int(text);
  }

  std::size_t number_;
  std::array<std::string_view, kWidths.size()> fields_;
  std::string problem_;
};

}  // namespace

Result<std::string> open_settlement(std::string_view file_content) {
  const auto packed = from_base64(file_content);
  if (!packed) return Error(errors::kValueInvalid, "the file is not base64", "fileContent");
  const auto archive = TRY(codec::inflate(*packed, kMostBytes));
  for (auto& member : TRY(codec::read_zip(archive, kMostBytes))) {
    if (member.name.find("ZM_") != std::string::npos) return std::move(member.content);
  }
  return Error(errors::kValueInvalid, "the archive holds no ZM file", "fileContent");
}

Result<std::vector<SettlementLine>> parse_settlement(std::string_view zm) {
  std::vector<SettlementLine> lines;
  std::size_t number = 0;
  for (auto text : split(zm, '\n')) {
    ++number;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (trim(text).empty()) continue;
    Line line(text, number);
    SettlementLine read;
    read.trade_code = line.text(Position::TradeCode);
    read.trace_no = line.text(Position::TraceNo);
    read.sent_at = line.text(Position::SentAt);
    read.query_id = line.text(Position::QueryId);
    read.order_id = line.text(Position::OrderId);
    read.txn_type = line.text(Position::TxnType);
    read.original_query_id = line.text(Position::OriginalQueryId);
    read.amount = line.amount(Position::Amount);
    read.fee = line.directed(Position::Fee, false);
    read.net = line.directed(Position::Net, true);
    if (!line.problem().empty()) return Error(errors::kValueInvalid, line.problem());
    lines.push_back(std::move(read));
  }
  return lines;
}

}  // namespace feiqian::channels::unionpay
