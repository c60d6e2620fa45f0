// What certificates say and prove; one was made by another implementation.
#include "crypto/certificate.h"

#include <gtest/gtest.h>

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

constexpr Timestamp kNow{1795312800000000};  // 2026-11-22T02:00:00Z
constexpr std::int64_t kDayS = 86400;

const Signer& key(int which) {
  static const auto* const kKeys =
      new std::vector<Signer>{Signer::generate(Algorithm::RsaV15Sha256), Signer::generate(Algorithm::RsaV15Sha256),
                              Signer::generate(Algorithm::RsaV15Sha256)};
  return (*kKeys)[static_cast<std::size_t>(which)];
}

CertificateOrder order(std::string name, const Signer& of, bool authority) {
  CertificateOrder made;
  made.common_name = std::move(name);
  made.organisation = "Feiqian";
  made.serial_hex = "1012496558";
  made.from = kNow.plus_s(-kDayS);
  made.to = kNow.plus_s(kDayS);
  made.authority = authority;
  made.public_pem = of.public_pem();
  return made;
}

struct Chain {
  Certificate root =
      Certificate::from_pem(issue_certificate(order("root", key(0), true), key(0), nullptr).value()).value();
  Certificate issuer =
      Certificate::from_pem(issue_certificate(order("issuer", key(1), true), key(0), &root).value()).value();
  Certificate leaf =
      Certificate::from_pem(issue_certificate(order("041@Z@某银联@1", key(2), false), key(1), &issuer).value()).value();
};

TEST(Certificate, ReadsSerialTimesAndKey) {
  const auto certificate = Certificate::from_pem(kPem).value();
  EXPECT_EQ(certificate.serial_hex(), "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
  EXPECT_EQ(to_rfc3339(certificate.not_before()), "2026-11-22T22:24:44.000Z");
  EXPECT_EQ(to_rfc3339(certificate.not_after()), "2036-11-19T22:24:44.000Z");
  const auto key = certificate.rsa_verifier().value();
  EXPECT_TRUE(key.verify(kSignedText, from_base64(kSignature).value()).ok());
  EXPECT_FALSE(key.verify(std::string(kSignedText) + " ", from_base64(kSignature).value()).ok());
}

TEST(Certificate, IsInForceFromItsFirstToItsLastSecond) {
  const auto certificate = Certificate::from_pem(kPem).value();
  EXPECT_FALSE(certificate.is_in_force({certificate.not_before().us - 1}));
  EXPECT_TRUE(certificate.is_in_force(certificate.not_before()));
  EXPECT_TRUE(certificate.is_in_force(certificate.not_after()));
  EXPECT_FALSE(certificate.is_in_force({certificate.not_after().us + 1}));
}

TEST(Certificate, RefusesWhatIsNone) {
  for (const std::string& pem : {std::string(), std::string("-----BEGIN CERTIFICATE-----\nAAAA\n"), key(0).public_pem(),
                                 std::string(kPem).substr(9)})
    EXPECT_FALSE(Certificate::from_pem(pem).ok()) << pem;
}

TEST(Certificate, BearsAnySerialNumberThatIsOne) {
  auto wanted = order("A platform", key(0), false);
  SystemRandom random;
  for (const auto& serial : {std::string("4A00000000000000000000000000000000000001"), new_serial_hex(random)}) {
    wanted.serial_hex = serial;
    const auto made = Certificate::from_pem(self_signed_certificate(wanted, key(0)).value()).value();
    EXPECT_EQ(made.serial_hex(), serial);
    EXPECT_TRUE(made.rsa_verifier().value().verify("text", key(0).sign("text")).ok());
  }
  for (const std::string& serial :
       {std::string(), std::string("4G"), std::string("-4"), std::string(41, '4'), std::string(40, '8')}) {
    wanted.serial_hex = serial;
    EXPECT_FALSE(self_signed_certificate(wanted, key(0)).ok()) << serial;
  }
}

TEST(Certificate, SaysWhatItWasMadeWith) {
  const Chain chain;
  EXPECT_EQ(chain.leaf.common_name(), "041@Z@某银联@1");
  EXPECT_EQ(chain.leaf.serial_decimal(), "69026276696");
  EXPECT_EQ(chain.leaf.not_before(), kNow.plus_s(-kDayS));
  EXPECT_EQ(chain.leaf.not_after(), kNow.plus_s(kDayS));
  EXPECT_TRUE(chain.leaf.rsa_verifier().value().verify("text", key(2).sign("text")).ok());
  EXPECT_FALSE(chain.leaf.rsa_verifier().value().verify("text", key(1).sign("text")).ok());
}

TEST(Certificate, IsReadWithAnyLineEndsAndSeveralOfThem) {
  const auto pem = issue_certificate(order("root", key(0), true), key(0), nullptr).value();
  std::string crlf;
  for (const char c : pem) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(Certificate::from_pem(crlf).value().common_name(), "root");
  EXPECT_EQ(Certificate::all_from_pem(pem + crlf).value().size(), 2U);
  for (const char* broken : {"", "root", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_FALSE(Certificate::from_pem(broken).ok()) << broken;
    EXPECT_FALSE(Certificate::all_from_pem(broken).ok()) << broken;
  }
}

TEST(TrustedRoots, AcceptALeafOnlyByAWholePathInForce) {
  const Chain chain;
  const TrustedRoots whole({chain.root}, {chain.issuer});
  EXPECT_TRUE(whole.verify(chain.leaf, kNow).ok());
  EXPECT_FALSE(whole.verify(chain.leaf, kNow.plus_s(2 * kDayS)).ok()) << "expired";
  EXPECT_FALSE(whole.verify(chain.leaf, kNow.plus_s(-2 * kDayS)).ok()) << "not yet in force";
  EXPECT_FALSE(TrustedRoots({chain.root}, {}).verify(chain.leaf, kNow).ok()) << "the issuer is missing";
  EXPECT_FALSE(TrustedRoots({}, {chain.issuer}).verify(chain.leaf, kNow).ok()) << "no root";
  const auto other =
      Certificate::from_pem(issue_certificate(order("root", key(2), true), key(2), nullptr).value()).value();
  EXPECT_FALSE(TrustedRoots({other}, {chain.issuer}).verify(chain.leaf, kNow).ok()) << "another root of that name";
}

TEST(TrustedRoots, RefuseALeafThatWasSignedByALeaf) {
  const Chain chain;
  const auto forged =
      Certificate::from_pem(issue_certificate(order("041@Z@某银联@1", key(0), false), key(2), &chain.leaf).value())
          .value();
  EXPECT_FALSE(TrustedRoots({chain.root}, {chain.issuer, chain.leaf}).verify(forged, kNow).ok());
}

}  // namespace
}  // namespace feiqian::crypto
