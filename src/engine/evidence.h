// Evidence: what a batch leaves in its record about every row of a table of money that it wrote, so that `verify` can
// name a row that was changed, added or removed behind the platform's back.
//
// Bytes, one record a row, in the order of writing:
//   table   1 byte, store::Evidence
//   id      8 bytes, big-endian
//   digest  16 bytes: the beginning of SHA-256 over the row's canonical bytes; all zero: the row was deleted
//
// Canonical bytes of a row: its columns in order, each a letter and a value: `i` 8 bytes big-endian; `t` or `b` the
// length in 4 bytes big-endian and the bytes; `n` for null. Nulls at the end are left out: a nullable column that a
// later version adds at the end changes nothing for rows that do not use it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/digest.h"
#include "store/table.h"

namespace feiqian::engine {

inline constexpr std::size_t kRowDigestBytes = 16;
using RowDigest = std::array<char, kRowDigestBytes>;

class RowDigester {
 public:
  RowDigest digest(const store::TableInfo& table, const void* row);
  /// Of a row as a reader gives it.
  RowDigest digest(const store::TableInfo& table, const store::RowSource& source);

 private:
  RowDigest finish();
  crypto::Sha256 sha256_;
  std::string bytes_;
};

class Evidence {
 public:
  void written(const store::TableInfo& table, std::int64_t id, const void* row);
  void deleted(const store::TableInfo& table, std::int64_t id);
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  void add(const store::TableInfo& table, std::int64_t id, const RowDigest& digest);
  RowDigester digester_;
  std::string bytes_;
};

struct Testimony {
  store::Evidence table;
  std::int64_t id;
  RowDigest digest;
  bool deleted() const { return digest == RowDigest{}; }
};
/// False when the bytes are not a whole number of records.
bool read_evidence(std::string_view bytes, const std::function<void(const Testimony&)>& visit);

}  // namespace feiqian::engine
