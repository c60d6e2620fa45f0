// Tables from described structs. A row is a plain struct described with BOOST_DESCRIBE_STRUCT; its members, in order,
// are the columns, the first is the key `id`. One definition gives DDL, insert, update, select and the typed access of
// commands.
//
//   struct StoreRow { StoreId id; MerchantId merchant_id; std::string name; };
//   BOOST_DESCRIBE_STRUCT(StoreRow, (), (id, merchant_id, name))
//   inline const Table<StoreRow> kStores{"store"};
//   inline const Index<&StoreRow::merchant_id> kStoresByMerchant{kStores, "store_by_merchant", Unique::No};
//
// Columns: int64/int32, bool, enums, StrongId, Timestamp (µs), Date (yyyymmdd) → INTEGER; std::string → TEXT; Blob →
// BLOB; Currency → TEXT; std::optional of these → nullable. Columns of an index never change after insertion. Tables
// are constants made before main.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "foundation/check.h"
#include "foundation/strong_id.h"
#include "foundation/time.h"

namespace feiqian::store {

struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

enum class ColumnType { Integer, Text, Blob };
enum class Unique { No, Yes };
/// What the engine may keep in memory from batch to batch. Where several workers write:
///   Passing   loaded and locked by each batch that uses it
///   Resident  reference data that every command reads: kept, never locked, dropped when reference data changed
///   Steady    like Resident, but there may be millions: dropped too when there are too many
///   Written   only ever inserted and never asked for by commands: dropped with the commit
enum class Residency { Passing, Resident, Steady, Written };

/// The number under which a table of money appears in the evidence of batches (engine/evidence.h); None: not there.
/// Numbers are never given twice.
enum class Evidence : std::uint8_t {
  None = 0,
  Payment = 1,
  Refund = 2,
  Account = 3,
  Contract = 4,
  FeeRule = 5,
  Reversal = 6,
  Hold = 7,
  Parameter = 8,
  Channel = 9,
  Event = 10,
  Page = 11,
  Head = 12
};

/// Receives a row's values in column order.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void integer(std::int64_t value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void blob(std::string_view value) = 0;
  virtual void null() = 0;
};

/// Gives a row's values by column position, from 0.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual std::string_view blob(int column) const = 0;
};

struct ColumnInfo {
  std::string name;
  ColumnType type;
  bool nullable;
};

/// Values of an index's columns: at most two integers, then at most one text.
struct IndexKey {
  std::array<std::int64_t, 2> integers{};
  std::uint8_t integer_count = 0;
  bool has_text = false;
  std::string text;
  friend bool operator==(const IndexKey&, const IndexKey&) = default;
};

struct IndexKeyHash {
  std::size_t operator()(const IndexKey& key) const noexcept {
    std::size_t hash = std::hash<std::string_view>{}(key.text);
    for (const auto value : key.integers) hash = (hash ^ static_cast<std::size_t>(value)) * 0x9e3779b97f4a7c15ULL;
    return hash ^ (hash >> 32);
  }
};

/// Rows are found by shard and key. The shard of a row's id is that of the id in one of the index's columns.
enum class ShardFrom : std::int8_t { Nothing = -1, First = 0, Second = 1 };

struct IndexInfo {
  std::string name;
  std::vector<int> columns;
  Unique unique;
  ShardFrom shard_from;  ///< which column of the index; Nothing: rows of this table have shard 0
  IndexKey (*key_of)(const void* row);
};

/// The shard in which the rows of a key are.
inline int shard_of_key(const IndexInfo& index, const IndexKey& key) {
  return index.shard_from == ShardFrom::Nothing ? 0
                                                : shard_of(key.integers[static_cast<std::size_t>(index.shard_from)]);
}

struct TableInfo {
  std::string name;
  std::string_view id_prefix;  ///< of its ids in text
  std::vector<ColumnInfo> columns;
  Residency residency;
  Evidence evidence;
  void (*write)(const void* row, RowSink& sink);
  void (*read)(void* row, const RowSource& source);
  mutable std::vector<IndexInfo> indexes;
  int slot;  ///< position in `all_tables`
};

/// Every table of the program, in order of construction.
const std::vector<const TableInfo*>& all_tables();
int register_table(const TableInfo* table);

namespace detail {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsStrongId : std::false_type {};
template <class T>
struct IsStrongId<StrongId<T>> : std::true_type {};
template <class T>
concept HasCode = requires(const T& t) {
  { t.code() } -> std::convertible_to<std::string_view>;
  T::parse(std::string_view());
};

template <class T>
constexpr ColumnType column_type() {
  if constexpr (IsOptional<T>::value) {
    return column_type<typename T::value_type>();
  } else if constexpr (std::is_same_v<T, std::string> || HasCode<T>) {
    return ColumnType::Text;
  } else if constexpr (std::is_same_v<T, Blob>) {
    return ColumnType::Blob;
  } else {
    return ColumnType::Integer;
  }
}

template <class T>
std::int64_t to_integer(const T& value) {
  if constexpr (IsStrongId<T>::value) {
    return value.value;
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    return value.us;
  } else if constexpr (std::is_same_v<T, Date>) {
    return value.yyyymmdd;
  } else {
    return static_cast<std::int64_t>(value);
  }
}

template <class T>
T from_integer(std::int64_t value) {
  if constexpr (IsStrongId<T>::value || std::is_same_v<T, Timestamp>) {
    return T{value};
  } else if constexpr (std::is_same_v<T, Date>) {
    return T{static_cast<std::int32_t>(value)};
  } else {
    return static_cast<T>(value);
  }
}

template <class T>
void write_value(const T& value, RowSink& sink) {
  if constexpr (IsOptional<T>::value) {
    if (value) {
      write_value(*value, sink);
    } else {
      sink.null();
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    sink.text(value);
  } else if constexpr (std::is_same_v<T, Blob>) {
    sink.blob(value.bytes);
  } else if constexpr (HasCode<T>) {
    sink.text(value.code());
  } else {
    sink.integer(to_integer(value));
  }
}

template <class T>
void read_value(T& value, const RowSource& source, int column) {
  if constexpr (IsOptional<T>::value) {
    if (source.is_null(column)) {
      value.reset();
    } else {
      read_value(value.emplace(), source, column);
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = source.text(column);
  } else if constexpr (std::is_same_v<T, Blob>) {
    value.bytes = source.blob(column);
  } else if constexpr (HasCode<T>) {
    auto parsed = T::parse(source.text(column));
    CHECK(parsed.ok());
    value = parsed.value();
  } else {
    value = from_integer<T>(source.integer(column));
  }
}

template <class Row>
using Members = boost::describe::describe_members<Row, boost::describe::mod_public>;

template <class Row>
void write_row(const void* untyped, RowSink& sink) {
  const auto& row = *static_cast<const Row*>(untyped);
  boost::mp11::mp_for_each<Members<Row>>([&](auto member) { write_value(row.*member.pointer, sink); });
}

template <class Row>
void read_row(void* untyped, const RowSource& source) {
  auto& row = *static_cast<Row*>(untyped);
  int column = 0;
  boost::mp11::mp_for_each<Members<Row>>([&](auto member) { read_value(row.*member.pointer, source, column++); });
}

template <class Row>
std::vector<ColumnInfo> columns_of() {
  std::vector<ColumnInfo> columns;
  boost::mp11::mp_for_each<Members<Row>>([&](auto member) {
    using Value = std::remove_cvref_t<decltype(std::declval<Row&>().*member.pointer)>;
    columns.push_back({member.name, column_type<Value>(), IsOptional<Value>::value});
  });
  return columns;
}

template <class>
struct MemberOf;
template <class RowType, class ValueType>
struct MemberOf<ValueType RowType::*> {
  using Row = RowType;
  using Value = ValueType;
};

template <auto Member>
int column_of() {
  using Row = typename MemberOf<decltype(Member)>::Row;
  int column = 0;
  int found = -1;
  boost::mp11::mp_for_each<Members<Row>>([&](auto member) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member.pointer)>, decltype(Member)>) {
      if (member.pointer == Member) found = column;
    }
    ++column;
  });
  CHECK(found >= 0);
  return found;
}

template <class T>
void add_to_key(IndexKey& key, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    key.text = value;
    key.has_text = true;
  } else if constexpr (HasCode<T>) {
    key.text = value.code();
    key.has_text = true;
  } else {
    CHECK(key.integer_count < 2 && !key.has_text);
    key.integers[key.integer_count++] = to_integer(value);
  }
}

}  // namespace detail

template <class RowType>
class Table {
 public:
  using Row = RowType;
  using Id = decltype(Row::id);

  explicit Table(std::string name, Residency residency = Residency::Passing, Evidence evidence = Evidence::None)
      : info_{std::move(name),
              Id::TagType::kPrefix,
              detail::columns_of<Row>(),
              residency,
              evidence,
              &detail::write_row<Row>,
              &detail::read_row<Row>,
              {},
              0} {
    info_.slot = register_table(&info_);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const TableInfo& info() const { return info_; }

 private:
  TableInfo info_;
};

template <auto First, auto... Rest>
class Index {
 public:
  using Row = typename detail::MemberOf<decltype(First)>::Row;

  Index(const Table<Row>& table, std::string name, Unique unique, ShardFrom shard_from = ShardFrom::First)
      : table_(&table.info()) {
    position_ = static_cast<int>(table_->indexes.size());
    table_->indexes.push_back(
        {std::move(name), {detail::column_of<First>(), detail::column_of<Rest>()...}, unique, shard_from, &key_of_row});
  }

  const TableInfo& table() const { return *table_; }
  int position() const { return position_; }

  IndexKey key(const typename detail::MemberOf<decltype(First)>::Value& first,
               const typename detail::MemberOf<decltype(Rest)>::Value&... rest) const {
    IndexKey key;
    detail::add_to_key(key, first);
    (detail::add_to_key(key, rest), ...);
    return key;
  }

 private:
  static IndexKey key_of_row(const void* untyped) {
    const auto& row = *static_cast<const Row*>(untyped);
    IndexKey key;
    detail::add_to_key(key, row.*First);
    (detail::add_to_key(key, row.*Rest), ...);
    return key;
  }
  const TableInfo* table_;
  int position_ = 0;
};

}  // namespace feiqian::store
