// The seam between the engine and a database: load rows by keys, set at a time; flush one batch in one commit; read
// beside it. `sqlite_store.h` implements it on a file, `postgres_store.h` on the PostgreSQL protocol.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "foundation/result.h"
#include "store/errors.h"
#include "store/table.h"

namespace feiqian::store {

using RowVisitor = std::function<void(const RowSource&)>;

/// `column` of row `id` grows by `amount`: for rows that many workers change and nobody needs to read first.
struct Delta {
  std::int64_t id;
  int column;
  std::int64_t amount;
};

/// A row that is written only while `column` still holds `expected`; when it does not, the whole batch is refused with
/// errors::kStoreConflict. Not for exclusive stores, where what was loaded still holds.
struct GuardedUpdate {
  const void* row;
  int column;
  std::int64_t expected;
};

struct TableWrites {
  const TableInfo* table;
  std::vector<const void*> inserts;
  std::vector<const void*> updates;
  std::vector<std::int64_t> deletes;
  std::vector<Delta> deltas;
  std::vector<GuardedUpdate> guarded{};
};

using Value = std::variant<std::int64_t, std::string>;

/// A read: conditions on columns, all of which must hold, newest or oldest first by id.
struct Selection {
  struct Condition {
    int column;
    enum class Operator { Equal, Less, LessOrEqual, Greater, GreaterOrEqual } op;
    Value value;
  };
  const TableInfo* table;
  std::vector<Condition> conditions;
  bool newest_first = true;
  std::int64_t limit = 100;
  std::optional<int> shard{};  ///< only rows of that shard
};

/// Read-only access. One thread at a time; never waits for the writer.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<void> select(const Selection& selection, const RowVisitor& visit) = 0;
  /// Everything read until `end_snapshot` shows one moment.
  virtual Result<void> begin_snapshot() = 0;
  virtual void end_snapshot() = 0;
  /// True: rows lie by shard, and within one shard only are they read in order of id without sorting.
  virtual bool by_shard() const { return false; }
};

/// Rows of one table that a batch needs: by ids, or by keys of one index (then in order of id within a key). No id and
/// no key comes twice in one batch.
struct RowRequest {
  const TableInfo* table;
  std::vector<std::int64_t> ids;
  int index = -1;  ///< position in `table->indexes`; -1: by `ids`
  std::vector<IndexKey> keys;
  RowVisitor visit;
  bool for_change = true;  ///< false: even Passing rows are only looked at, not locked
};

/// The writer's side: one batch after the other, each `load`… then `flush` or `abandon`. One thread.
class Store {
 public:
  virtual ~Store() = default;
  /// True: nobody else writes, and what was loaded stays true from batch to batch.
  virtual bool exclusive() const = 0;
  /// One round of a batch, set at a time; the first round begins the batch. Where others write too, Passing rows are
  /// locked until the batch ends, in the order (shard, id) within a round.
  /// errors::kStoreConflict: the batch is gone and nothing happened; do it again.
  virtual Result<void> load(std::span<const RowRequest> requests) = 0;
  /// All or nothing, durable when it returns. Deletes, inserts, updates, deltas, table by table.
  /// RetrySafe error: nothing happened (kStoreConflict: another worker came first). OutcomeUnknown: the commit itself
  /// failed; call `reopen` and look.
  virtual Result<void> flush(std::span<const TableWrites> writes) = 0;
  /// Ends a batch that writes nothing.
  virtual void abandon() = 0;
  virtual Result<void> reopen() = 0;
  virtual Result<std::unique_ptr<Reader>> open_reader() = 0;
};

/// Typed reading.
template <class Row>
class Query {
 public:
  explicit Query(const Table<Row>& table) : selection_{&table.info(), {}, true, 100, {}} {}

  template <auto Member>
  Query& where(Selection::Condition::Operator op, const typename detail::MemberOf<decltype(Member)>::Value& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (detail::column_type<T>() == ColumnType::Text) {
      if constexpr (detail::HasCode<T>) {
        selection_.conditions.push_back({detail::column_of<Member>(), op, std::string(value.code())});
      } else {
        selection_.conditions.push_back({detail::column_of<Member>(), op, value});
      }
    } else if constexpr (detail::IsOptional<T>::value) {
      selection_.conditions.push_back({detail::column_of<Member>(), op, detail::to_integer(value.value())});
    } else {
      selection_.conditions.push_back({detail::column_of<Member>(), op, detail::to_integer(value)});
    }
    return *this;
  }
  template <auto Member>
  Query& equal(const typename detail::MemberOf<decltype(Member)>::Value& value) {
    return where<Member>(Selection::Condition::Operator::Equal, value);
  }
  Query& oldest_first() {
    selection_.newest_first = false;
    return *this;
  }
  Query& in_shard(int shard) {
    selection_.shard = shard;
    return *this;
  }
  Query& limit(std::int64_t most) {
    selection_.limit = most;
    return *this;
  }

  Result<std::vector<Row>> run(Reader& reader) const {
    std::vector<Row> rows;
    TRY(reader.select(selection_,
                      [&](const RowSource& source) { selection_.table->read(&rows.emplace_back(), source); }));
    return rows;
  }
  /// One by one, without holding them all.
  Result<void> visit(Reader& reader, const std::function<void(const Row&)>& visit) const {
    return reader.select(selection_, [&](const RowSource& source) {
      Row row;
      selection_.table->read(&row, source);
      visit(row);
    });
  }
  Result<std::optional<Row>> first(Reader& reader) const {
    Query one = *this;
    auto rows = TRY(one.limit(1).run(reader));
    if (rows.empty()) return std::optional<Row>();
    return std::optional<Row>(std::move(rows.front()));
  }

 private:
  Selection selection_;
};

}  // namespace feiqian::store
