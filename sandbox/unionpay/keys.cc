#include "sandbox/unionpay/keys.h"

#include <algorithm>

#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/private_file.h"

namespace feiqian::sandbox::unionpay {
namespace {

constexpr std::int64_t kDayS = 86400;
constexpr std::int64_t kYears = 10;
constexpr std::size_t kMostCached = 1000;
constexpr auto kRsa = crypto::Algorithm::RsaV15Sha256;

crypto::CertificateOrder order_of(std::string name, std::string serial, bool authority, Timestamp now,
                                  const crypto::Signer& key) {
  crypto::CertificateOrder order;
  order.common_name = std::move(name);
  order.organisation = "Feiqian sandbox";
  order.serial_hex = std::move(serial);
  order.from = now.plus_s(-kDayS);
  order.to = now.plus_s(kYears * 365 * kDayS);
  order.authority = authority;
  order.public_pem = key.public_pem();
  return order;
}

/// Written last is what says that all of it is there.
Result<void> make_authority(const std::string& directory, Timestamp now) {
  const auto root_key = crypto::Signer::generate(kRsa);
  const auto issuer_key = crypto::Signer::generate(kRsa);
  const auto key = crypto::Signer::generate(kRsa);
  const auto root =
      TRY(crypto::issue_certificate(order_of("FEIQIAN SANDBOX ROOT", "01", true, now, root_key), root_key, nullptr));
  const auto root_certificate = TRY(crypto::Certificate::from_pem(root));
  const auto issuer = TRY(crypto::issue_certificate(order_of("FEIQIAN SANDBOX OCA1", "02", true, now, issuer_key),
                                                    root_key, &root_certificate));
  const auto issuer_certificate = TRY(crypto::Certificate::from_pem(issuer));
  const auto own =
      TRY(crypto::issue_certificate(order_of("041@Z2026-SANDBOX@00040000:SIGN@00000001", "1012496558", false, now, key),
                                    issuer_key, &issuer_certificate));
  TRY(write_file(directory + "/root.pem", root, 0644));
  TRY(write_file(directory + "/issuer.pem", issuer, 0644));
  TRY(write_file(directory + "/sign.pem", own, 0644));
  return write_file(directory + "/sign_private.pem", key.private_pem().reveal(), 0600);
}

std::string with_crlf(std::string_view text) {
  std::string lines;
  for (const char c : text) {
    if (c == '\n') lines += '\r';
    lines += c;
  }
  return lines;
}

/// A merchant id becomes a file name.
bool is_merchant_id(std::string_view text) {
  return text.size() == 15 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

}  // namespace

Keys::Keys(std::string directory, crypto::Signer provider, std::string certificate, std::string certificate_id)
    : directory_(std::move(directory)),
      provider_(std::move(provider)),
      certificate_(std::move(certificate)),
      certificate_id_(std::move(certificate_id)) {}

Result<std::unique_ptr<Keys>> Keys::open(const std::string& directory, Timestamp now) {
  TRY(make_directory(directory + "/merchants"));
  const auto key_path = directory + "/sign_private.pem";
  if (!TRY(read_private_file(key_path))) TRY(make_authority(directory, now));
  const auto key = TRY(read_private_file(key_path)).value_or("");
  const auto pem = TRY(read_file(directory + "/sign.pem")).value_or("");
  const auto certificate = TRY(crypto::Certificate::from_pem(pem));
  return std::unique_ptr<Keys>(new Keys(directory, TRY(crypto::Signer::from_pem(kRsa, Secret(key))), with_crlf(pem),
                                        certificate.serial_decimal()));
}

std::shared_ptr<const MerchantKeys> Keys::merchant(const std::string& merchant_id) {
  if (!is_merchant_id(merchant_id)) return nullptr;
  const auto path = directory_ + "/merchants/" + merchant_id;
  const auto pem = read_file(path + ".pem");
  const auto text = read_file(path + ".key");
  const auto content = (pem ? pem->value_or("") : "") + "\n" + (text ? text->value_or("") : "");
  const std::lock_guard lock(mutex_);
  if (const auto known = merchants_.find(merchant_id); known != merchants_.end() && known->second.content == content)
    return known->second.keys;
  MerchantKeys keys;
  if (const auto certificate = crypto::Certificate::from_pem(pem ? pem->value_or("") : "")) {
    keys.certificate_id = certificate->serial_decimal();
    if (auto verifier = certificate->rsa_verifier()) keys.certificate_key = std::move(verifier).value();
  }
  if (text) keys.agreed_key = Secret(std::string(trim(text->value_or(""))));
  if (!keys.certificate_key && keys.agreed_key.empty()) {
    log::warn("sandbox.merchant_unusable", {{"merchant", merchant_id}});
    return nullptr;
  }
  if (merchants_.size() >= kMostCached) merchants_.clear();
  auto shared = std::make_shared<const MerchantKeys>(std::move(keys));
  merchants_[merchant_id] = {content, shared};
  return shared;
}

}  // namespace feiqian::sandbox::unionpay
