// Progress of a verification as bytes, and the file that keeps it. The file is written beside, synced and renamed; its
// last 32 bytes are the SHA-256 of the others.
#pragma once

#include <string>
#include <string_view>

#include "foundation/bytes.h"
#include "foundation/result.h"

namespace feiqian::ledger::detail {

class ProgressWriter {
 public:
  void put(std::int64_t value) { put_int64(bytes_, value); }
  void put_unsigned(std::uint64_t value) { put(static_cast<std::int64_t>(value)); }
  void put_wide(__int128 value) {
    put_unsigned(static_cast<std::uint64_t>(value));
    put(static_cast<std::int64_t>(value >> 64));
  }
  void put_text(std::string_view text) {
    put(static_cast<std::int64_t>(text.size()));
    bytes_ += text;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// After a read beyond the end everything reads as nothing and `ok` is false.
class ProgressReader {
 public:
  explicit ProgressReader(std::string_view bytes) : rest_(bytes) {}
  std::int64_t take() {
    const auto bytes = take_bytes(8);
    return bytes.empty() ? 0 : get_int64(bytes);
  }
  std::uint64_t take_unsigned() { return static_cast<std::uint64_t>(take()); }
  __int128 take_wide() {
    const auto low = take_unsigned();
    return static_cast<__int128>(take()) << 64 | low;
  }
  std::string take_text() { return std::string(take_bytes(static_cast<std::size_t>(take()))); }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take_bytes(std::size_t count) {
    ok_ = ok_ && count <= rest_.size();
    const auto taken = ok_ ? rest_.substr(0, count) : std::string_view();
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest_;
  bool ok_ = true;
};

/// errors::kFileUnusable.
Result<void> write_progress(const std::string& path, std::string_view bytes);
/// Empty when there is no file. errors::kVerifyProgress when it is not whole.
Result<std::string> read_progress(const std::string& path);

}  // namespace feiqian::ledger::detail
