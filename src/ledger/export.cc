#include "ledger/export.h"

#include <fmt/format.h>

#include <boost/unordered/unordered_flat_map.hpp>

#include <iterator>

#include "ledger/day_totals.h"
#include "ledger/voucher_finder.h"

namespace feiqian::ledger {
namespace {

using Operator = store::Selection::Condition::Operator;

constexpr std::string_view kHeader =
    "voucher,line,posted_at,accounting_date,event,subject,memo,reverses,account,code,owner,currency,side,"
    "amount_minor,number,balance_minor\r\n";

/// Memos are the only text that somebody else wrote.
std::string quoted_for_csv(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string quoted_for_json(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

class Exporter {
 public:
  Exporter(store::Reader& reader, ExportFormat format, const std::function<bool(std::string_view)>& write)
      : reader_(&reader), format_(format), write_(&write) {}

  Result<std::int64_t> run(const ExportRange& range) {
    constexpr std::int64_t kPortion = 64;
    if (format_ == ExportFormat::Csv) text_ = kHeader;
    const auto from = range.first ? end_of(day_before(range.first)) : Timestamp();
    for (VoucherId after{first_id_at(from) - 1}; going_;) {
      store::Query query(kBlocks);
      query.where<&BlockRow::id>(Operator::Greater, after).oldest_first().limit(kPortion);
      if (range.first) query.where<&BlockRow::accounting_date>(Operator::GreaterOrEqual, range.first);
      if (range.last) query.where<&BlockRow::accounting_date>(Operator::LessOrEqual, range.last);
      const auto blocks = TRY(query.run(*reader_));
      for (const auto& block : blocks) TRY(add(block));
      if (static_cast<std::int64_t>(blocks.size()) < kPortion) break;
      after = blocks.back().id;
    }
    flush();
    return lines_;
  }

 private:
  Result<void> add(const BlockRow& block) {
    Result<void> added;
    TRY(visit_block(block, [&](const VoucherView& voucher) {
      int number = 0;
      for (const auto& line : voucher.lines) {
        if (added) added = add(voucher, line, ++number);
      }
    }));
    TRY(std::move(added));
    constexpr std::size_t kEnough = 1 << 20;
    if (text_.size() >= kEnough) flush();
    return {};
  }

  Result<void> add(const VoucherView& voucher, const PostedLine& line, int number) {
    const auto account = TRY(find(line.account));
    ++lines_;
    const char side = line.side == Side::Debit ? 'D' : 'C';
    const auto reverses = voucher.reverses ? voucher.reverses.text() : std::string();
    const auto append = [&](auto format, auto&&... values) {
      fmt::format_to(std::back_inserter(text_), format, values...);
    };
    if (format_ == ExportFormat::Csv) {
      append(FMT_STRING("{},{},{},{},{},{},{},{},{},{},{},{},{},{},"), voucher.id.text(), number,
             to_rfc3339(voucher.posted_at), to_text(voucher.accounting_date), voucher.event, voucher.subject,
             quoted_for_csv(voucher.memo), reverses, line.account.text(), account.code, account.owner,
             account.currency.code(), side, line.amount_minor);
      if (line.after) {
        append(FMT_STRING("{},{}\r\n"), line.after->number, line.after->balance_minor);
      } else {
        text_ += ",\r\n";
      }
      return {};
    }
    append(
        FMT_STRING(R"({{"voucher":"{}","line":{},"posted_at":"{}","accounting_date":"{}","event":"{}","subject":"{}",)"
                   R"("memo":{},"reverses":"{}","account":"{}","code":{},"owner":"{}","currency":"{}","side":"{}",)"
                   R"("amount_minor":{})"),
        voucher.id.text(), number, to_rfc3339(voucher.posted_at), to_text(voucher.accounting_date), voucher.event,
        voucher.subject, quoted_for_json(voucher.memo), reverses, line.account.text(), account.code, account.owner,
        account.currency.code(), side, line.amount_minor);
    if (line.after)
      append(FMT_STRING(R"(,"number":{},"balance_minor":{})"), line.after->number, line.after->balance_minor);
    text_ += "}\n";
    return {};
  }

  /// Accounts never change what is exported of them.
  Result<AccountRow> find(AccountId id) {
    const auto known = accounts_.find(id.value);
    if (known != accounts_.end()) return known->second;
    const auto row = TRY(store::Query(kAccounts).equal<&AccountRow::id>(id).first(*reader_));
    if (!row) return Error(errors::kVerifyFailed, "no account " + id.text());
    return accounts_.emplace(id.value, *row).first->second;
  }

  void flush() {
    going_ = going_ && (*write_)(text_);
    text_.clear();
  }

  store::Reader* reader_;
  ExportFormat format_;
  const std::function<bool(std::string_view)>* write_;
  boost::unordered_flat_map<std::int64_t, AccountRow> accounts_;
  std::string text_;
  std::int64_t lines_ = 0;
  bool going_ = true;
};

}  // namespace

Result<std::int64_t> export_lines(store::Reader& reader, const ExportRange& range, ExportFormat format,
                                  const std::function<bool(std::string_view)>& write) {
  return Exporter(reader, format, write).run(range);
}

}  // namespace feiqian::ledger
