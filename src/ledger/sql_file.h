// The vouchers as plain tables in an SQLite file of their own, for people and tools that ask in SQL: filled behind,
// from whichever store. It is a copy: nothing reads it back.
#pragma once

#include <string>

#include "ledger/books.h"

namespace feiqian::ledger {

/// Brings the file up to date, or makes it: what is there already stays. Tables `account`, `voucher`, `voucher_line`
/// (docs/ledger.md). Commits every few blocks and goes on where it ended, per chain. How many vouchers were added;
/// errors::kStoreFailed, kVerifyFailed. For one process at a time.
Result<std::int64_t> fill_sql_file(store::Reader& reader, const std::string& path);

}  // namespace feiqian::ledger
