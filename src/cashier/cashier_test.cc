#include "cashier/cashier.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "foundation/text.h"

namespace feiqian::cashier {
namespace {

using payments::PaymentId;
const Secret kKey("0123456789abcdef");

RC_GTEST_PROP(Token, NamesItsPayment, ()) {
  const PaymentId id{*rc::gen::inRange<std::int64_t>(1, INT64_MAX)};
  RC_ASSERT(payment_of(token_of(id, kKey), kKey) == id);
}

TEST(Token, IsProofOnlyWithItsKeyAndEveryBit) {
  const auto token = token_of(PaymentId{12345}, kKey);
  EXPECT_EQ(token.size(), 32U);
  EXPECT_EQ(payment_of(token, Secret("another key 1234")), std::nullopt);
  const auto bytes = from_base64url(token).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_EQ(payment_of(to_base64url(changed), kKey), std::nullopt) << i;
    }
  }
}

TEST(Token, OtherFormsAreNone) {
  const auto token = token_of(PaymentId{12345}, kKey);
  for (const auto& other : {std::string(), token.substr(1), token + "A", token + "=", token.substr(0, 31),
                            std::string(32, 'A'), "pay_0000000000001" + std::string(15, '/')}) {
    EXPECT_EQ(payment_of(other, kKey), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace feiqian::cashier
