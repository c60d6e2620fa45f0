// Deflated bytes (RFC 1950) and ZIP archives, as providers wrap their statements. Small files, whole in memory; pure.
//
// Read: stored and deflated members, listed by the central directory. Not read: encrypted ones, ZIP64, several volumes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/result.h"

namespace feiqian::codec {

std::string deflate(std::string_view bytes);
/// At most `most` bytes come out. errors::kValueInvalid.
Result<std::string> inflate(std::string_view bytes, std::size_t most);

struct ArchiveMember {
  std::string name;  ///< as written in the archive: any bytes
  std::string content;
};
/// Every member's check sum is compared; all together at most `most` bytes. errors::kValueInvalid.
Result<std::vector<ArchiveMember>> read_zip(std::string_view bytes, std::size_t most);
/// The same members give the same bytes: no times are written.
std::string write_zip(const std::vector<ArchiveMember>& members);

}  // namespace feiqian::codec
