// Verification: everything is derived from the vouchers again and compared with what stands in the tables. Reads only,
// in one snapshot of the store.
//
//   chains      batches follow each other by number and hash; each block of vouchers gives its batch's root
//   heads       the batches give the roots that were signed, those in the table and those kept elsewhere
//   vouchers    each balances; the balances after lines follow each other and are never negative
//   rows        every row of a table of money is what the last batch that wrote it says (engine/evidence.h)
//   balances    turnover, entries and held money are those of the vouchers and holds; mirrors are equal
//   pages       entries in pages and not yet in pages are those of the vouchers
//
// Memory: about 250 bytes an account, the evidence of 8 million rows at a time (32 bytes each, in a table that
// doubles), some 50 MiB of blocks. Hashing has a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/heads.h"
#include "store/store.h"

namespace feiqian::ledger {

struct VerifyOptions {
  /// Keys that may have signed heads. Without any, roots are compared and signatures are not.
  std::vector<engine::HeadKey> keys{};
  /// Heads that were kept elsewhere.
  std::vector<engine::HeadRow> kept{};
  /// Where progress is kept; empty: nowhere. When it holds that of a verification that was interrupted, this one goes
  /// on from there; when it holds a whole one, only what is new since is read, but for balances and holds. Who can
  /// write this file can hide things.
  std::string progress_file{};
  std::int64_t save_every_ms = 30000;
  /// Asked between portions: true saves the progress and ends with errors::kVerifyInterrupted.
  std::function<bool()> interrupted{};
};

struct Verification {
  std::int64_t batches = 0;
  std::int64_t vouchers = 0;
  std::int64_t accounts = 0;
  std::int64_t testimonies = 0;        ///< writes of rows of money that batches bear witness to
  std::int64_t heads = 0;              ///< whose roots were compared
  std::int64_t heads_passed_over = 0;  ///< older than where this verification began
  std::int64_t batches_before = 0;     ///< verified by an earlier one, of `batches`
  std::int64_t batches_signed = 0;     ///< under a head, of `batches`
  std::vector<std::string> problems;   ///< at most 20, each naming its row
};

Result<Verification> verify(store::Reader& reader);
/// errors::kVerifyInterrupted; kVerifyProgress when the file cannot be used.
Result<Verification> verify(store::Reader& reader, const VerifyOptions& options);

}  // namespace feiqian::ledger
