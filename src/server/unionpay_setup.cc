#include "server/unionpay_setup.h"

#include <fmt/format.h>

#include <filesystem>

#include "channels/unionpay/unionpay.h"
#include "foundation/text.h"
#include "server/files.h"

namespace feiqian::server {
namespace {

using channels::unionpay::MessageSigner;
using channels::unionpay::MessageVerifier;

constexpr std::int64_t kCertificateDays = 5 * 365;

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

Result<std::unique_ptr<channels::Channel>> make_unionpay(const ChannelSurroundings& with) {
  const auto& given = with.settings.unionpay;
  const auto method = channels::unionpay::sign_method_of(given.sign_method).value();
  const bool by_certificate = method == channels::unionpay::SignMethod::Certificate;
  const auto secure_key = by_certificate ? Secret() : TRY(with.keys.read(kUnionPaySecureKey));
  auto signer = by_certificate ? TRY(signer_of(with.files, with.keys)) : MessageSigner::by_key(method, secure_key);
  auto verifier = by_certificate ? TRY(verifier_of(with.files, given.certificate_name))
                                 : MessageVerifier::by_key(method, secure_key);
  return std::unique_ptr<channels::Channel>(std::make_unique<channels::unionpay::UnionPay>(
      channels::unionpay::Settings{given.gateway_url, given.file_url, given.merchant_id, std::move(signer),
                                   std::move(verifier), given.timeout_ms},
      with.client, with.clock));
}

Result<std::string> join_unionpay_sandbox(const SandboxJoin& join) {
  const auto merchant_id = "777" + std::to_string(100000000000 + join.random.below(900000000000));
  const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  crypto::CertificateOrder order;
  order.common_name = "041@Feiqian@" + merchant_id + "@00000001";
  order.organisation = "Feiqian";
  order.serial_hex = crypto::new_serial_hex(join.random);
  order.from = join.now;
  order.to = join.now.plus_s(kCertificateDays * 86400);
  const auto certificate = TRY(crypto::self_signed_certificate(order, key));
  const auto secure_key = to_hex(join.random.bytes(32));
  TRY(join.keys.write(kUnionPayAppKey, key.private_pem()));
  TRY(join.keys.write(kUnionPaySecureKey, Secret(secure_key)));
  TRY(write_file(join.files.unionpay_certificate, certificate));
  const auto theirs = join.data + "/unionpay";
  TRY(write_file(join.files.unionpay_roots, TRY(read_file(theirs + "/root.pem"))));
  TRY(write_file(join.files.unionpay_intermediates, TRY(read_file(theirs + "/issuer.pem"))));
  std::error_code ignored;
  std::filesystem::create_directories(theirs + "/merchants", ignored);
  TRY(write_file(theirs + "/merchants/" + merchant_id + ".pem", certificate));
  TRY(write_private_file(theirs + "/merchants/" + merchant_id + ".key", secure_key));
  return fmt::format(
      "[channels.unionpay]\ngateway_url = \"{0}/unionpay\"\nfile_url = \"{0}/unionpay/file\"\n"
      "merchant_id = \"{1}\"\ncertificate_name = \"00040000:SIGN\"\n",
      join.url, merchant_id);
}

}  // namespace feiqian::server
