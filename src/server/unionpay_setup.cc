#include "server/unionpay_setup.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "channels/unionpay/unionpay.h"
#include "foundation/text.h"

namespace feiqian::server {
namespace {

using channels::unionpay::MessageSigner;
using channels::unionpay::MessageVerifier;

constexpr std::int64_t kCertificateDays = 5 * 365;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return Error(errors::kFileUnusable, "cannot be read: " + path);
  return content.str();
}

Result<void> write_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) return Error(errors::kFileUnusable, "cannot be written: " + path);
  return {};
}

Result<MessageSigner> signer_of(const DataFiles& files, const crypto::KeyStore& keys) {
  auto key = TRY(crypto::Signer::from_pem(crypto::Algorithm::RsaV15Sha256, TRY(keys.read(kUnionPayAppKey))));
  const auto certificate = TRY(crypto::Certificate::from_pem(TRY(read_file(files.unionpay_certificate))));
  constexpr std::string_view kProbe = "feiqian";
  if (!TRY(certificate.rsa_verifier()).verify(kProbe, key.sign(kProbe)))
    return Error(errors::kKeyInvalid, files.unionpay_certificate + " is not of the key in the key store");
  return MessageSigner::by_certificate(std::move(key), certificate.serial_decimal());
}

Result<MessageVerifier> verifier_of(const DataFiles& files, const std::string& name) {
  auto roots = TRY(crypto::Certificate::all_from_pem(TRY(read_file(files.unionpay_roots))));
  auto between = TRY(crypto::Certificate::all_from_pem(TRY(read_file(files.unionpay_intermediates))));
  return MessageVerifier::by_certificate({std::move(roots), std::move(between)}, name);
}

}  // namespace

Result<std::unique_ptr<channels::Channel>> make_unionpay(const UnionPaySettings& settings, const DataFiles& files,
                                                         const crypto::KeyStore& keys, net::HttpClient& client,
                                                         const Clock& clock) {
  const auto method = channels::unionpay::sign_method_of(settings.sign_method).value();
  const bool by_certificate = method == channels::unionpay::SignMethod::Certificate;
  const auto secure_key = by_certificate ? Secret() : TRY(keys.read(kUnionPaySecureKey));
  auto signer = by_certificate ? TRY(signer_of(files, keys)) : MessageSigner::by_key(method, secure_key);
  auto verifier =
      by_certificate ? TRY(verifier_of(files, settings.certificate_name)) : MessageVerifier::by_key(method, secure_key);
  return std::unique_ptr<channels::Channel>(std::make_unique<channels::unionpay::UnionPay>(
      channels::unionpay::Settings{settings.gateway_url, settings.file_url, settings.merchant_id, std::move(signer),
                                   std::move(verifier), settings.timeout_ms},
      client, clock));
}

Result<void> exchange_unionpay_keys(const std::string& sandbox_data, const std::string& merchant_id,
                                    const DataFiles& files, crypto::KeyStore& keys, Random& random) {
  const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  crypto::CertificateOrder order;
  order.common_name = "041@Feiqian@" + merchant_id + "@00000001";
  order.organisation = "Feiqian";
  order.serial = static_cast<std::int64_t>(1 + random.below(std::uint64_t{1} << 62));
  order.from = SystemClock().now();
  order.to = order.from.plus_s(kCertificateDays * 86400);
  order.public_pem = key.public_pem();
  const auto certificate = TRY(crypto::issue_certificate(order, key, nullptr));
  const auto secure_key = to_hex(random.bytes(32));
  TRY(keys.write(kUnionPayAppKey, key.private_pem()));
  TRY(keys.write(kUnionPaySecureKey, Secret(secure_key)));
  TRY(write_file(files.unionpay_certificate, certificate));
  const auto theirs = sandbox_data + "/unionpay";
  TRY(write_file(files.unionpay_roots, TRY(read_file(theirs + "/root.pem"))));
  TRY(write_file(files.unionpay_intermediates, TRY(read_file(theirs + "/issuer.pem"))));
  std::error_code ignored;
  std::filesystem::create_directories(theirs + "/merchants", ignored);
  TRY(write_file(theirs + "/merchants/" + merchant_id + ".pem", certificate));
  const auto key_file = theirs + "/merchants/" + merchant_id + ".key";
  TRY(write_file(key_file, secure_key));
  std::filesystem::permissions(key_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                               ignored);
  return {};
}

}  // namespace feiqian::server
