// The rows of the platform's database as its commits made them, kept beside it and independent of it: what was
// committed must be found again, whole, after whatever happens, and nothing else.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "simulation/disk.h"
#include "store/store.h"

namespace feiqian::simulation {

using Cell = std::variant<std::monostate, std::int64_t, std::string>;
using RowCopy = std::vector<Cell>;

class CopiedRow final : public store::RowSource {
 public:
  explicit CopiedRow(const RowCopy& cells) : cells_(&cells) {}
  bool is_null(int column) const override { return std::holds_alternative<std::monostate>(at(column)); }
  std::int64_t integer(int column) const override {
    const auto* number = std::get_if<std::int64_t>(&at(column));
    return number == nullptr ? 0 : *number;
  }
  std::string_view text(int column) const override {
    const auto* text = std::get_if<std::string>(&at(column));
    return text == nullptr ? std::string_view() : *text;
  }
  std::string_view blob(int column) const override { return text(column); }

 private:
  const Cell& at(int column) const { return (*cells_)[static_cast<std::size_t>(column)]; }
  const RowCopy* cells_;
};

class Replica {
 public:
  /// A row before and after a commit; empty: it was not there.
  struct Changed {
    const store::TableInfo* table;
    std::int64_t id;
    RowCopy before;
    RowCopy after;
  };

  /// A flush begins; until it is settled its effect is in doubt.
  void begin(std::span<const store::TableWrites> writes);
  void settle(bool committed);
  bool in_doubt() const { return !pending_.empty(); }
  /// Settles by looking: the first row that the doubtful commit changes tells.
  Result<void> settle_by(store::Reader& reader);

  /// What the last settled commits changed, since it was asked for last.
  std::vector<Changed> take_changes() { return std::exchange(changes_, {}); }
  std::int64_t commits() const { return commits_; }

  /// Every difference to what is stored, at most `most`.
  Result<std::vector<std::string>> differences(store::Reader& reader, std::size_t most = 5) const;

  template <class Row>
  std::optional<Row> get(const store::Table<Row>& table, decltype(Row::id) id) const {
    const auto* cells = find(table.info(), id.value);
    if (cells == nullptr) return std::nullopt;
    Row row;
    table.info().read(&row, CopiedRow(*cells));
    return row;
  }
  template <class Row>
  std::vector<Row> all(const store::Table<Row>& table) const {
    std::vector<Row> rows;
    const auto found = tables_.find(table.info().slot);
    if (found == tables_.end()) return rows;
    for (const auto& [id, cells] : found->second) table.info().read(&rows.emplace_back(), CopiedRow(cells));
    return rows;
  }
  std::size_t count(const store::TableInfo& table) const;

 private:
  const RowCopy* find(const store::TableInfo& table, std::int64_t id) const;
  Changed& pending(const store::TableInfo& table, std::int64_t id);

  std::map<int, std::map<std::int64_t, RowCopy>> tables_;  // by slot and id
  std::map<std::pair<int, std::int64_t>, Changed> pending_;
  std::vector<Changed> changes_;
  std::int64_t commits_ = 0;
};

/// Passes everything on to the store of the process under test and tells the replica what is flushed.
class ObservedStore final : public store::Store {
 public:
  ObservedStore(store::Store& under, Replica& replica, Disk& disk) : under_(&under), replica_(&replica), disk_(&disk) {}

  bool exclusive() const override { return under_->exclusive(); }
  Result<void> load(std::span<const store::RowRequest> requests) override { return under_->load(requests); }
  Result<void> flush(std::span<const store::TableWrites> writes) override;
  void abandon() override { under_->abandon(); }
  /// A store that has been opened again tells how a commit in doubt ended; before that it may be there or not.
  Result<void> reopen() override;
  Result<std::unique_ptr<store::Reader>> open_reader() override { return under_->open_reader(); }

 private:
  store::Store* under_;
  Replica* replica_;
  Disk* disk_;
};

}  // namespace feiqian::simulation
