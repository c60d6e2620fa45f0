#include "crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "foundation/check.h"
#include "foundation/text.h"

namespace feiqian::crypto {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using NumberPtr = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

X509* x509(const std::shared_ptr<void>& certificate) {
  return static_cast<X509*>(certificate.get());
}

std::shared_ptr<void> own(X509* certificate) {
  return {certificate, [](void* c) { X509_free(static_cast<X509*>(c)); }};
}

BioPtr bio_of(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

NumberPtr serial_of(const X509* certificate) {
  NumberPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), BN_free);
  CHECK(number != nullptr);
  return number;
}

std::string digits_of(const NumberPtr& number, char* (*write)(const BIGNUM*)) {
  char* digits = write(number.get());
  CHECK(digits != nullptr);
  std::string text(digits);
  OPENSSL_free(digits);
  return text;
}

/// false when `hex` is no number that a certificate can bear.
bool set_serial(X509* certificate, const std::string& hex) {
  BIGNUM* parsed = nullptr;
  const bool whole = !hex.empty() && BN_hex2bn(&parsed, hex.c_str()) == static_cast<int>(hex.size());
  const NumberPtr number(parsed, BN_free);
  return whole && BN_is_negative(number.get()) == 0 && BN_num_bits(number.get()) <= 159 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

Timestamp timestamp_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return {static_cast<std::int64_t>(timegm(&parts)) * 1000000};
}

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  return value.empty() ||
         X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509V3_CTX& context, int kind, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

}  // namespace

Result<std::vector<Certificate>> Certificate::all_from_pem(std::string_view pem) {
  const auto bio = bio_of(pem);
  std::vector<Certificate> found;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    found.push_back(Certificate(own(certificate)));
  ERR_clear_error();  // the end of the text counts as one
  if (found.empty()) return Error(errors::kKeyInvalid, "not a PEM certificate (-----BEGIN CERTIFICATE-----)");
  return found;
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  const auto bio = bio_of(pem);
  X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
  ERR_clear_error();
  if (certificate == nullptr) return Error(errors::kKeyInvalid, "not a PEM certificate (-----BEGIN CERTIFICATE-----)");
  return Certificate(own(certificate));
}

std::string Certificate::serial_hex() const {
  return digits_of(serial_of(x509(x509_)), BN_bn2hex);
}
std::string Certificate::serial_decimal() const {
  return digits_of(serial_of(x509(x509_)), BN_bn2dec);
}

std::string Certificate::common_name() const {
  const X509_NAME* subject = X509_get_subject_name(x509(x509_));
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return name;
}

Timestamp Certificate::not_before() const {
  return timestamp_of(X509_get0_notBefore(x509(x509_)));
}
Timestamp Certificate::not_after() const {
  return timestamp_of(X509_get0_notAfter(x509(x509_)));
}

Result<Verifier> Certificate::rsa_verifier() const {
  EVP_PKEY* key = X509_get0_pubkey(x509(x509_));
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  if (key == nullptr || PEM_write_bio_PUBKEY(bio.get(), key) != 1)
    return Error(errors::kKeyInvalid, "the certificate's key cannot be read");
  return Verifier::from_pem(Algorithm::RsaV15Sha256, content_of(bio.get()));
}

Result<void> TrustedRoots::verify(const Certificate& leaf, Timestamp at) const {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                X509_STORE_CTX_free);
  // The stack does not own what it holds.
  const auto free_stack = [](STACK_OF(X509) * stack) { sk_X509_free(stack); };
  const std::unique_ptr<STACK_OF(X509), decltype(free_stack)> between(sk_X509_new_null(), free_stack);
  CHECK(store != nullptr && context != nullptr && between != nullptr);
  for (const auto& root : roots_) CHECK(X509_STORE_add_cert(store.get(), x509(root.x509_)) == 1);
  for (const auto& certificate : intermediates_) CHECK(sk_X509_push(between.get(), x509(certificate.x509_)) > 0);
  CHECK(X509_STORE_CTX_init(context.get(), store.get(), x509(leaf.x509_), between.get()) == 1);
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(at.unix_s()));
  if (X509_verify_cert(context.get()) != 1) {
    ERR_clear_error();
    return Error(errors::kSignatureWrong, std::string("the certificate: ") +
                                              X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  return {};
}

std::string new_serial_hex(Random& random) {
  auto bytes = random.bytes(20);
  // Forty digits, and a number that is positive.
  bytes[0] = static_cast<char>((bytes[0] & 0x3F) | 0x40);
  auto serial = to_hex(bytes);
  for (char& c : serial) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return serial;
}

Result<std::string> issue_certificate(const CertificateOrder& order, const Signer& issuer,
                                      const Certificate* issuer_certificate) {
  const auto refuse = [](const char* why) { return Error(errors::kKeyInvalid, why); };
  const auto private_pem = issuer.private_pem();
  const auto private_bio = bio_of(private_pem.reveal());
  const auto public_bio = bio_of(order.public_pem);
  const KeyPtr signing(PEM_read_bio_PrivateKey(private_bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const KeyPtr certified(PEM_read_bio_PUBKEY(public_bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (signing == nullptr || certified == nullptr) return refuse("not a PEM key");
  const X509Ptr made(X509_new(), X509_free);
  CHECK(made != nullptr);
  X509* authority = issuer_certificate == nullptr ? made.get() : x509(issuer_certificate->x509_);
  X509_NAME* subject = X509_get_subject_name(made.get());
  const bool named = add_name(subject, "C", "CN") && add_name(subject, "O", order.organisation) &&
                     add_name(subject, "CN", order.common_name);
  if (!named) return refuse("the name does not fit into a certificate");
  CHECK(X509_set_version(made.get(), 2) == 1);
  if (!set_serial(made.get(), order.serial_hex)) return refuse("the serial number is not hexadecimal");
  CHECK(ASN1_TIME_set(X509_getm_notBefore(made.get()), static_cast<time_t>(order.from.unix_s())) != nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(made.get()), static_cast<time_t>(order.to.unix_s())) != nullptr);
  CHECK(X509_set_issuer_name(made.get(), X509_get_subject_name(authority)) == 1);
  CHECK(X509_set_pubkey(made.get(), certified.get()) == 1);
  X509V3_CTX context;
  X509V3_set_ctx(&context, authority, made.get(), nullptr, nullptr, 0);
  const bool extended =
      add_extension(made.get(), context, NID_basic_constraints, order.authority ? "critical,CA:TRUE" : "CA:FALSE") &&
      add_extension(made.get(), context, NID_key_usage,
                    order.authority ? "critical,keyCertSign,cRLSign" : "digitalSignature,nonRepudiation") &&
      add_extension(made.get(), context, NID_subject_key_identifier, "hash");
  if (!extended) return refuse("the certificate's extensions cannot be made");
  if (X509_sign(made.get(), signing.get(), EVP_sha256()) <= 0) return refuse("the certificate cannot be signed");
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(PEM_write_bio_X509(bio.get(), made.get()) == 1);
  return content_of(bio.get());
}

Result<std::string> self_signed_certificate(CertificateOrder order, const Signer& key) {
  order.public_pem = key.public_pem();
  return issue_certificate(order, key, nullptr);
}

}  // namespace feiqian::crypto
