#include "crypto/signature.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/digest.h"
#include "foundation/text.h"

namespace feiqian::crypto {
namespace {

using ContextPtr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

EVP_PKEY* pkey(const std::shared_ptr<void>& key) {
  return static_cast<EVP_PKEY*>(key.get());
}

std::shared_ptr<void> own(EVP_PKEY* key) {
  return {key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }};
}

BioPtr bio_of(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<void> check_type(Algorithm algorithm, EVP_PKEY* key) {
  switch (algorithm) {
    case Algorithm::Ed25519:
      if (EVP_PKEY_base_id(key) != EVP_PKEY_ED25519) return Error(errors::kKeyInvalid, "not an Ed25519 key");
      return {};
    case Algorithm::RsaV15Sha256:
      if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA) return Error(errors::kKeyInvalid, "not an RSA key");
      if (EVP_PKEY_bits(key) < 2048) return Error(errors::kKeyInvalid, "RSA keys must have at least 2048 bits");
      return {};
    case Algorithm::EcdsaP256Sha256: {
      char group[32] = {};
      if (EVP_PKEY_base_id(key) != EVP_PKEY_EC || EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) != 1 ||
          std::string_view(group) != "prime256v1") {
        return Error(errors::kKeyInvalid, "not a P-256 key");
      }
      return {};
    }
    case Algorithm::HmacSha256:
      break;
  }
  return Error(errors::kKeyInvalid, "HMAC has no public key");
}

const EVP_MD* digest_of(Algorithm algorithm) {
  return algorithm == Algorithm::Ed25519 ? nullptr : EVP_sha256();
}

/// r‖s (RFC 9421 §3.3.4) from and to DER.
std::string raw_of_der(std::string_view der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
  CHECK(signature != nullptr);
  std::string raw(64, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32);
  ECDSA_SIG_free(signature);
  return raw;
}

std::string der_of_raw(std::string_view raw) {
  const auto* data = reinterpret_cast<const unsigned char*>(raw.data());
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(data, 32, nullptr), BN_bin2bn(data + 32, 32, nullptr));
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &out);
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  ECDSA_SIG_free(signature);
  return der;
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::Ed25519:
      return "ed25519";
    case Algorithm::RsaV15Sha256:
      return "rsa-v1_5-sha256";
    case Algorithm::EcdsaP256Sha256:
      return "ecdsa-p256-sha256";
    case Algorithm::HmacSha256:
      return "hmac-sha256";
  }
  return "";
}

std::optional<Algorithm> algorithm_of(std::string_view name) {
  for (const auto algorithm :
       {Algorithm::Ed25519, Algorithm::RsaV15Sha256, Algorithm::EcdsaP256Sha256, Algorithm::HmacSha256}) {
    if (name_of(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

Verifier::Verifier(Algorithm algorithm, std::shared_ptr<void> key, Secret secret)
    : algorithm_(algorithm), key_(std::move(key)), secret_(std::move(secret)) {}

Result<Verifier> Verifier::from_pem(Algorithm algorithm, std::string_view pem) {
  const auto bio = bio_of(pem);
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return Error(errors::kKeyInvalid, "not a PEM public key (-----BEGIN PUBLIC KEY-----)");
  auto owned = own(key);
  TRY(check_type(algorithm, key));
  return Verifier(algorithm, std::move(owned), Secret());
}

Result<Verifier> Verifier::rsa_from_base64(std::string_view base64_der) {
  const auto der = from_base64(trim(base64_der));
  if (!der) return Error(errors::kKeyInvalid, "not base64");
  const auto* data = reinterpret_cast<const unsigned char*>(der->data());
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &data, static_cast<long>(der->size()));
  if (key == nullptr) return Error(errors::kKeyInvalid, "not a public key");
  auto owned = own(key);
  TRY(check_type(Algorithm::RsaV15Sha256, key));
  return Verifier(Algorithm::RsaV15Sha256, std::move(owned), Secret());
}

Result<Verifier> Verifier::from_hmac_secret(Secret secret) {
  if (secret.reveal().size() < 16) return Error(errors::kKeyInvalid, "an HMAC secret must have at least 16 bytes");
  return Verifier(Algorithm::HmacSha256, nullptr, std::move(secret));
}

Result<void> Verifier::verify(std::string_view message, std::string_view signature) const {
  if (algorithm_ == Algorithm::HmacSha256) {
    if (!equal_in_constant_time(hmac_sha256(secret_.reveal(), message), signature))
      return Error(errors::kSignatureWrong);
    return {};
  }
  std::string der;
  if (algorithm_ == Algorithm::EcdsaP256Sha256) {
    if (signature.size() != 64) return Error(errors::kSignatureWrong);
    der = der_of_raw(signature);
    signature = der;
  }
  const ContextPtr context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  CHECK(EVP_DigestVerifyInit(context.get(), nullptr, digest_of(algorithm_), nullptr, pkey(key_)) == 1);
  if (EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1) {
    return Error(errors::kSignatureWrong);
  }
  return {};
}

Signer::Signer(Algorithm algorithm, std::shared_ptr<void> key, Secret secret)
    : algorithm_(algorithm), key_(std::move(key)), secret_(std::move(secret)) {}

Result<Signer> Signer::from_pem(Algorithm algorithm, const Secret& pem) {
  const auto bio = bio_of(pem.reveal());
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return Error(errors::kKeyInvalid, "not a PEM private key");
  auto owned = own(key);
  TRY(check_type(algorithm, key));
  return Signer(algorithm, std::move(owned), Secret());
}

Result<Signer> Signer::from_hmac_secret(Secret secret) {
  if (secret.reveal().size() < 16) return Error(errors::kKeyInvalid, "an HMAC secret must have at least 16 bytes");
  return Signer(Algorithm::HmacSha256, nullptr, std::move(secret));
}

Signer Signer::generate(Algorithm algorithm) {
  EVP_PKEY* key = nullptr;
  switch (algorithm) {
    case Algorithm::Ed25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
    case Algorithm::RsaV15Sha256:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
      break;
    case Algorithm::EcdsaP256Sha256:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
      break;
    case Algorithm::HmacSha256:
      break;
  }
  CHECK(key != nullptr);
  return {algorithm, own(key), Secret()};
}

std::string Signer::sign(std::string_view message) const {
  if (algorithm_ == Algorithm::HmacSha256) return hmac_sha256(secret_.reveal(), message);
  const ContextPtr context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  CHECK(EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm_), nullptr, pkey(key_)) == 1);
  std::size_t size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, data, message.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                       message.size()) == 1);
  signature.resize(size);
  return algorithm_ == Algorithm::EcdsaP256Sha256 ? raw_of_der(signature) : signature;
}

Secret Signer::private_pem() const {
  CHECK(key_ != nullptr);
  const BioPtr bio(BIO_new(BIO_s_secmem()), BIO_free);
  CHECK(PEM_write_bio_PrivateKey(bio.get(), pkey(key_), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Secret(content_of(bio.get()));
}

std::string Signer::public_pem() const {
  CHECK(key_ != nullptr);
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  CHECK(PEM_write_bio_PUBKEY(bio.get(), pkey(key_)) == 1);
  return content_of(bio.get());
}

std::string Signer::raw_public_key() const {
  CHECK(algorithm_ == Algorithm::Ed25519);
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  CHECK(EVP_PKEY_get_raw_public_key(pkey(key_), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
  return raw;
}

}  // namespace feiqian::crypto
