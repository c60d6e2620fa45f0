// The rows a batch works on. Loaded set-at-a-time before the first decision; changed in memory by decisions, in arrival
// order; collected into one flush. A command that is refused leaves them as they were. With one worker the rows may
// stay for the next batches, since nobody else writes. Belongs to the engine's thread.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "engine/evidence.h"
#include "store/store.h"

namespace feiqian::engine {

class RowsBase;
/// Those that the command under way wrote to.
using Touched = std::vector<RowsBase*>;

class RowsBase {
 public:
  virtual ~RowsBase() = default;
  /// To be given before the first write.
  void report_to(Touched& touched) { touched_ = &touched; }
  /// What is wanted and not here yet. If loading it fails, everything must be forgotten.
  virtual void ask(std::vector<store::RowRequest>& requests) = 0;
  virtual void keep_command() = 0;
  virtual void undo_command() = 0;
  virtual void collect(std::vector<store::TableWrites>& writes) = 0;
  /// Whether a seal will write rows for what a part gathered: then the batch is not empty.
  virtual bool awaits_seal() const { return false; }
  /// What the batch does to rows of a table of money.
  virtual void testify(Evidence& evidence) = 0;
  virtual void committed() = 0;
  /// Forgets everything: after a failed commit.
  virtual void forget() = 0;
  /// Whether the batch changed what other workers keep in memory.
  virtual bool changes_reference() const { return false; }
  /// Between batches: forgets what may be stale or is too much.
  virtual void trim(bool exclusive, std::size_t most) = 0;

 protected:
  /// At every write of a command; `keep_command` or `undo_command` follow.
  void touch() {
    if (is_touched_ || touched_ == nullptr) return;
    is_touched_ = true;
    touched_->push_back(this);
  }

 private:
  friend class WorkingSet;
  Touched* touched_ = nullptr;
  bool is_touched_ = false;
};

enum class RowState : std::uint8_t { Absent, Clean, Inserted, Updated, Deleted };

template <class Row>
class Rows final : public RowsBase {
 public:
  struct Entry {
    Row row;
    RowState state = RowState::Absent;
    bool dirty = false;
    bool saved = false;  // its former self is in undo_ already for this command
    /// Of an updated row that is cheap to copy: as it was when the batch first changed it.
    std::conditional_t<std::is_trivially_copyable_v<Row>, Row, std::monostate> before{};
    bool live() const { return state != RowState::Absent && state != RowState::Deleted; }
  };
  struct Group {
    boost::container::small_vector<Entry*, 2> entries;
  };

  explicit Rows(const store::TableInfo& table)
      : table_(&table),
        groups_(table.indexes.size()),
        strays_(table.indexes.size()),
        pending_keys_(table.indexes.size()) {}

  /// The row, or nullptr when absent; `known` tells whether that is certain.
  Entry* find(std::int64_t id, bool& known) {
    const auto found = by_id_.find(id);
    known = found != by_id_.end();
    return known && found->second->live() ? found->second.get() : nullptr;
  }
  const Group* group(int index, const store::IndexKey& key) const {
    const auto found = groups_[static_cast<std::size_t>(index)].find(key);
    return found == groups_[static_cast<std::size_t>(index)].end() ? nullptr : &found->second;
  }
  /// No row of this key can be anywhere else yet: it names a row that this command inserts.
  void begin_group(int index, const store::IndexKey& key) {
    const auto [group, fresh] = groups_[static_cast<std::size_t>(index)].try_emplace(key);
    CHECK(fresh || group->second.entries.empty());
  }
  void want(std::int64_t id) { pending_ids_.push_back(id); }
  void want(int index, store::IndexKey key) {
    pending_keys_[static_cast<std::size_t>(index)].push_back(std::move(key));
  }

  Entry& insert(Row row) {
    auto& slot = by_id_[row.id.value];
    if (!slot) slot = std::make_unique<Entry>();
    Entry& entry = *slot;
    CHECK(!entry.live());
    save(entry);
    entry.row = std::move(row);
    entry.state = RowState::Inserted;
    mark(entry);
    if (table_->residency == store::Residency::Written) return entry;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const auto key = table_->indexes[i].key_of(&entry.row);
      const auto found = groups_[i].find(key);
      if (table_->indexes[i].unique == store::Unique::Yes) {
        // Uniqueness is decided here, not by the database: the key must have been asked for, and be free.
        CHECK(found != groups_[i].end() && found->second.entries.empty());
      }
      if (found != groups_[i].end()) {
        found->second.entries.push_back(&entry);
      } else {
        strays_[i][key].push_back(&entry);
      }
    }
    return entry;
  }
  Row& change(Entry& entry) {
    CHECK(entry.live());
    save(entry);
    if (entry.state == RowState::Clean) {
      entry.state = RowState::Updated;
      if constexpr (std::is_trivially_copyable_v<Row>) entry.before = entry.row;
    }
    mark(entry);
    return entry.row;
  }
  void erase(std::int64_t id) {
    const auto found = by_id_.find(id);
    CHECK(found != by_id_.end());
    Entry& entry = *found->second;
    if (!entry.live()) return;
    save(entry);
    leave_groups(entry);
    entry.state = entry.state == RowState::Inserted ? RowState::Absent : RowState::Deleted;
    mark(entry);
  }
  template <auto Member>
  void add(std::int64_t id, std::int64_t amount) {
    const auto found = by_id_.find(id);
    const bool known = found != by_id_.end() && found->second->live();
    if (known && found->second->state != RowState::Clean) {
      change(*found->second).*Member += amount;
      return;
    }
    // The row in memory follows without becoming an update of its own: the delta is what is written.
    const int column = store::detail::column_of<Member>();
    delta_members_[column] = Member;
    touch();
    deltas_[{id, column}] += amount;
    delta_log_.push_back({id, column, amount, known ? &(found->second->row.*Member) : nullptr});
    if (known) found->second->row.*Member += amount;
  }
  std::vector<const Row*> inserted() const {
    std::vector<const Row*> rows;
    for (const auto* entry : dirty_) {
      if (entry->state == RowState::Inserted) rows.push_back(&entry->row);
    }
    return rows;
  }
  const std::vector<Entry*>& dirty() const { return dirty_; }
  /// By how much this batch changes a column, row by row; rows that it does not touch are left out.
  template <auto Member>
  void growth(const std::function<void(std::int64_t id, std::int64_t amount)>& visit) const {
    static_assert(std::is_trivially_copyable_v<Row>);
    const int column = store::detail::column_of<Member>();
    for (const auto* entry : dirty_) {
      if (entry->state == RowState::Inserted) visit(entry->row.id.value, entry->row.*Member);
      if (entry->state == RowState::Updated) visit(entry->row.id.value, entry->row.*Member - entry->before.*Member);
      if (entry->state == RowState::Deleted) visit(entry->row.id.value, -(entry->row.*Member));
    }
    for (const auto& [key, amount] : deltas_) {
      if (key.second == column && amount != 0) visit(key.first, amount);
    }
  }

  void ask(std::vector<store::RowRequest>& requests) override {
    store::RowRequest by_id{table_, {}, -1, {}, [this](const store::RowSource& source) { adopt(source); }};
    for (const auto id : pending_ids_) {
      auto [slot, fresh] = by_id_.try_emplace(id);
      if (!fresh) continue;
      slot->second = std::make_unique<Entry>();
      by_id.ids.push_back(id);
    }
    pending_ids_.clear();
    if (table_->residency == store::Residency::Steady)
      asked_ids_.insert(asked_ids_.end(), by_id.ids.begin(), by_id.ids.end());
    if (!by_id.ids.empty()) requests.push_back(std::move(by_id));
    for (std::size_t i = 0; i < pending_keys_.size(); ++i) ask(requests, i);
  }

  void keep_command() override {
    for (auto& undo : undo_) undo.entry->saved = false;
    undo_.clear();
    delta_log_.clear();
  }

  void undo_command() override {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
      Entry& entry = *undo->entry;
      const bool was_live = entry.live();
      const bool becomes_live = undo->state != RowState::Absent && undo->state != RowState::Deleted;
      if (was_live && !becomes_live) leave_groups(entry);
      if (undo->row) entry.row = std::move(*undo->row);
      entry.state = undo->state;
      entry.saved = false;
      // A row that was only changed kept its place in its groups.
      if (becomes_live && !was_live) join_groups(entry);
    }
    undo_.clear();
    for (const auto& logged : delta_log_) {
      deltas_[{logged.id, logged.column}] -= logged.amount;
      if (logged.in_memory != nullptr) *logged.in_memory -= logged.amount;
    }
    delta_log_.clear();
  }

  void collect(std::vector<store::TableWrites>& writes) override {
    store::TableWrites mine{table_, {}, {}, {}, {}, {}};
    for (const auto* entry : dirty_) {
      switch (entry->state) {
        case RowState::Inserted:
          mine.inserts.push_back(&entry->row);
          break;
        case RowState::Updated:
          mine.updates.push_back(&entry->row);
          break;
        case RowState::Deleted:
          mine.deletes.push_back(entry->row.id.value);
          break;
        case RowState::Absent:
        case RowState::Clean:
          break;
      }
    }
    for (const auto& [key, amount] : deltas_) {
      if (amount != 0 && !is_written_whole(key.first)) mine.deltas.push_back({key.first, key.second, amount});
    }
    if (!mine.inserts.empty() || !mine.updates.empty() || !mine.deletes.empty() || !mine.deltas.empty())
      writes.push_back(std::move(mine));
  }

  void testify(Evidence& evidence) override {
    if (table_->evidence == store::Evidence::None) return;
    for (const auto* entry : dirty_) {
      if (entry->state == RowState::Inserted || entry->state == RowState::Updated)
        evidence.written(*table_, entry->row.id.value, &entry->row);
      if (entry->state == RowState::Deleted) evidence.deleted(*table_, entry->row.id.value);
    }
  }

  void committed() override {
    if (table_->residency == store::Residency::Written) {
      forget();
      return;
    }
    for (auto* entry : dirty_) {
      entry->dirty = false;
      entry->state = entry->live() ? RowState::Clean : RowState::Absent;
    }
    dirty_.clear();
    deltas_.clear();
    for (auto& strays : strays_) strays.clear();
  }

  void forget() override {
    by_id_.clear();
    for (auto& groups : groups_) groups.clear();
    for (auto& strays : strays_) strays.clear();
    pending_ids_.clear();
    for (auto& keys : pending_keys_) keys.clear();
    dirty_.clear();
    undo_.clear();
    deltas_.clear();
    delta_log_.clear();
  }

  bool changes_reference() const override {
    const bool resident = table_->residency == store::Residency::Resident;
    if (!resident && table_->residency != store::Residency::Steady) return false;
    const auto changes = [resident](const Entry* entry) {
      return entry->state != RowState::Absent && (resident || entry->state != RowState::Inserted);
    };
    return !deltas_.empty() || std::any_of(dirty_.begin(), dirty_.end(), changes);
  }

  void trim(bool exclusive, std::size_t most) override {
    forget_absent(exclusive);
    if (table_->residency == store::Residency::Resident) return;
    const bool stale = !exclusive && table_->residency == store::Residency::Passing;
    const bool many_groups =
        std::any_of(groups_.begin(), groups_.end(), [most](const auto& groups) { return groups.size() > most; });
    if (stale || many_groups || by_id_.size() > most) forget();
  }

 private:
  struct Undo {
    Entry* entry;
    RowState state;
    std::optional<Row> row;  // nothing when there was none
  };
  struct LoggedDelta {
    std::int64_t id;
    int column;
    std::int64_t amount;
    std::int64_t* in_memory;
  };

  void ask(std::vector<store::RowRequest>& requests, std::size_t index) {
    auto& wanted = pending_keys_[index];
    if (wanted.empty()) return;
    auto& groups = groups_[index];
    store::RowRequest request{table_, {}, static_cast<int>(index), {}, {}};
    for (auto& key : wanted) {
      const auto [group, fresh] = groups.try_emplace(key);
      if (!fresh) continue;
      // Rows that this batch made already belong to their groups too.
      if (const auto strays = strays_[index].find(key); strays != strays_[index].end()) {
        for (auto* entry : strays->second) {
          if (entry->state == RowState::Inserted) group->second.entries.push_back(entry);
        }
      }
      if (table_->residency == store::Residency::Steady) asked_keys_.emplace_back(index, key);
      request.keys.push_back(std::move(key));
    }
    wanted.clear();
    if (request.keys.empty()) return;
    request.visit = [this, index](const store::RowSource& source) {
      Entry& entry = adopt(source);
      if (entry.live()) groups_[index][table_->indexes[index].key_of(&entry.row)].entries.push_back(&entry);
    };
    requests.push_back(std::move(request));
  }
  /// Another worker may insert into a Steady table unannounced: that a row was not there must not be remembered.
  void forget_absent(bool exclusive) {
    if (!exclusive && table_->residency == store::Residency::Steady) {
      for (const auto id : asked_ids_) {
        const auto found = by_id_.find(id);
        if (found != by_id_.end() && !found->second->live()) by_id_.erase(found);
      }
      for (const auto& [index, key] : asked_keys_) {
        const auto found = groups_[index].find(key);
        if (found != groups_[index].end() && found->second.entries.empty()) groups_[index].erase(found);
      }
    }
    asked_ids_.clear();
    asked_keys_.clear();
  }
  Entry& adopt(const store::RowSource& source) {
    Row row;
    table_->read(&row, source);
    auto& slot = by_id_[row.id.value];
    if (!slot) slot = std::make_unique<Entry>();
    if (slot->state == RowState::Absent && !slot->dirty) {
      slot->row = std::move(row);
      slot->state = RowState::Clean;
      // What this batch added before the row was here.
      for (const auto& [column, member] : delta_members_) {
        const auto delta = deltas_.find({slot->row.id.value, column});
        if (delta != deltas_.end()) slot->row.*member += delta->second;
      }
    }
    return *slot;
  }
  void save(Entry& entry) {
    if (entry.saved) return;
    entry.saved = true;
    touch();
    undo_.push_back({&entry, entry.state, entry.live() ? std::optional<Row>(entry.row) : std::nullopt});
  }
  /// A row that was changed after a delta carries the delta in itself.
  bool is_written_whole(std::int64_t id) const {
    const auto found = by_id_.find(id);
    return found != by_id_.end() && found->second->state != RowState::Clean && found->second->state != RowState::Absent;
  }
  void mark(Entry& entry) {
    if (entry.dirty) return;
    entry.dirty = true;
    dirty_.push_back(&entry);
  }
  void leave_groups(Entry& entry) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const auto found = groups_[i].find(table_->indexes[i].key_of(&entry.row));
      if (found == groups_[i].end()) continue;
      auto& entries = found->second.entries;
      entries.erase(std::remove(entries.begin(), entries.end(), &entry), entries.end());
    }
  }
  void join_groups(Entry& entry) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const auto found = groups_[i].find(table_->indexes[i].key_of(&entry.row));
      if (found != groups_[i].end()) found->second.entries.push_back(&entry);
    }
  }

  const store::TableInfo* table_;
  boost::unordered_flat_map<std::int64_t, std::unique_ptr<Entry>> by_id_;
  std::vector<boost::unordered_flat_map<store::IndexKey, Group, store::IndexKeyHash>> groups_;
  // Rows made by this batch whose groups are not here.
  std::vector<boost::unordered_flat_map<store::IndexKey, std::vector<Entry*>, store::IndexKeyHash>> strays_;
  std::vector<std::int64_t> pending_ids_;
  std::vector<std::int64_t> asked_ids_;                              // in this batch, of a Steady table
  std::vector<std::pair<std::size_t, store::IndexKey>> asked_keys_;  // the same
  std::vector<std::vector<store::IndexKey>> pending_keys_;
  std::vector<Entry*> dirty_;
  std::vector<Undo> undo_;
  boost::unordered_flat_map<std::pair<std::int64_t, int>, std::int64_t> deltas_;
  boost::unordered_flat_map<int, std::int64_t Row::*> delta_members_;  // by column
  std::vector<LoggedDelta> delta_log_;
};

/// What a seal keeps beside the rows, with the same life: undone with a refused command, gone with a failed batch.
template <class T>
concept WorkingPart = std::is_base_of_v<RowsBase, T> && std::is_default_constructible_v<T>;

class WorkingSet {
 public:
  template <WorkingPart Part>
  Part& part() {
    static constexpr char kTag = 0;
    for (auto& [tag, part] : parts_) {
      if (tag == &kTag) return static_cast<Part&>(*part);
    }
    parts_.emplace_back(&kTag, std::make_unique<Part>());
    parts_.back().second->report_to(touched_);
    return static_cast<Part&>(*parts_.back().second);
  }
  template <class Row>
  Rows<Row>& rows(const store::Table<Row>& table) {
    return rows<Row>(table.info());
  }
  template <class Row>
  Rows<Row>& rows(const store::TableInfo& table) {
    const auto slot = static_cast<std::size_t>(table.slot);
    if (slot >= rows_.size()) rows_.resize(slot + 1);
    if (!rows_[slot]) {
      rows_[slot] = std::make_unique<Rows<Row>>(table);
      rows_[slot]->report_to(touched_);
    }
    return static_cast<Rows<Row>&>(*rows_[slot]);
  }
  /// What is wanted and not here yet, for one round of loading.
  std::vector<store::RowRequest> ask() {
    std::vector<store::RowRequest> requests;
    each([&](RowsBase& rows) { rows.ask(requests); });
    return requests;
  }
  /// Loads everything that is wanted, in one round.
  Result<void> load_pending(store::Store& store) {
    const auto requests = ask();
    return requests.empty() ? Result<void>() : store.load(requests);
  }
  /// What the command wrote stays, or is taken back.
  void keep_command() {
    for_touched([](RowsBase& rows) { rows.keep_command(); });
  }
  void undo_command() {
    for_touched([](RowsBase& rows) { rows.undo_command(); });
  }
  template <class Visit>
  void each(Visit visit) {
    for (auto& rows : rows_) {
      if (rows) visit(*rows);
    }
    for (auto& [tag, part] : parts_) visit(*part);
  }

 private:
  template <class Visit>
  void for_touched(Visit visit) {
    for (auto* rows : touched_) {
      visit(*rows);
      rows->is_touched_ = false;
    }
    touched_.clear();
  }

  Touched touched_;
  std::vector<std::unique_ptr<RowsBase>> rows_;
  std::vector<std::pair<const void*, std::unique_ptr<RowsBase>>> parts_;
};

}  // namespace feiqian::engine
