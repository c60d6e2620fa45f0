// AES-GCM and digests as protocols name them; vectors made by other implementations.
#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/sha1.h"
#include "crypto/sm3.h"
#include "foundation/text.h"

namespace feiqian::crypto {
namespace {

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

TEST(Sm3, GivesTheStandardsExamples) {
  EXPECT_EQ(to_hex(sm3("abc")), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  std::string longer;
  for (int i = 0; i < 16; ++i) longer += "abcd";
  EXPECT_EQ(to_hex(sm3(longer)), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

}  // namespace
}  // namespace feiqian::crypto
