#include "channels/unionpay/signing.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "foundation/text.h"

namespace feiqian::channels::unionpay {
namespace {

constexpr Timestamp kNow{1795312800000000};  // 2026-11-22T02:00:00Z
constexpr const char* kAgreedKey = "0123456789abcdef0123456789abcdef";

const crypto::Signer& key(int which) {
  static const auto* const kKeys =
      new std::vector<crypto::Signer>{crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256),
                                      crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256)};
  return (*kKeys)[static_cast<std::size_t>(which)];
}

std::string certificate(const std::string& name, const crypto::Signer& of, bool authority = false) {
  static const auto* const kRoot = new crypto::Certificate([] {
    crypto::CertificateOrder order{"root", "Feiqian",          "01", kNow.plus_s(-60), kNow.plus_s(3600),
                                   true,   key(0).public_pem()};
    return crypto::Certificate::from_pem(crypto::issue_certificate(order, key(0), nullptr).value()).value();
  }());
  const crypto::CertificateOrder order{name,      "Feiqian",      "07", kNow.plus_s(-60), kNow.plus_s(3600),
                                       authority, of.public_pem()};
  return crypto::issue_certificate(order, key(0), authority ? nullptr : kRoot).value();
}

MessageVerifier verifier_for(const std::string& name) {
  const auto root = crypto::Certificate::from_pem(certificate("root", key(0), true)).value();
  return MessageVerifier::by_certificate({{root}, {}}, name);
}

Fields message() {
  return {{"accessType", "0"}, {"merId", "777290058110048"},  {"orderId", "att0g5k0v0000040"},
          {"reqReserved", ""}, {"txnTime", "20261122143000"}, {"txnAmt", "12800"}};
}

/// As UnionPay sends it: signed with key 1, its certificate beside.
Fields proven(const std::string& name = "041@Z2026@00040000:SIGN@00000001") {
  auto fields = message();
  fields["signPubKeyCert"] = certificate(name, key(1));
  MessageSigner::by_certificate(key(1), "").sign(fields);
  return fields;
}

TEST(UnionPaySigning, TheTextIsSortedRawAndWithoutSignatureOrEmptyFields) {
  const Fields fields{{"txnAmt", "1"},
                      {"signature", "xyz"},
                      {"certId", "7"},
                      {"empty", ""},
                      {"riskRateInfo", "{commodityName=龙井 & 茶}"},
                      {"Z", "capital letters first"}};
  EXPECT_EQ(string_to_sign(fields), "Z=capital letters first&certId=7&riskRateInfo={commodityName=龙井 & 茶}&txnAmt=1");
  EXPECT_EQ(string_to_sign({}), "");
}

/// Vectors by Python's hashlib and openssl dgst -sm3.
TEST(UnionPaySigning, AgreedKeysGiveKnownDigests) {
  struct Case {
    SignMethod method;
    const char* signature;
  };
  for (const auto& c : {
           Case{SignMethod::Sha256Key, "9d77c3830ab352902d96e10898b42b50f4475b95383d55f9e3601344901cbfec"},
           Case{SignMethod::Sm3Key, "8bcdc06141bc9f21ef8f19906d6bb3762d7b4b27b5d5e40181e5959ed1720a72"},
       }) {
    auto fields = message();
    MessageSigner::by_key(c.method, Secret(kAgreedKey)).sign(fields);
    EXPECT_EQ(fields.at("signature"), c.signature);
    EXPECT_EQ(fields.at("signMethod"), code_of(c.method));
    EXPECT_FALSE(fields.contains("reqReserved")) << "empty fields are not sent";
    EXPECT_FALSE(fields.contains("certId"));
    EXPECT_TRUE(MessageVerifier::by_key(c.method, Secret(kAgreedKey)).verify(fields, kNow).ok());
    EXPECT_FALSE(MessageVerifier::by_key(c.method, Secret("another")).verify(fields, kNow).ok());
    const auto other = c.method == SignMethod::Sm3Key ? SignMethod::Sha256Key : SignMethod::Sm3Key;
    EXPECT_FALSE(MessageVerifier::by_key(other, Secret(kAgreedKey)).verify(fields, kNow).ok());
    fields["txnAmt"] = "12801";
    EXPECT_FALSE(MessageVerifier::by_key(c.method, Secret(kAgreedKey)).verify(fields, kNow).ok());
  }
}

TEST(UnionPaySigning, OurCertificateIsNamedAndItsKeySignsTheDigestInHexadecimal) {
  auto fields = message();
  MessageSigner::by_certificate(key(1), "69026276696").sign(fields);
  EXPECT_EQ(fields.at("certId"), "69026276696");
  EXPECT_EQ(fields.at("signMethod"), "01");
  const auto verifier = crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256, key(1).public_pem()).value();
  EXPECT_TRUE(signed_by(fields, verifier));
  EXPECT_FALSE(verifier.verify(string_to_sign(fields), from_base64(fields.at("signature")).value()).ok())
      << "the text itself is not what is signed";
}

TEST(UnionPaySigning, AMessageIsProvenByItsCertificate) {
  EXPECT_TRUE(verifier_for("00040000:SIGN").verify(proven(), kNow).ok());
}

TEST(UnionPaySigning, EverythingElseIsRefused) {
  const auto with = [](const char* name, const std::string& value) {
    auto fields = proven();
    fields[name] = value;
    return fields;
  };
  auto by_key = message();
  MessageSigner::by_key(SignMethod::Sha256Key, Secret(kAgreedKey)).sign(by_key);
  auto self_signed = message();
  crypto::CertificateOrder order{"041@Z@00040000:SIGN@1", "", "01", kNow.plus_s(-60), kNow.plus_s(60), false,
                                 key(1).public_pem()};
  self_signed["signPubKeyCert"] = crypto::issue_certificate(order, key(1), nullptr).value();
  MessageSigner::by_certificate(key(1), "").sign(self_signed);
  auto without = proven();
  without.erase("signature");
  struct Case {
    const char* why;
    Fields fields;
    Timestamp at;
  };
  for (const auto& c : std::vector<Case>{
           {"changed", with("txnAmt", "12801"), kNow},
           {"a field added", with("extra", "1"), kNow},
           {"no certificate", with("signPubKeyCert", ""), kNow},
           {"broken certificate", with("signPubKeyCert", "-----BEGIN CERTIFICATE-----"), kNow},
           {"signature is not base64", with("signature", "%%%"), kNow},
           {"no signature", without, kNow},
           {"another method", by_key, kNow},
           {"a certificate of its own making", self_signed, kNow},
           {"somebody else's certificate", proven("041@Z2026@SOMEBODY@00000001"), kNow},
           {"the certificate has expired", proven(), kNow.plus_s(7200)},
           {"the line ends of the certificate are changed",
            [] {
              auto fields = proven();
              std::string crlf;
              for (const char ch : fields.at("signPubKeyCert"))
                crlf += ch == '\n' ? std::string("\r\n") : std::string(1, ch);
              fields["signPubKeyCert"] = crlf;
              return fields;
            }(),
            kNow},
       }) {
    const auto verified = verifier_for("00040000:SIGN").verify(c.fields, c.at);
    ASSERT_FALSE(verified.ok()) << c.why;
    EXPECT_EQ(verified.error().code(), "signature.wrong") << c.why;
  }
}

TEST(UnionPaySigning, TheHolderIsTheThirdPartOfTheName) {
  EXPECT_EQ(holder_of("041@Z2017-11-1@00040000:SIGN@00000001"), "00040000:SIGN");
  EXPECT_EQ(holder_of("041@Z12@中国银联股份有限公司@00000002"), "中国银联股份有限公司");
  EXPECT_EQ(holder_of("*.95516.com"), "*.95516.com");
  EXPECT_EQ(holder_of(""), "");
}

/// The published notification of UnionPay's test system, kept beside the repository; empty when it is not there.
std::string published_notification() {
  std::error_code failed;
  for (auto at = std::filesystem::read_symlink("/proc/self/exe", failed); at.has_relative_path();
       at = at.parent_path()) {
    std::ifstream file(at / "shared" / "data" / "unionpay-acp-notify.txt", std::ios::binary);
    if (!file) continue;
    std::stringstream content;
    content << file.rdbuf();
    return std::string(trim(content.str()));
  }
  return {};
}

TEST(UnionPaySigning, APublishedNotificationVerifies) {
  const auto text = published_notification();
  if (text.empty()) GTEST_SKIP() << "the published notification is not here";
  const auto fields = parse_form(text).value();
  const auto certificate = crypto::Certificate::from_pem(value_of(fields, "signPubKeyCert")).value();
  EXPECT_EQ(holder_of(certificate.common_name()), "00040000:SIGN");
  EXPECT_EQ(certificate.serial_decimal(), "69026276696");
  EXPECT_TRUE(signed_by(fields, certificate.rsa_verifier().value()));
  for (const auto& [name, value] : fields) {
    auto changed = fields;
    changed[name] = value + "0";
    EXPECT_FALSE(signed_by(changed, certificate.rsa_verifier().value())) << name;
  }
  // Its root is not published with it, and it has expired: nobody may believe it as it stands.
  EXPECT_FALSE(verifier_for("00040000:SIGN").verify(fields, kNow).ok());
}

}  // namespace
}  // namespace feiqian::channels::unionpay
