// The keys of the sandbox's Alipay, in DIR/alipay: its own pair (made at first start) and the public keys of the
// merchants' apps, one file each, read when asked for, so that a new app needs no restart. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/signature.h"

namespace feiqian::sandbox::alipay {

class Keys {
 public:
  /// Errors: errors::kFileUnusable, errors::kKeyInvalid.
  static Result<std::unique_ptr<Keys>> open(const std::string& directory);

  const crypto::Signer& provider() const { return provider_; }
  /// nullptr: no such app, or its file holds no RSA public key (logged). PEM, or the bare base64 that Alipay's own
  /// tools write.
  std::shared_ptr<const crypto::Verifier> app(const std::string& app_id);

 private:
  struct Cached {
    std::string content;
    std::shared_ptr<const crypto::Verifier> key;
  };
  Keys(std::string directory, crypto::Signer provider)
      : directory_(std::move(directory)), provider_(std::move(provider)) {}

  std::string directory_;
  crypto::Signer provider_;
  std::mutex mutex_;
  std::map<std::string, Cached> apps_;
};

}  // namespace feiqian::sandbox::alipay
