#include "codec/zip_archive.h"

#include <zlib.h>

#include <optional>

#include "foundation/check.h"

namespace feiqian::codec {
namespace {

// PKWARE's APPNOTE, 4.3: signatures and sizes of the records.
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLongestComment = 65535;
constexpr std::uint32_t kStored = 0;
constexpr std::uint32_t kDeflated = 8;
constexpr std::uint32_t kEncrypted = 1;
constexpr int kRawWindow = -MAX_WBITS;  // deflate without zlib's header, as inside an archive

Error broken(const char* why) {
  return Error(errors::kValueInvalid, why);
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

void put(std::string& bytes, std::size_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i));
}

std::uint32_t check_sum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string deflated(std::string_view bytes, int window) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  // zlib's interface takes the input without const; it does not write to it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> inflated(std::string_view bytes, std::size_t most, int window) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, window) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::string part(64 << 10, '\0');
  int state = Z_OK;
  while (state == Z_OK && out.size() <= most) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    state = ::inflate(&stream, Z_NO_FLUSH);
    out.append(part, 0, part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > most) return broken("the unpacked data is too large");
  if (state != Z_STREAM_END) return broken("the deflated data is broken");
  return out;
}

/// Where the record of the end begins.
std::optional<std::size_t> find_end(std::string_view bytes) {
  if (bytes.size() < kEndSize) return std::nullopt;
  const auto last = bytes.size() - kEndSize;
  const auto first = last > kLongestComment ? last - kLongestComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (little_endian(bytes, at, 4) == kEndSignature) return at;
  }
  return std::nullopt;
}

struct Listed {
  std::string name;
  std::uint32_t flags, method, crc, packed, unpacked, local_at;
  std::size_t next;  ///< where the following entry of the directory begins
};

Result<Listed> listed_at(std::string_view bytes, std::size_t at) {
  if (at + kCentralSize > bytes.size() || little_endian(bytes, at, 4) != kCentralSignature)
    return broken("the archive's directory is broken");
  const std::size_t name_size = little_endian(bytes, at + 28, 2);
  const std::size_t rest = little_endian(bytes, at + 30, 2) + little_endian(bytes, at + 32, 2);
  if (at + kCentralSize + name_size + rest > bytes.size()) return broken("the archive's directory is broken");
  return Listed{std::string(bytes.substr(at + kCentralSize, name_size)),
                little_endian(bytes, at + 8, 2),
                little_endian(bytes, at + 10, 2),
                little_endian(bytes, at + 16, 4),
                little_endian(bytes, at + 20, 4),
                little_endian(bytes, at + 24, 4),
                little_endian(bytes, at + 42, 4),
                at + kCentralSize + name_size + rest};
}

Result<std::string> content_of(std::string_view bytes, const Listed& listed, std::size_t most) {
  if ((listed.flags & kEncrypted) != 0) return broken("the archive is encrypted");
  const std::size_t at = listed.local_at;
  if (at + kLocalSize > bytes.size() || little_endian(bytes, at, 4) != kLocalSignature)
    return broken("a member of the archive is not where its directory says");
  const auto data = at + kLocalSize + little_endian(bytes, at + 26, 2) + little_endian(bytes, at + 28, 2);
  if (data + listed.packed > bytes.size()) return broken("the archive ends within a member");
  const auto packed = bytes.substr(data, listed.packed);
  std::string content;
  if (listed.method == kStored) {
    if (packed.size() > most) return broken("the unpacked data is too large");
    content = packed;
  } else if (listed.method == kDeflated) {
    content = TRY(inflated(packed, most, kRawWindow));
  } else {
    return broken("a member of the archive is packed in a way that is not supported");
  }
  if (content.size() != listed.unpacked || check_sum(content) != listed.crc)
    return broken("a member of the archive does not fit its check sum");
  return content;
}

}  // namespace

std::string deflate(std::string_view bytes) {
  return deflated(bytes, MAX_WBITS);
}

Result<std::string> inflate(std::string_view bytes, std::size_t most) {
  return inflated(bytes, most, MAX_WBITS);
}

Result<std::vector<ArchiveMember>> read_zip(std::string_view bytes, std::size_t most) {
  const auto end = find_end(bytes);
  if (!end) return broken("not a ZIP archive");
  const auto count = little_endian(bytes, *end + 10, 2);
  std::size_t at = little_endian(bytes, *end + 16, 4);
  std::vector<ArchiveMember> members;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto listed = TRY(listed_at(bytes, at));
    auto content = TRY(content_of(bytes, listed, most));
    most -= content.size();
    at = listed.next;
    members.push_back({std::move(listed.name), std::move(content)});
  }
  return members;
}

std::string write_zip(const std::vector<ArchiveMember>& members) {
  constexpr std::uint32_t kVersion = 20;     // 2.0: deflate
  constexpr std::uint32_t kFirstDay = 0x21;  // 1980-01-01 in MS-DOS form
  std::string archive;
  std::string directory;
  for (const auto& [name, content] : members) {
    const auto packed = deflated(content, kRawWindow);
    std::string shared;  // what the local header and the directory have in common
    put(shared, kVersion, 2);
    put(shared, 0, 2);
    put(shared, kDeflated, 2);
    put(shared, 0, 2);
    put(shared, kFirstDay, 2);
    put(shared, check_sum(content), 4);
    put(shared, packed.size(), 4);
    put(shared, content.size(), 4);
    put(shared, name.size(), 2);
    put(shared, 0, 2);
    put(directory, kCentralSignature, 4);
    put(directory, kVersion, 2);
    directory += shared;
    put(directory, 0, 2);  // comment
    put(directory, 0, 2);  // volume
    put(directory, 0, 2);  // internal attributes
    put(directory, 0, 4);  // external attributes
    put(directory, archive.size(), 4);
    directory += name;
    put(archive, kLocalSignature, 4);
    archive += shared + name + packed;
  }
  const auto directory_at = archive.size();
  archive += directory;
  put(archive, kEndSignature, 4);
  put(archive, 0, 4);  // volumes
  put(archive, members.size(), 2);
  put(archive, members.size(), 2);
  put(archive, directory.size(), 4);
  put(archive, directory_at, 4);
  put(archive, 0, 2);  // comment
  return archive;
}

}  // namespace feiqian::codec
