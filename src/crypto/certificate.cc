#include "crypto/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace feiqian::crypto {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using NumberPtr = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

BioPtr bio_of(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string serial_of(const X509* certificate) {
  const NumberPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), BN_free);
  if (number == nullptr) return {};
  char* digits = BN_bn2hex(number.get());
  std::string serial(digits);
  OPENSSL_free(digits);
  return serial;
}

Result<Timestamp> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return Error(errors::kKeyInvalid, "a time is unreadable");
  return Timestamp{static_cast<std::int64_t>(::timegm(&parts)) * 1000000};
}

Result<std::string> public_pem_of(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  if (key == nullptr || PEM_write_bio_PUBKEY(bio.get(), key) != 1)
    return Error(errors::kKeyInvalid, "the certificate's key is unreadable");
  return content_of(bio.get());
}

}  // namespace

Result<Certificate> read_certificate(std::string_view pem) {
  const auto bio = bio_of(pem);
  const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (certificate == nullptr) return Error(errors::kKeyInvalid, "not a PEM certificate (-----BEGIN CERTIFICATE-----)");
  auto key = TRY(Verifier::from_pem(Algorithm::RsaV15Sha256, TRY(public_pem_of(certificate.get()))));
  auto serial = serial_of(certificate.get());
  if (serial.empty()) return Error(errors::kKeyInvalid, "the certificate has no serial number");
  return Certificate{std::move(serial), std::move(key), TRY(time_of(X509_get0_notBefore(certificate.get()))),
                     TRY(time_of(X509_get0_notAfter(certificate.get())))};
}

std::string self_signed_certificate(const Signer& signer, const std::string& name, const std::string& serial,
                                    Timestamp not_before, Timestamp not_after) {
  CHECK(signer.algorithm() == Algorithm::RsaV15Sha256);
  const auto pem = signer.private_pem();
  const auto key_bio = bio_of(pem.reveal());
  const KeyPtr key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const X509Ptr certificate(X509_new(), X509_free);
  CHECK(key != nullptr && certificate != nullptr);
  BIGNUM* parsed = nullptr;
  CHECK(BN_hex2bn(&parsed, serial.c_str()) == static_cast<int>(serial.size()));
  const NumberPtr number(parsed, BN_free);
  CHECK(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr);
  CHECK(X509_set_version(certificate.get(), 2) == 1);
  CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), static_cast<std::time_t>(not_before.unix_s())) !=
        nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), static_cast<std::time_t>(not_after.unix_s())) != nullptr);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  CHECK(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()),
                                   -1, -1, 0) == 1);
  CHECK(X509_set_issuer_name(certificate.get(), subject) == 1);
  CHECK(X509_set_pubkey(certificate.get(), key.get()) == 1);
  CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(PEM_write_bio_X509(bio.get(), certificate.get()) == 1);
  return content_of(bio.get());
}

}  // namespace feiqian::crypto
