#include "engine/evidence.h"

#include <algorithm>

#include "foundation/bytes.h"

namespace feiqian::engine {
namespace {

constexpr std::size_t kRecordBytes = 1 + 8 + kRowDigestBytes;

class CanonicalSink final : public store::RowSink {
 public:
  explicit CanonicalSink(std::string& bytes) : bytes_(&bytes) {}
  void integer(std::int64_t value) override {
    begin('i');
    put_int64(*bytes_, value);
  }
  void text(std::string_view value) override { put('t', value); }
  void blob(std::string_view value) override { put('b', value); }
  void null() override { ++nulls_; }

 private:
  void begin(char letter) {
    bytes_->append(std::exchange(nulls_, 0), 'n');
    *bytes_ += letter;
  }
  void put(char letter, std::string_view value) {
    begin(letter);
    put_int32(*bytes_, static_cast<std::int32_t>(value.size()));
    *bytes_ += value;
  }
  std::string* bytes_;
  std::size_t nulls_ = 0;  // since the last value
};

}  // namespace

RowDigest RowDigester::digest(const store::TableInfo& table, const void* row) {
  bytes_.clear();
  CanonicalSink sink(bytes_);
  table.write(row, sink);
  return finish();
}

RowDigest RowDigester::digest(const store::TableInfo& table, const store::RowSource& source) {
  bytes_.clear();
  CanonicalSink sink(bytes_);
  for (int column = 0; column < static_cast<int>(table.columns.size()); ++column) {
    const auto type = table.columns[static_cast<std::size_t>(column)].type;
    if (source.is_null(column)) {
      sink.null();
    } else if (type == store::ColumnType::Integer) {
      sink.integer(source.integer(column));
    } else if (type == store::ColumnType::Text) {
      sink.text(source.text(column));
    } else {
      sink.blob(source.blob(column));
    }
  }
  return finish();
}

RowDigest RowDigester::finish() {
  sha256_.update(bytes_);
  std::array<char, 32> whole{};
  sha256_.finish_into(whole.data());
  RowDigest digest{};
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

void Evidence::written(const store::TableInfo& table, std::int64_t id, const void* row) {
  add(table, id, digester_.digest(table, row));
}

void Evidence::deleted(const store::TableInfo& table, std::int64_t id) {
  add(table, id, RowDigest{});
}

void Evidence::add(const store::TableInfo& table, std::int64_t id, const RowDigest& digest) {
  bytes_ += static_cast<char>(table.evidence);
  put_int64(bytes_, id);
  bytes_.append(digest.data(), digest.size());
}

bool read_evidence(std::string_view bytes, const std::function<void(const Testimony&)>& visit) {
  if (bytes.size() % kRecordBytes != 0) return false;
  for (; !bytes.empty(); bytes.remove_prefix(kRecordBytes)) {
    Testimony testimony{static_cast<store::Evidence>(bytes[0]), get_int64(bytes.substr(1)), {}};
    std::copy_n(bytes.begin() + 9, kRowDigestBytes, testimony.digest.begin());
    visit(testimony);
  }
  return true;
}

}  // namespace feiqian::engine
