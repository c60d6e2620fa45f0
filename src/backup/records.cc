#include "backup/records.h"

#include <optional>

namespace feiqian::backup {
namespace {

std::string big_endian(std::int64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

/// Takes bytes from the front; nothing once they do not suffice.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  bool at_end() const { return bytes_.empty(); }
  std::optional<std::string_view> take(std::int64_t size) {
    if (size < 0 || static_cast<std::uint64_t>(size) > bytes_.size()) return std::nullopt;
    const auto taken = bytes_.substr(0, static_cast<std::size_t>(size));
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::optional<std::int64_t> integer() {
    const auto bytes = take(8);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (const char byte : *bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(value);
  }

 private:
  std::string_view bytes_;
};

bool visit_page(Cursor& cursor, std::int64_t page_size, const RecordVisitor& visitor) {
  const auto number = cursor.integer();
  const auto page = cursor.take(page_size);
  return number && page && visitor.page(*number, *page);
}

bool visit_file(Cursor& cursor, const RecordVisitor& visitor) {
  const auto name = cursor.take(cursor.integer().value_or(-1));
  const auto content = cursor.take(cursor.integer().value_or(-1));
  return name && content && visitor.file(*name, *content);
}

}  // namespace

std::string page_record(std::int64_t number, std::string_view page) {
  return "P" + big_endian(number) + std::string(page);
}

std::string file_record(std::string_view name, std::string_view content) {
  return "F" + big_endian(static_cast<std::int64_t>(name.size())) + std::string(name) +
         big_endian(static_cast<std::int64_t>(content.size())) + std::string(content);
}

bool visit_records(std::string_view bytes, std::int64_t page_size, const RecordVisitor& visitor) {
  Cursor cursor(bytes);
  while (!cursor.at_end()) {
    const auto kind = cursor.take(1);
    if (*kind == "P" ? !visit_page(cursor, page_size, visitor) : *kind != "F" || !visit_file(cursor, visitor))
      return false;
  }
  return true;
}

}  // namespace feiqian::backup
