#include "simulation/replica.h"

#include <fmt/format.h>

#include "foundation/check.h"

namespace feiqian::simulation {
namespace {

class CopySink final : public store::RowSink {
 public:
  void integer(std::int64_t value) override { cells.emplace_back(value); }
  void text(std::string_view value) override { cells.emplace_back(std::string(value)); }
  void blob(std::string_view value) override { cells.emplace_back(std::string(value)); }
  void null() override { cells.emplace_back(std::monostate()); }
  RowCopy cells;  // NOLINT(readability-identifier-naming)
};

RowCopy copy_of(const store::TableInfo& table, const void* row) {
  CopySink sink;
  table.write(row, sink);
  return std::move(sink.cells);
}

RowCopy copy_of(const store::TableInfo& table, const store::RowSource& source) {
  RowCopy cells;
  for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
    if (source.is_null(i)) {
      cells.emplace_back(std::monostate());
    } else if (table.columns[static_cast<std::size_t>(i)].type == store::ColumnType::Integer) {
      cells.emplace_back(source.integer(i));
    } else {
      cells.emplace_back(std::string(source.blob(i)));
    }
  }
  return cells;
}

std::int64_t id_of(const RowCopy& row) {
  return std::get<std::int64_t>(row.front());
}

std::string name_of(const store::TableInfo& table, std::int64_t id) {
  return table.name + " " + std::to_string(id);
}

/// The first column in which they differ, as text.
std::string difference(const store::TableInfo& table, const RowCopy& committed, const RowCopy& stored) {
  const auto shown = [](const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&cell))
      return text->size() > 60 ? text->substr(0, 60) + "…" : *text;
    return std::string("NULL");
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (committed[i] != stored[i])
      return fmt::format("{}: committed {}, stored {}", table.columns[i].name, shown(committed[i]), shown(stored[i]));
  }
  return "nothing";
}

}  // namespace

const RowCopy* Replica::find(const store::TableInfo& table, std::int64_t id) const {
  const auto rows = tables_.find(table.slot);
  if (rows == tables_.end()) return nullptr;
  const auto found = rows->second.find(id);
  return found == rows->second.end() ? nullptr : &found->second;
}

std::size_t Replica::count(const store::TableInfo& table) const {
  const auto rows = tables_.find(table.slot);
  return rows == tables_.end() ? 0 : rows->second.size();
}

Replica::Changed& Replica::pending(const store::TableInfo& table, std::int64_t id) {
  const auto [found, fresh] = pending_.try_emplace({table.slot, id}, Changed{&table, id, {}, {}});
  if (fresh) {
    if (const auto* cells = find(table, id)) found->second.before = found->second.after = *cells;
  }
  return found->second;
}

void Replica::begin(std::span<const store::TableWrites> writes) {
  CHECK(pending_.empty());
  for (const auto& table : writes) {
    for (const auto id : table.deletes) pending(*table.table, id).after.clear();
    for (const auto* rows : {&table.inserts, &table.updates}) {
      for (const auto* row : *rows) {
        auto cells = copy_of(*table.table, row);
        pending(*table.table, id_of(cells)).after = std::move(cells);
      }
    }
    for (const auto& delta : table.deltas) {
      auto& cells = pending(*table.table, delta.id).after;
      if (!cells.empty()) std::get<std::int64_t>(cells[static_cast<std::size_t>(delta.column)]) += delta.amount;
    }
  }
}

void Replica::settle(bool committed) {
  if (committed) {
    ++commits_;
    for (auto& [key, changed] : pending_) {
      auto& rows = tables_[key.first];
      if (changed.after.empty()) {
        rows.erase(key.second);
      } else {
        rows[key.second] = changed.after;
      }
      changes_.push_back(std::move(changed));
    }
  }
  pending_.clear();
}

Result<void> Replica::settle_by(store::Reader& reader) {
  for (const auto& [key, changed] : pending_) {
    if (changed.before == changed.after) continue;
    RowCopy stored;
    store::Selection selection{changed.table, {{0, store::Selection::Condition::Operator::Equal, changed.id}}, true, 1};
    TRY(reader.select(selection, [&](const store::RowSource& source) { stored = copy_of(*changed.table, source); }));
    settle(stored == changed.after);
    return {};
  }
  settle(false);
  return {};
}

Result<std::vector<std::string>> Replica::differences(store::Reader& reader, std::size_t most) const {
  std::vector<std::string> found;
  const auto add = [&](std::string what) {
    if (found.size() < most) found.push_back(std::move(what));
  };
  static const std::map<std::int64_t, RowCopy> kNone;
  for (const auto* table : store::all_tables()) {
    const auto rows = tables_.find(table->slot);
    const auto& committed = rows == tables_.end() ? kNone : rows->second;
    auto expected = committed.begin();
    store::Selection selection{table, {}, false, INT64_MAX};
    TRY(reader.select(selection, [&](const store::RowSource& source) {
      const auto stored = copy_of(*table, source);
      const auto id = id_of(stored);
      for (; expected != committed.end() && expected->first < id; ++expected)
        add(name_of(*table, expected->first) + " was committed and is gone");
      if (expected == committed.end() || expected->first != id) {
        add(name_of(*table, id) + " is there and was never committed");
        return;
      }
      if (expected->second != stored)
        add(name_of(*table, id) + " differs: " + difference(*table, expected->second, stored));
      ++expected;
    }));
    for (; expected != committed.end(); ++expected)
      add(name_of(*table, expected->first) + " was committed and is gone");
  }
  return found;
}

Result<void> ObservedStore::flush(std::span<const store::TableWrites> writes) {
  replica_->begin(writes);
  auto flushed = under_->flush(writes);
  if (disk_->process_died()) return flushed;
  if (flushed) {
    replica_->settle(true);
  } else if (!flushed.error().is(errors::kCommitUnknown)) {
    replica_->settle(false);
  }
  return flushed;
}

Result<void> ObservedStore::reopen() {
  TRY(under_->reopen());
  if (!replica_->in_doubt() || disk_->process_died()) return {};
  const Disk::Calm calm(*disk_);
  const auto reader = TRY(under_->open_reader());
  return replica_->settle_by(*reader);
}

}  // namespace feiqian::simulation
