// Certificates, AES-GCM and SHA-1 as protocols name them; vectors made by other implementations.
#include "crypto/certificate.h"

#include <gtest/gtest.h>

#include "crypto/aead.h"
#include "crypto/sha1.h"
#include "foundation/text.h"

namespace feiqian::crypto {
namespace {

// By the openssl command line.
constexpr const char* kPem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDMzCCAhugAwIBAgIUUVfwnv3Alt4V6+gaRwV6cjLxuOEwDQYJKoZIhvcNAQEL\n"
    "BQAwKTEnMCUGA1UEAwweUGxhdGZvcm0gY2VydGlmaWNhdGUgb2YgYSB0ZXN0MB4X\n"
    "DTI2MTEyMjIyMjQ0NFoXDTM2MTExOTIyMjQ0NFowKTEnMCUGA1UEAwweUGxhdGZv\n"
    "cm0gY2VydGlmaWNhdGUgb2YgYSB0ZXN0MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"
    "MIIBCgKCAQEAthiwRC3LjFIQt/rYSzeIjwdIjOdUvwoZYZNtdGji11/Wl2Ye3wGv\n"
    "zrMSjm4KNUyI486NsJijeUtptkCxcdkIPuuNMq3jeTOwjI5twp1LTNI+Ti9ZTJBn\n"
    "kdiCreXA4+1ZLCnfTFG02WYZcN22IWnXnSBzYjZEi1SozxCXrukfUoKaYtPcH6r2\n"
    "XymTJf1pXCPDzZhpfBTD/Zc0BivpnzYPMKNqbvq9W3BLpzasO4t23YHxcNqrDGgo\n"
    "9M3lmiHq5ColPEaWchaZOqSzzgYocQhfM7KwPukU+id1tCLe77Eua8Qr4QyR4Ca2\n"
    "FXxLfUksmQAbvM8VvgKZxkudgcLlkup/vwIDAQABo1MwUTAdBgNVHQ4EFgQU2JBL\n"
    "gDG3LouDrvr7rJ4MJAcTXcMwHwYDVR0jBBgwFoAU2JBLgDG3LouDrvr7rJ4MJAcT\n"
    "XcMwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAiBl0Flu7TpTl\n"
    "hWKy82X0OWNnKrh++SVH/JonpVS4ra2gW3dUG6l+TjGUWzdC71IR+smMGjBjjnly\n"
    "eOhb4Tr60sphger9hmq2PLw8wuCXt3Vlstul/NwVeyE5W0S4xMjhxrmDZc6eUJ2W\n"
    "y0usSPA230CbUIJOCQ0ofGxxFiQMrofbe8GBnpcOoioSiihyNym9C58nDuiiNqdw\n"
    "m04Rw5vK6ep3GwrLKOszOudp/JfHkb0GORzcQ3zG7iHPQmRPWjcYpQ6UXv/Sa+ql\n"
    "wO3OJrhLe9bKxI6aAT4mlIeX6r44nuE5GVhhgOzpRZWoFbu+h1UOCmuHrybMX8ng\n"
    "AJf4+kMFng==\n"
    "-----END CERTIFICATE-----\n";
constexpr const char* kSignedText = "1554209980\nc5ac7061fccab6bf3e254dcf98995b8c\n{\"data\":[]}\n";
constexpr const char* kSignature =
    "bzsVV9OyQ/6PNBd5MYjWPuOdeXNP6evNvzg9VFL54NAMHHx7Ctikhwm3/UbXBRx2tE8AWglyhHHUKUqwJ5EeIDGAGcYCQXYg7PeSU9DgtPfVDQ/"
    "TCWGIWBbxppr9hBdZchvWTYyaZL1JqKYgfSVzfQno4dF88FQNZ5JkCpyKpUB54xxvq7e+xQNIIGBUWaB30gzWE8eHsHPAtF/psutOHmvaBJk4c6/"
    "gJgCGxejJFOMobxMCbyGwjMAKQWaAvmBm7n5068vGwHssb3uDOWTSuUgwkpYYLeNWFZGlAJC/"
    "GZbeuaLJTpo8U7RX1d0oqkoaMtFLEHJMFhUR1VySSOjYDw==";

TEST(Certificate, ReadsSerialTimesAndKey) {
  const auto certificate = read_certificate(kPem);
  ASSERT_TRUE(certificate.ok());
  EXPECT_EQ(certificate.value().serial, "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
  EXPECT_EQ(to_rfc3339(certificate.value().not_before), "2026-11-22T22:24:44.000Z");
  EXPECT_EQ(to_rfc3339(certificate.value().not_after), "2036-11-19T22:24:44.000Z");
  EXPECT_TRUE(certificate.value().key.verify(kSignedText, from_base64(kSignature).value()).ok());
  EXPECT_FALSE(certificate.value().key.verify(std::string(kSignedText) + " ", from_base64(kSignature).value()).ok());
}

TEST(Certificate, IsValidFromItsFirstToItsLastSecond) {
  const auto certificate = read_certificate(kPem).value();
  EXPECT_FALSE(certificate.is_valid_at({certificate.not_before.us - 1}));
  EXPECT_TRUE(certificate.is_valid_at(certificate.not_before));
  EXPECT_TRUE(certificate.is_valid_at(certificate.not_after));
  EXPECT_FALSE(certificate.is_valid_at({certificate.not_after.us + 1}));
}

TEST(Certificate, RefusesWhatIsNone) {
  for (const std::string& pem : {std::string(), std::string("-----BEGIN CERTIFICATE-----\nAAAA\n"),
                                 Signer::generate(Algorithm::RsaV15Sha256).public_pem(), std::string(kPem).substr(9)})
    EXPECT_FALSE(read_certificate(pem).ok()) << pem;
}

TEST(Certificate, MadeByUsReadsBack) {
  const auto signer = Signer::generate(Algorithm::RsaV15Sha256);
  const Timestamp from{1'790'000'000'000'000};
  const auto pem = self_signed_certificate(signer, "A platform", "4A00000000000000000000000000000000000001", from,
                                           from.plus_s(3600));
  const auto read = read_certificate(pem).value();
  EXPECT_EQ(read.serial, "4A00000000000000000000000000000000000001");
  EXPECT_EQ(read.not_before, from);
  EXPECT_EQ(read.not_after, from.plus_s(3600));
  EXPECT_TRUE(read.key.verify("text", signer.sign("text")).ok());
}

TEST(Aead, VectorsOfTheGcmSpecification) {
  const Secret key(std::string(32, '\0'));
  const std::string nonce(12, '\0');
  EXPECT_EQ(to_hex(aes_256_gcm_seal(key, nonce, "", "")), "530f8afbc74536b9a963b4f1c4cb738b");
  const auto sealed = aes_256_gcm_seal(key, nonce, "", std::string(16, '\0'));
  EXPECT_EQ(to_hex(sealed), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  EXPECT_EQ(aes_256_gcm_open(key, nonce, "", sealed).value(), std::string(16, '\0'));
}

// By Node's crypto.
TEST(Aead, OpensWhatAnotherSealed) {
  const Secret key("0123456789abcdefghijklmnopqrstuv");
  const auto sealed = from_base64(
                          "uVNIXkoNRlYbQrKplXqnoOfx6n49MQmZUloTiC44FmlbX57e7rv+"
                          "gFPwtOZ7GtmcxPWY6D3UfjY2PpIkOw7dhkOrSYKHAwQaMXgR82HoqdKj/"
                          "10=")
                          .value();
  const auto opened = aes_256_gcm_open(key, "c07ae0a0f8b1", "transaction", sealed);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened.value(), R"({"out_trade_no":"att_1","trade_state":"SUCCESS","desc":"龙井茶"})");
}

TEST(Aead, AnythingChangedDoesNotOpen) {
  const Secret key("0123456789abcdefghijklmnopqrstuv");
  const auto sealed = aes_256_gcm_seal(key, "c07ae0a0f8b1", "transaction", "secret");
  ASSERT_TRUE(aes_256_gcm_open(key, "c07ae0a0f8b1", "transaction", sealed).ok());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(aes_256_gcm_open(key, "c07ae0a0f8b1", "transaction", changed).ok()) << i;
  }
  EXPECT_FALSE(aes_256_gcm_open(key, "c07ae0a0f8b1", "refund", sealed).ok());
  EXPECT_FALSE(aes_256_gcm_open(key, "c07ae0a0f8b2", "transaction", sealed).ok());
  EXPECT_FALSE(aes_256_gcm_open(key, "", "transaction", sealed).ok());
  EXPECT_FALSE(
      aes_256_gcm_open(Secret("another key of 32 bytes, or not?"), "c07ae0a0f8b1", "transaction", sealed).ok());
  EXPECT_FALSE(aes_256_gcm_open(key, "c07ae0a0f8b1", "transaction", sealed.substr(0, 15)).ok());
  EXPECT_TRUE(aes_256_gcm_open(Secret("short"), "c07ae0a0f8b1", "transaction", sealed).error().is(errors::kKeyInvalid));
}

TEST(Sha1, VectorsOfFips180) {
  EXPECT_EQ(to_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

}  // namespace
}  // namespace feiqian::crypto
