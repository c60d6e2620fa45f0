// Files that are whole or not there: written beside, synced, renamed, and the directory synced.
#pragma once

#include <string>
#include <string_view>

#include "foundation/result.h"

namespace feiqian::backup::detail {

/// A new file of mode 0600 at `path` + ".tmp" until `publish`. An unpublished file is removed.
class NewFile {
 public:
  static Result<NewFile> create(const std::string& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  Result<void> write(std::string_view bytes);
  Result<void> write_at(std::int64_t offset, std::string_view bytes);
  Result<void> resize(std::int64_t bytes);
  Result<void> publish();

 private:
  NewFile(std::string path, int file) : path_(std::move(path)), file_(file) {}
  Error failed() const;
  std::string path_;
  int file_;
};

Result<void> write_file(const std::string& path, std::string_view content);
Result<std::string> read_file(const std::string& path);
Result<void> make_private_directory(const std::string& path);
Result<void> sync_directory(const std::string& path);

}  // namespace feiqian::backup::detail
