#include "channels/unionpay/message.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "channels/unionpay/order_key.h"
#include "channels/unionpay/response_code.h"
#include "foundation/strong_id.h"

namespace feiqian::channels::unionpay {
namespace {

TEST(UnionPayAnswer, IsTakenApartWithNestedValues) {
  const auto fields = parse_answer(
                          "respCode=00&respMsg=成功[0000000]&signature=AA+/"
                          "==&cardTransData={a=1&b={c=2&d=3}&e=}&list=[x&y]&empty=&signPubKeyCert="
                          "-----BEGIN CERTIFICATE-----\r\nMII=\r\n-----END CERTIFICATE-----")
                          .value();
  EXPECT_EQ(fields.at("respCode"), "00");
  EXPECT_EQ(fields.at("respMsg"), "成功[0000000]");
  EXPECT_EQ(fields.at("signature"), "AA+/==");
  EXPECT_EQ(fields.at("cardTransData"), "{a=1&b={c=2&d=3}&e=}");
  EXPECT_EQ(fields.at("list"), "[x&y]");
  EXPECT_EQ(fields.at("empty"), "");
  EXPECT_EQ(fields.at("signPubKeyCert"), "-----BEGIN CERTIFICATE-----\r\nMII=\r\n-----END CERTIFICATE-----");
  EXPECT_EQ(fields.size(), 7U);
}

TEST(UnionPayAnswer, ABracketThatNeverClosesIsPlainText) {
  const auto fields = parse_answer("a={b&c=d").value();
  EXPECT_EQ(fields.at("a"), "{b");
  EXPECT_EQ(fields.at("c"), "d");
}

TEST(UnionPayAnswer, WhatIsNotFieldsIsRefused) {
  for (const char* text : {"", "x", "=1", "a=1&", "a=1&b", "&a=1", "a=1&&b=2", "a=1&a=2", "<html>", "a=1&=2"})
    EXPECT_FALSE(parse_answer(text).ok()) << text;
}

/// Values of any bytes but `&`, which do not begin like nested ones.
RC_GTEST_PROP(UnionPayAnswer, GivesBackWhatWasWritten, ()) {
  const auto written =
      *rc::gen::container<Fields>(rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z'))),
                                  rc::gen::map(rc::gen::arbitrary<std::string>(), [](std::string value) {
                                    std::erase_if(value, [](char c) { return c == '&' || c == '{' || c == '['; });
                                    return value;
                                  }));
  std::string text;
  for (const auto& [name, value] : written) text += (text.empty() ? "" : "&") + name + "=" + value;
  const auto read = parse_answer(text);
  RC_ASSERT(read.ok() == !written.empty());
  if (read.ok()) RC_ASSERT(*read == written);
}

RC_GTEST_PROP(UnionPayAnswer, AnyBytesAreReadOrRefused, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("a=&{}[]\r\n%+1")));
  const auto read = parse_answer(text);
  if (!read.ok()) return;
  for (const auto& [name, value] : *read) {
    RC_ASSERT(!name.empty());
    RC_ASSERT(name.find('&') == std::string::npos);
  }
}

TEST(UnionPayForm, IsReadOnceAndWrittenWithoutEmptyFields) {
  const auto fields = parse_form("respMsg=%E6%88%90%E5%8A%9F%5B0000000%5D&a=1+2").value();
  EXPECT_EQ(fields.at("respMsg"), "成功[0000000]");
  EXPECT_EQ(fields.at("a"), "1 2");
  for (const char* text : {"", "a=1&a=2", "a=%", "=1"}) EXPECT_FALSE(parse_form(text).ok()) << text;
  EXPECT_EQ(to_form({{"a", "1 2"}, {"b", ""}, {"c", "茶"}}), "a=1%202&c=%E8%8C%B6");
}

TEST(UnionPayOrderKey, ComesFromTheNumberAlone) {
  const auto key = order_key_of("att_0dw78xa000005").value();
  EXPECT_EQ(key.order_id, "att0dw78xa000005");
  EXPECT_EQ(key.txn_time, "20261122100000") << "the time at which the id was made, in China";
  EXPECT_EQ(number_of("att0dw78xa000005"), "att_0dw78xa000005");
}

TEST(UnionPayOrderKey, EveryIdThatIsMadeGivesAnOrderOfItsTimeAndComesBack) {
  for (const std::int64_t ms : {1735689600000LL, 1767225599999LL, 1795312800123LL, 2082758399999LL}) {
    for (const int shard : {0, 1, 1023}) {
      const Timestamp at{ms * 1000};
      IdGenerator fresh;
      const auto number = feiqian::detail::id_to_text("ref", fresh.next(at, shard));
      const auto key = order_key_of(number).value();
      EXPECT_EQ(key.txn_time, to_txn_time(at)) << number;
      EXPECT_EQ(number_of(key.order_id), number);
      EXPECT_GE(key.order_id.size(), 8U);
      EXPECT_LE(key.order_id.size(), 32U) << "the settlement file has no room for more";
    }
  }
}

TEST(UnionPayOrderKey, WhatIsNoIdIsRefused) {
  for (const char* number : {"", "att", "att_", "att_1", "_0dw78xa000005", "ATT_0dw78xa000005", "att_0dw78xa00000u",
                             "att_0000000000000", "att-0dw78xa000005", "0dw78xa000005"})
    EXPECT_FALSE(order_key_of(number).ok()) << number;
  for (const char* order_id : {"", "0dw78xa000005", "20260101000001", "att0dw78xa00000", "1att0dw78xa000005"})
    EXPECT_FALSE(number_of(order_id).has_value()) << order_id;
}

TEST(UnionPayTime, IsReadStrictly) {
  EXPECT_EQ(to_txn_time(from_txn_time("20261122100000").value()), "20261122100000");
  for (const char* text :
       {"", "2026112210000", "202611221000000", "20261322100000", "2026112210000x", "-0261122100000"})
    EXPECT_FALSE(from_txn_time(text).ok()) << text;
}

TEST(UnionPayCode, ConcludesOnlyWhatTheTableHolds) {
  struct Case {
    const char* code;
    Meaning meaning;
  };
  for (const auto& c : {
           Case{"00", Meaning::Done},        Case{"A6", Meaning::Done},        Case{"03", Meaning::Ask},
           Case{"04", Meaning::Ask},         Case{"05", Meaning::Ask},         Case{"06", Meaning::Ask},
           Case{"12", Meaning::Ask},         Case{"42", Meaning::Ask},         Case{"74", Meaning::Ask},
           Case{"75", Meaning::Ask},         Case{"99", Meaning::Ask},         Case{"34", Meaning::NotFound},
           Case{"98", Meaning::NotFound},    Case{"45", Meaning::GivenBack},   Case{"46", Meaning::GivenBack},
           Case{"01", Meaning::NotExecuted}, Case{"11", Meaning::NotExecuted}, Case{"64", Meaning::NotExecuted},
           Case{"91", Meaning::NotExecuted}, Case{"", Meaning::Ask},           Case{"0", Meaning::Ask},
           Case{"000", Meaning::Ask},        Case{"a6", Meaning::Ask},         Case{"84", Meaning::Ask},
           Case{"ZZ", Meaning::Ask},
       }) {
    EXPECT_EQ(meaning_of(c.code), c.meaning) << c.code;
  }
  EXPECT_EQ(stable_code("64"), "payer.insufficient_balance");
  EXPECT_EQ(stable_code("88"), "payer.code_invalid");
  EXPECT_EQ(stable_code("01"), "channel.declined");
}

}  // namespace
}  // namespace feiqian::channels::unionpay
