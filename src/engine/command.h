// Commands. A command is a plain struct with everything its decision needs:
//
//   struct ClosePayment {
//     using Reply = PaymentView;
//     PaymentId payment;
//     void load(engine::Load& load) const;                        // which rows? Called again until nothing new is
//     asked for. Result<Reply> decide(engine::Decision& decision) const;     // pure: rows, command and context in;
//     rows and tasks out
//   };
//
// `load` names rows by key; a later round may depend on what an earlier one brought. `decide` does no I/O, reads no
// clock, draws no random number, takes no lock. It may use only rows that `load` asked for. An error undoes whatever it
// wrote.
#pragma once

#include <boost/container/small_vector.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/parameters.h"
#include "engine/tables.h"
#include "engine/working_set.h"
#include "foundation/strong_id.h"

namespace feiqian::engine {

struct Context {
  Timestamp now;
  Date accounting_date;
  const Parameters* parameters;
  std::int64_t batch_number = 0;
  int chain = 0;  ///< of this worker's batches

  std::int64_t parameter(std::string_view name) const { return parameters->value(name, accounting_date); }
};

/// Rows of one key: mostly few.
template <class Row>
using RowList = boost::container::small_vector<const Row*, 6>;

class Load {
 public:
  /// With `direct`, what is not here yet is read at once; without, it is only asked for, and the load comes again.
  Load(WorkingSet& rows, const Context& context, store::Store* direct)
      : rows_(&rows), context_(&context), direct_(direct) {}

  /// The row once it is loaded; nullptr before, and when there is none.
  template <class Row>
  const Row* get(const store::Table<Row>& table, decltype(Row::id) id) {
    if (!id) return nullptr;
    auto& rows = rows_->rows(table);
    bool known = false;
    const auto* entry = rows.find(id.value, known);
    if (!known) {
      rows.want(id.value);
      if (fetch()) entry = rows.find(id.value, known);
    }
    return entry == nullptr ? nullptr : &entry->row;
  }
  template <auto... Members, class... Values>
  RowList<typename store::Index<Members...>::Row> all(const store::Index<Members...>& index, const Values&... values) {
    RowList<typename store::Index<Members...>::Row> result;
    if (const auto* group = find(index, values...)) {
      for (const auto* entry : group->entries) result.push_back(&entry->row);
    }
    return result;
  }
  template <auto... Members, class... Values>
  const typename store::Index<Members...>::Row* first(const store::Index<Members...>& index, const Values&... values) {
    const auto* group = find(index, values...);
    return group == nullptr || group->entries.empty() ? nullptr : &group->entries.front()->row;
  }
  const Context& context() const { return *context_; }
  /// Everything that was asked for is here.
  bool complete() const { return complete_; }
  /// What a direct read said when it failed.
  const Result<void>& read() const { return read_; }

 private:
  /// False when the row is not here now.
  bool fetch() {
    if (direct_ == nullptr || !read_) {
      complete_ = false;
      return false;
    }
    read_ = rows_->load_pending(*direct_);
    if (!read_) complete_ = false;
    return read_.ok();
  }
  template <auto... Members, class... Values>
  auto find(const store::Index<Members...>& index, const Values&... values) {
    auto& rows = rows_->rows<typename store::Index<Members...>::Row>(index.table());
    auto key = index.key(values...);
    const auto* group = rows.group(index.position(), key);
    if (group == nullptr) {
      rows.want(index.position(), key);
      if (fetch()) group = rows.group(index.position(), key);
    }
    return group;
  }

  WorkingSet* rows_;
  const Context* context_;
  store::Store* direct_;
  bool complete_ = true;
  Result<void> read_;
};

class Decision {
 public:
  Decision(WorkingSet& rows, IdGenerator& ids, const Context& context) : context(context), rows_(&rows), ids_(&ids) {}

  const Context& context;  // NOLINT(readability-identifier-naming)

  template <class Row>
  const Row* get(const store::Table<Row>& table, decltype(Row::id) id) {
    bool known = false;
    const auto* entry = rows_->rows(table).find(id.value, known);
    CHECK(known || !id);
    return entry == nullptr ? nullptr : &entry->row;
  }
  /// For seals, which check what decisions wrote: nullptr also when nobody asked for the row.
  template <class Row>
  const Row* peek(const store::Table<Row>& table, decltype(Row::id) id) {
    bool known = false;
    const auto* entry = rows_->rows(table).find(id.value, known);
    return entry == nullptr ? nullptr : &entry->row;
  }
  template <auto... Members, class... Values>
  RowList<typename store::Index<Members...>::Row> all(const store::Index<Members...>& index, const Values&... values) {
    using Row = typename store::Index<Members...>::Row;
    const auto* group = rows_->rows<Row>(index.table()).group(index.position(), index.key(values...));
    CHECK(group != nullptr);
    RowList<Row> result;
    for (const auto* entry : group->entries) result.push_back(&entry->row);
    return result;
  }
  template <auto... Members, class... Values>
  const typename store::Index<Members...>::Row* first(const store::Index<Members...>& index, const Values&... values) {
    const auto* group = rows_->rows<typename store::Index<Members...>::Row>(index.table())
                            .group(index.position(), index.key(values...));
    CHECK(group != nullptr);
    return group->entries.empty() ? nullptr : &group->entries.front()->row;
  }
  /// The rows that will belong to a row inserted now: there are none, and none need to be looked for.
  template <auto... Members, class... Values>
  void begin_group(const store::Index<Members...>& index, const Values&... values) {
    rows_->rows<typename store::Index<Members...>::Row>(index.table())
        .begin_group(index.position(), index.key(values...));
  }
  template <class Row>
  const Row& insert(const store::Table<Row>& table, Row row) {
    return rows_->rows(table).insert(std::move(row)).row;
  }
  /// For changing; columns of indexes must stay as they are.
  template <class Row>
  Row& change(const store::Table<Row>& table, decltype(Row::id) id) {
    auto& rows = rows_->rows(table);
    bool known = false;
    auto* entry = rows.find(id.value, known);
    CHECK(entry != nullptr);
    return rows.change(*entry);
  }
  template <class Row>
  void erase(const store::Table<Row>& table, decltype(Row::id) id) {
    rows_->rows(table).erase(id.value);
  }
  template <auto Member, class Row>
  void add(const store::Table<Row>& table, decltype(Row::id) id, std::int64_t amount) {
    rows_->rows(table).template add<Member>(id.value, amount);
  }
  template <class Row>
  std::vector<const Row*> inserted(const store::Table<Row>& table) {
    return rows_->rows(table).inserted();
  }
  /// See Rows::growth.
  template <auto Member, class Row>
  void growth(const store::Table<Row>& table, const std::function<void(std::int64_t id, std::int64_t amount)>& visit) {
    rows_->rows(table).template growth<Member>(visit);
  }
  /// What a seal keeps beside the rows.
  template <WorkingPart Part>
  Part& part() {
    return rows_->part<Part>();
  }
  template <class Id>
  Id new_id(int shard = 0) {
    return Id{ids_->next(context.now, shard)};
  }

  /// Takes back everything this command wrote so far.
  void undo() { rows_->undo_command(); }

  /// Puts outgoing work into this commit.
  TaskId enqueue(std::string kind, std::int64_t subject, std::int64_t lane, Timestamp due_at) {
    const auto id = new_id<TaskId>(shard_of(subject));
    insert(kTasks, TaskRow{id, std::move(kind), subject, lane, context.chain, due_at, 0, context.now});
    return id;
  }
  /// The task's row must have been loaded; one that is gone already is left alone.
  void finish_task(TaskId id) {
    if (id && get(kTasks, id) != nullptr) erase(kTasks, id);
  }
  void reschedule_task(TaskId id, Timestamp due_at) {
    auto& task = change(kTasks, id);
    task.due_at = due_at;
    task.chain = context.chain;
    ++task.tries;
  }

 private:
  WorkingSet* rows_;
  IdGenerator* ids_;
};

// Instantiated once, in rows.cc.
extern template class Rows<BatchRow>;
extern template class Rows<WorkerRow>;
extern template class Rows<ReferenceVersionRow>;
extern template class Rows<TaskRow>;
extern template class Rows<IdempotencyRow>;

}  // namespace feiqian::engine
