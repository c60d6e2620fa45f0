// One digest a page: what tells changed pages from unchanged ones. 16 bytes of SHA-256; a page that is not stored (the
// one SQLite keeps for locks) counts as zeros.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace feiqian::backup {

class PageTable {
 public:
  /// Remembers the page; false when it was known to be just so. Pages count from 1.
  bool update(std::int64_t number, std::string_view page);
  void resize(std::int64_t page_count);
  std::int64_t page_count() const { return static_cast<std::int64_t>(entries_.size()); }

  /// SHA-256 over all entries, hex: names the whole image.
  std::string digest() const;
  std::string bytes() const;
  static PageTable from_bytes(std::string_view bytes);

 private:
  using Entry = std::array<char, 16>;
  std::vector<Entry> entries_;
};

}  // namespace feiqian::backup
