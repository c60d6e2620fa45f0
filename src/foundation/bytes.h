// Integers in bytes, big-endian, and as variable-length bytes (7 bits a byte, the lowest first; signed ones zigzag).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace feiqian {

namespace detail {
template <int Bytes>
void put_big_endian(std::string& bytes, std::uint64_t value) {
  char buffer[Bytes];
  for (int i = 0; i < Bytes; ++i) buffer[i] = static_cast<char>(value >> (8 * (Bytes - 1 - i)));
  bytes.append(buffer, Bytes);
}
}  // namespace detail

inline void put_int64(std::string& bytes, std::int64_t value) {
  detail::put_big_endian<8>(bytes, static_cast<std::uint64_t>(value));
}
inline void put_int32(std::string& bytes, std::int32_t value) {
  detail::put_big_endian<4>(bytes, static_cast<std::uint32_t>(value));
}
inline void put_int16(std::string& bytes, std::int32_t value) {
  detail::put_big_endian<2>(bytes, static_cast<std::uint32_t>(value));
}

/// The caller has made sure that there are as many bytes.
inline std::int64_t get_int64(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(value);
}
inline std::int32_t get_int16(std::string_view bytes) {
  return static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
}

inline void put_varint(std::string& bytes, std::int64_t value) {
  auto rest = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  while (rest >= 0x80) {
    bytes += static_cast<char>(rest | 0x80);
    rest >>= 7;
  }
  bytes += static_cast<char>(rest);
}
/// Takes it off the front. False when the bytes end before it, it is too long, or it is longer than it need be: a value
/// has one form.
inline bool take_varint(std::string_view& bytes, std::int64_t& value) {
  std::uint64_t rest = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;  // more than 64 bits
    rest |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift > 0) return false;
      value = static_cast<std::int64_t>(rest >> 1 ^ (~(rest & 1) + 1));
      return true;
    }
  }
  return false;
}

}  // namespace feiqian
