// What a data file holds, one record after another:
//
//   page = "P" ‖ number (8 bytes, big endian) ‖ the page
//   file = "F" ‖ length of name (8) ‖ name ‖ length of content (8) ‖ content
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace feiqian::backup {

std::string page_record(std::int64_t number, std::string_view page);
/// A file of the data directory beside the database, its name relative to it.
std::string file_record(std::string_view name, std::string_view content);

struct RecordVisitor {
  std::function<bool(std::int64_t number, std::string_view page)> page;
  std::function<bool(std::string_view name, std::string_view content)> file;
};
/// False when the bytes are not whole records, or a visitor says so.
bool visit_records(std::string_view bytes, std::int64_t page_size, const RecordVisitor& visitor);

}  // namespace feiqian::backup
