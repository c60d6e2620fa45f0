// Digests, signatures and the key store.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "crypto/digest.h"
#include "crypto/key_store.h"
#include "crypto/signature.h"
#include "foundation/text.h"

namespace feiqian::crypto {
namespace {

std::string bytes(std::string_view hex) {
  return from_hex(hex).value();
}

// --- digests
// --------------------------------------------------------------------------------------------------------------------------------

TEST(Digest, VectorsOfFips180) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Digest, InPartsIsTheSameAsWhole) {
  Sha256 digest;
  digest.update("ab");
  digest.update("");
  digest.update("c");
  EXPECT_EQ(digest.finish(), sha256("abc"));
  EXPECT_EQ(digest.finish(), sha256("")) << "starts anew";
}

TEST(Hmac, VectorsOfRfc4231) {
  struct Case {
    std::string key;
    std::string data;
    const char* code;
  };
  for (const auto& c : std::vector<Case>{
           {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
           {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
           {std::string(20, '\xaa'), std::string(50, '\xdd'),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
           {bytes("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
           {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
       }) {
    EXPECT_EQ(to_hex(hmac_sha256(c.key, c.data)), c.code);
  }
}

// --- signatures
// -----------------------------------------------------------------------------------------------------------------------------

std::string pem(const char* what, std::string_view der) {
  return std::string("-----BEGIN ") + what + " KEY-----\n" + to_base64(der) + "\n-----END " + what + " KEY-----\n";
}

TEST(Ed25519, VectorsOfRfc8032) {
  struct Case {
    const char* secret;
    const char* public_key;
    const char* message;
    const char* signature;
  };
  for (const auto& c : {Case{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                             "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                             "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
                             "cf9b46bd25bf5f0595bbe24655141438e7a100b"},
                        Case{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                             "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
                             "0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}}) {
    const auto signer =
        Signer::from_pem(Algorithm::Ed25519,
                         Secret(pem("PRIVATE", bytes("302e020100300506032b657004220420") + bytes(c.secret))))
            .value();
    const auto verifier =
        Verifier::from_pem(Algorithm::Ed25519, pem("PUBLIC", bytes("302a300506032b6570032100") + bytes(c.public_key)))
            .value();
    EXPECT_EQ(to_hex(signer.sign(bytes(c.message))), c.signature);
    EXPECT_EQ(to_hex(signer.raw_public_key()), c.public_key);
    EXPECT_TRUE(verifier.verify(bytes(c.message), bytes(c.signature)).ok());
  }
}

std::vector<Signer> signers() {
  static const auto* const kSigners = new std::vector<Signer>{
      Signer::generate(Algorithm::Ed25519), Signer::generate(Algorithm::RsaV15Sha256),
      Signer::generate(Algorithm::EcdsaP256Sha256), Signer::from_hmac_secret(Secret(std::string(16, 'k'))).value()};
  return *kSigners;
}
Verifier verifier_of(const Signer& signer) {
  if (signer.algorithm() == Algorithm::HmacSha256)
    return Verifier::from_hmac_secret(Secret(std::string(16, 'k'))).value();
  return Verifier::from_pem(signer.algorithm(), signer.public_pem()).value();
}

TEST(Signature, VerifiesOnlyTheSameMessageAndBytes) {
  for (const auto& signer : signers()) {
    const auto verifier = verifier_of(signer);
    const auto name = name_of(signer.algorithm());
    const auto signature = signer.sign("message");
    EXPECT_TRUE(verifier.verify("message", signature).ok()) << name;
    EXPECT_EQ(verifier.verify("messagf", signature).error().code(), "signature.wrong") << name;
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      auto changed = signature;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_FALSE(verifier.verify("message", changed).ok()) << name << " " << i;
    }
    for (const auto& wrong : {std::string(), signature.substr(1), signature + "x", std::string(signature.size(), '\0'),
                              std::string(64, '\xff')}) {
      EXPECT_FALSE(verifier.verify("message", wrong).ok()) << name;
    }
  }
}

TEST(Signature, P256IsRawAndAlways64Bytes) {
  const auto signer = Signer::generate(Algorithm::EcdsaP256Sha256);
  // A leading zero of r or s comes up every 128 signatures; none may be shorter.
  for (int i = 0; i < 400; ++i) ASSERT_EQ(signer.sign(std::to_string(i)).size(), 64U);
}

TEST(Signature, KeysGoThroughPem) {
  for (const auto& signer : signers()) {
    if (signer.algorithm() == Algorithm::HmacSha256) continue;
    const auto again = Signer::from_pem(signer.algorithm(), signer.private_pem()).value();
    EXPECT_TRUE(verifier_of(signer).verify("message", again.sign("message")).ok());
  }
}

TEST(Signature, AKeyOfAnotherKindIsRefused) {
  for (const auto& signer : signers()) {
    if (signer.algorithm() == Algorithm::HmacSha256) continue;
    for (const auto algorithm :
         {Algorithm::Ed25519, Algorithm::RsaV15Sha256, Algorithm::EcdsaP256Sha256, Algorithm::HmacSha256}) {
      const bool fits = algorithm == signer.algorithm();
      EXPECT_EQ(Verifier::from_pem(algorithm, signer.public_pem()).ok(), fits) << name_of(algorithm);
      EXPECT_EQ(Signer::from_pem(algorithm, signer.private_pem()).ok(), fits) << name_of(algorithm);
    }
  }
  // 1024 bits are too few; the P-384 curve is not P-256.
  constexpr auto kRsa1024 =
      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdlatRjRjogo3WojgGHFHYLugdUWAY9iR3fy4arWNA1KoS8kVw33cJibXr8bvwUAUparCwlvdb"
      "H6dvEOfou0/gCFQsHUfQrSDv+MuSUMAe8jzKE4qW+"
      "jK+xQU9a03GUnKHkkle+Q0pX/g6jXZ7r1/xAK5Do2kQ+X5xK9cipRgEKwIDAQAB";
  EXPECT_EQ(Verifier::rsa_from_base64(kRsa1024).error().detail(), "RSA keys must have at least 2048 bits");
}

TEST(Signature, BrokenKeysAreRefused) {
  for (const char* text : {"", "key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}) {
    EXPECT_EQ(Verifier::from_pem(Algorithm::Ed25519, text).error().code(), "key.invalid");
    EXPECT_EQ(Signer::from_pem(Algorithm::Ed25519, Secret(text)).error().code(), "key.invalid");
    EXPECT_EQ(Verifier::rsa_from_base64(text).error().code(), "key.invalid");
  }
  EXPECT_EQ(Verifier::from_hmac_secret(Secret(std::string(15, 'k'))).error().code(), "key.invalid");
  EXPECT_EQ(Signer::from_hmac_secret(Secret("")).error().code(), "key.invalid");
}

TEST(Signature, BareBase64OfTheDer) {
  const auto signer = Signer::generate(Algorithm::RsaV15Sha256);
  const auto text = signer.public_pem();
  std::string der;
  for (const auto line : split(text, '\n')) {
    if (!line.starts_with("-----")) der += line;
  }
  const auto verifier = Verifier::rsa_from_base64(" " + der + "\n").value();
  EXPECT_TRUE(verifier.verify("m", signer.sign("m")).ok());
}

TEST(Signature, NamesOfRfc9421) {
  for (const char* name : {"ed25519", "rsa-v1_5-sha256", "ecdsa-p256-sha256", "hmac-sha256"})
    EXPECT_EQ(name_of(algorithm_of(name).value()), name);
  for (const char* name : {"", "rsa-pss-sha512", "ED25519", "none"})
    EXPECT_EQ(algorithm_of(name), std::nullopt) << name;
}

// --- the key store
// --------------------------------------------------------------------------------------------------------------------------

class KeyStoreTest : public ::testing::Test {
 protected:
  KeyStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "feiqian-keys-XXXXXX").string();
    directory_ = std::string(mkdtemp(name.data())) + "/keys";
  }
  ~KeyStoreTest() override { std::filesystem::remove_all(std::filesystem::path(directory_).parent_path()); }
  static unsigned mode(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }

  std::string directory_;
  SeededRandom random_{1};
};

TEST_F(KeyStoreTest, MakesAPrivateDirectoryAndMasterKey) {
  auto store = KeyStore::open(directory_, random_).value();
  EXPECT_EQ(mode(directory_), 0700U);
  EXPECT_EQ(mode(directory_ + "/master.key"), 0600U);
  EXPECT_EQ(std::filesystem::file_size(directory_ + "/master.key"), 32U);
  EXPECT_FALSE(store.has("alipay"));
  ASSERT_TRUE(store.write("alipay", Secret("hunter2")).ok());
  EXPECT_EQ(mode(directory_ + "/alipay.sealed"), 0600U);
  EXPECT_TRUE(store.has("alipay"));
  std::ifstream file(directory_ + "/alipay.sealed");
  const std::string content((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(content.find("hunter2"), std::string::npos);
  const auto again = KeyStore::open(directory_, random_).value();
  EXPECT_EQ(again.read("alipay")->reveal(), "hunter2");
  EXPECT_EQ(again.derive("x").reveal(), store.derive("x").reveal());
}

TEST_F(KeyStoreTest, RefusesFilesThatOthersMayRead) {
  auto store = KeyStore::open(directory_, random_).value();
  ASSERT_TRUE(store.write("alipay", Secret("hunter2")).ok());
  for (const unsigned bits : {0640U, 0604U, 0660U, 0644U}) {
    ::chmod((directory_ + "/alipay.sealed").c_str(), bits);
    EXPECT_EQ(store.read("alipay").error().code(), "file.unusable") << bits;
    ::chmod((directory_ + "/master.key").c_str(), bits);
    EXPECT_EQ(KeyStore::open(directory_, random_).error().code(), "file.unusable") << bits;
  }
}

TEST_F(KeyStoreTest, RefusesAMasterKeyOfAnotherLength) {
  static_cast<void>(KeyStore::open(directory_, random_).ok());
  std::filesystem::resize_file(directory_ + "/master.key", 31);
  EXPECT_EQ(KeyStore::open(directory_, random_).error().code(), "key.invalid");
}

TEST_F(KeyStoreTest, AMissingSecret) {
  const auto store = KeyStore::open(directory_, random_).value();
  EXPECT_EQ(store.read("nothing").error().code(), "file.unusable");
}

TEST_F(KeyStoreTest, WhatWasSealedOpensOnlyWhereItBelongs) {
  const auto store = KeyStore::open(directory_, random_).value();
  const auto sealed = store.seal(Secret("hunter2"), "key:1");
  EXPECT_EQ(store.unseal(sealed, "key:1")->reveal(), "hunter2");
  EXPECT_EQ(store.unseal(sealed, "key:2").error().code(), "seal.broken");
  EXPECT_EQ(store.unseal(sealed, "").error().code(), "seal.broken");
  EXPECT_EQ(store.unseal(store.seal(Secret(""), "b"), "b")->reveal(), "");
  EXPECT_NE(store.seal(Secret("hunter2"), "key:1"), sealed) << "never the same nonce";
}

TEST_F(KeyStoreTest, AnyChangedOrMissingByteBreaksTheSeal) {
  const auto store = KeyStore::open(directory_, random_).value();
  const auto sealed = store.seal(Secret("hunter2"), "key:1");
  EXPECT_EQ(sealed.size(), 1 + 8 + 12 + 7 + 16U);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    EXPECT_EQ(store.unseal(changed, "key:1").error().code(), "seal.broken") << i;
    EXPECT_EQ(store.unseal(sealed.substr(0, i), "key:1").error().code(), "seal.broken") << i;
  }
  EXPECT_EQ(store.unseal(sealed + "x", "key:1").error().code(), "seal.broken");
}

TEST_F(KeyStoreTest, AnotherMasterKeyDoesNotOpenIt) {
  const auto store = KeyStore::open(directory_, random_).value();
  const auto other = KeyStore::open(directory_ + "/other", random_).value();
  const auto opened = other.unseal(store.seal(Secret("hunter2"), "b"), "b");
  EXPECT_EQ(opened.error().detail(), "sealed with another key");
  EXPECT_NE(other.derive("x").reveal(), store.derive("x").reveal());
  EXPECT_NE(store.derive("x").reveal(), store.derive("y").reveal());
}

}  // namespace
}  // namespace feiqian::crypto
