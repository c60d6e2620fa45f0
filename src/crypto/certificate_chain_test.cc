#include "crypto/certificate_chain.h"

#include <gtest/gtest.h>

#include "crypto/sm3.h"
#include "foundation/text.h"

namespace feiqian::crypto {
namespace {

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
  made.serial = 69026276696;
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

TEST(Sm3, GivesTheStandardsExamples) {
  EXPECT_EQ(to_hex(sm3("abc")), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  std::string longer;
  for (int i = 0; i < 16; ++i) longer += "abcd";
  EXPECT_EQ(to_hex(sm3(longer)), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

}  // namespace
}  // namespace feiqian::crypto
