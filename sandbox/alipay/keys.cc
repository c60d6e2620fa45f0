#include "sandbox/alipay/keys.h"

#include <algorithm>

#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/private_file.h"

namespace feiqian::sandbox::alipay {
namespace {

constexpr std::size_t kMostCached = 1000;

Result<crypto::Signer> provider_key(const std::string& path) {
  if (const auto existing = TRY(read_private_file(path))) {
    return crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, Secret(*existing));
  }
  auto made = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  TRY(write_file(path, made.private_pem().reveal(), 0600));
  return made;
}

Result<crypto::Verifier> key_of(std::string_view content) {
  content = trim(content);
  if (content.starts_with("-----")) return crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256, content);
  return crypto::Verifier::rsa_from_base64(content);
}

/// An app id becomes a file name.
bool is_app_id(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

}  // namespace

Result<std::unique_ptr<Keys>> Keys::open(const std::string& directory) {
  TRY(make_directory(directory + "/apps"));
  auto provider = TRY(provider_key(directory + "/alipay_private.pem"));
  TRY(write_file(directory + "/alipay_public_key.pem", provider.public_pem(), 0644));
  return std::unique_ptr<Keys>(new Keys(directory, std::move(provider)));
}

std::shared_ptr<const crypto::Verifier> Keys::app(const std::string& app_id) {
  if (!is_app_id(app_id)) return nullptr;
  const auto path = directory_ + "/apps/" + app_id + ".pem";
  const auto content = read_file(path);
  if (!content) log::warn("sandbox.app_key_unusable", {{"app_id", app_id}, {"error", content.error()}});
  if (!content || !content.value()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (const auto known = apps_.find(app_id); known != apps_.end() && known->second.content == **content)
    return known->second.key;
  auto key = key_of(**content);
  if (!key) {
    log::warn("sandbox.app_key_unusable", {{"app_id", app_id}, {"error", key.error()}});
    return nullptr;
  }
  if (apps_.size() >= kMostCached) apps_.clear();
  auto shared = std::make_shared<const crypto::Verifier>(std::move(key).value());
  apps_[app_id] = {**content, shared};
  return shared;
}

}  // namespace feiqian::sandbox::alipay
