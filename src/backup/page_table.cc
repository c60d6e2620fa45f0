#include "backup/page_table.h"

#include <cstring>

#include "crypto/digest.h"
#include "foundation/check.h"
#include "foundation/text.h"

namespace feiqian::backup {

bool PageTable::update(std::int64_t number, std::string_view page) {
  CHECK(number > 0);
  const auto at = static_cast<std::size_t>(number - 1);
  if (at >= entries_.size()) entries_.resize(at + 1);
  const auto digest = crypto::sha256(page);
  Entry entry;
  std::memcpy(entry.data(), digest.data(), entry.size());
  if (entries_[at] == entry) return false;
  entries_[at] = entry;
  return true;
}

void PageTable::resize(std::int64_t page_count) {
  entries_.resize(static_cast<std::size_t>(page_count));
}

std::string PageTable::digest() const {
  return to_hex(crypto::sha256(bytes()));
}

std::string PageTable::bytes() const {
  return entries_.empty() ? std::string() : std::string(entries_.front().data(), entries_.size() * sizeof(Entry));
}

PageTable PageTable::from_bytes(std::string_view bytes) {
  PageTable table;
  table.entries_.resize(bytes.size() / sizeof(Entry));
  if (!table.entries_.empty())
    std::memcpy(table.entries_.front().data(), bytes.data(), table.entries_.size() * sizeof(Entry));
  return table;
}

}  // namespace feiqian::backup
