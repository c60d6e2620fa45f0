// Digests and message authentication codes, raw bytes in and out. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace feiqian::crypto {

std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// SHA-256 over parts that arrive one after another.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  /// 32 bytes; starts anew afterwards.
  std::string finish();
  void finish_into(char* digest);

 private:
  void* context_;
};

}  // namespace feiqian::crypto
