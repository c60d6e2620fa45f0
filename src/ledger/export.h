// Every line of every voucher as text, for databases and spreadsheets: a stream in order of posting, a block at a time.
#pragma once

#include <functional>
#include <string_view>

#include "ledger/books.h"

namespace feiqian::ledger {

struct ExportRange {
  Date first;  ///< accounting dates, both inclusive; 0: without bound
  Date last;
};
enum class ExportFormat { Csv, JsonLines };

/// Columns: voucher, line, posted_at, accounting_date, event, subject, memo, reverses, account, code, owner, currency,
/// side (D or C), amount_minor, and on customer accounts number and balance_minor. CSV as RFC 4180, with a header.
/// `write` gets a portion and says whether to go on. How many lines were written; errors::kVerifyFailed when a block is
/// broken.
Result<std::int64_t> export_lines(store::Reader& reader, const ExportRange& range, ExportFormat format,
                                  const std::function<bool(std::string_view)>& write);

}  // namespace feiqian::ledger
