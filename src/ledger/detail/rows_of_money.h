// Rows of money against the evidence in the batches, a part of the ids at a time; and the pages of entries, which are
// such rows, summed up account by account.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>

#include "engine/evidence.h"
#include "ledger/detail/replay.h"

namespace feiqian::ledger::detail {

class RowsOfMoney {
 public:
  RowsOfMoney(store::Reader& reader, Replay& replay, Accounts& accounts, Problems& problems)
      : reader_(&reader), replay_(&replay), accounts_(&accounts), problems_(&problems) {}

  /// Every row; after a complete verification only those that were written since.
  Result<void> check(const std::function<bool()>& interrupted);
  /// The last voucher of an account and chain whose entry is in a page.
  VoucherId paged(AccountId account, int chain) const;

  void save(ProgressWriter& progress) const;
  bool restore(ProgressReader& progress);

 private:
  struct Said;
  struct SaidRows;
  Result<void> check_part(std::int64_t part, std::int64_t parts);
  template <class Mine>
  Result<void> check_table(const store::TableInfo& table, SaidRows& said, const Mine& mine);
  Result<void> check_written(const store::TableInfo& table, SaidRows& said);
  void check_row(const store::TableInfo& table, SaidRows& said, const store::RowSource& row);
  void name_missing(const store::TableInfo& table, const SaidRows& said);
  void add_page(const PageRow& page);

  store::Reader* reader_;
  Replay* replay_;
  Accounts* accounts_;
  Problems* problems_;
  engine::RowDigester digester_;
  boost::unordered_flat_map<std::int64_t, std::int64_t> paged_[engine::kMostChains];  // by chain, by account
};

}  // namespace feiqian::ledger::detail
