// Errors, results, secrets, logs, text, chance, metrics.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>

#include "foundation/error.h"
#include "foundation/log.h"
#include "foundation/metrics.h"
#include "foundation/random.h"
#include "foundation/result.h"
#include "foundation/secret.h"
#include "foundation/text.h"

namespace feiqian {
namespace {

using namespace std::string_literals;

// --- errors
// -------------------------------------------------------------------------------------------------------------------------------

TEST(Error, TheConsequenceDecidesTheStatus) {
  struct Case {
    Consequence consequence;
    int status;
  };
  for (const auto& c :
       {Case{Consequence::Malformed, 400}, Case{Consequence::Unauthenticated, 401}, Case{Consequence::Forbidden, 403},
        Case{Consequence::NotFound, 404}, Case{Consequence::Conflict, 409}, Case{Consequence::Declined, 422},
        Case{Consequence::RetrySafe, 503}, Case{Consequence::OutcomeUnknown, 504}, Case{Consequence::Internal, 500}}) {
    const ErrorKind kind{"a.b", c.consequence, "Title."};
    EXPECT_EQ(http_status(Error(kind)), c.status);
  }
}

TEST(Error, SomeCodesHaveAStatusOfTheirOwn) {
  for (const auto& [code, status] : std::vector<std::pair<const char*, int>>{{"request.too_large", 413},
                                                                             {"request.media_type", 415},
                                                                             {"request.method", 405},
                                                                             {"request.rate_limited", 429}}) {
    const ErrorKind kind{code, Consequence::Malformed, ""};
    EXPECT_EQ(http_status(Error(kind)), status);
  }
}

TEST(Error, Text) {
  const ErrorKind kind{"a.b", Consequence::Declined, "Title."};
  EXPECT_EQ(Error(kind).text(), "a.b: Title.");
  EXPECT_EQ(Error(kind, "detail").text(), "a.b: detail");
  EXPECT_EQ(Error(kind, "detail", "x.0.y").text(), "a.b: detail (x.0.y)");
  EXPECT_TRUE(Error(kind).is(kind));
  EXPECT_FALSE(Error(kind).is(errors::kInternal));
}

Result<int> halved(int value) {
  if (value % 2 != 0) return Error(errors::kValueInvalid, "odd");
  return value / 2;
}
Result<int> quartered(int value) {
  return TRY(halved(TRY(halved(value))));
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(quartered(8).value(), 2);
  EXPECT_EQ(quartered(6).error().detail(), "odd");
  EXPECT_EQ(quartered(7).error().detail(), "odd");
}

TEST(ResultDeathTest, GivesItsValueOnlyWhenItHasOne) {
  EXPECT_DEATH(static_cast<void>(halved(1).value()), "check.failed");
  EXPECT_DEATH(static_cast<void>(halved(2).error()), "check.failed");
  EXPECT_DEATH(Result<void>(Error(errors::kInternal)).value(), "check.failed");
}

// --- logs
// ---------------------------------------------------------------------------------------------------------------------------------

std::string logged(log::Fields fields) {
  const auto line = log::line(log::Level::Info, "area.event", fields, Timestamp{1795329000000000});
  const auto head = std::string(R"({"time":"2026-11-22T06:30:00.000Z","level":"info","event":"area.event")");
  EXPECT_EQ(line.substr(0, head.size()), head);
  return line.substr(head.size());
}

TEST(Log, OneJsonObjectALine) {
  EXPECT_EQ(logged({}), "}");
  EXPECT_EQ(logged({{"a", 1}, {"b", std::int64_t{-5}}, {"c", true}, {"d", 1.5}, {"e", "text"}, {"f", std::size_t{7}}}),
            R"(,"a":1,"b":-5,"c":true,"d":1.500,"e":"text","f":7})");
}

TEST(Log, EscapesWhatJsonMust) {
  EXPECT_EQ(logged({{"a", "\"\\\n\r\t\b\x01\x1f"s}}), R"(,"a":"\"\\\n\r\t\u0008\u0001\u001f"})");
  EXPECT_EQ(logged({{"a", "\0"s}}), R"(,"a":"\u0000"})");
  EXPECT_EQ(logged({{"a", "龙井茶 🍵"}}), ",\"a\":\"龙井茶 🍵\"}");
}

TEST(Log, StaysJsonWhateverIsLogged) {
  // Bytes that are no UTF-8 and numbers that JSON does not know.
  EXPECT_TRUE(is_valid_utf8(logged({{"a", "\xff\xfe bad \xc3"s}})));
  EXPECT_EQ(logged({{"a", std::nan("")}}), R"(,"a":null})");
  EXPECT_EQ(logged({{"a", INFINITY}}), R"(,"a":null})");
}

RC_GTEST_PROP(Log, AnyTextStaysOneLineOfUtf8, (const std::string& text)) {
  const auto line = logged({{"a", text}});
  RC_ASSERT(is_valid_utf8(line));
  for (const char c : line) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
}

TEST(Log, ASecretShowsAsItsMask) {
  EXPECT_EQ(logged({{"key", Secret("hunter2")}}), R"(,"key":"***"})");
}

TEST(Log, AnErrorShowsItsText) {
  EXPECT_EQ(logged({{"why", Error(errors::kValueInvalid, "too \"long\"", "a")}}),
            R"log(,"why":"value.invalid: too \"long\" (a)"})log");
}

TEST(Secret, MovesAndMasks) {
  Secret a("hunter2");
  Secret b(std::move(a));
  EXPECT_EQ(b.reveal(), "hunter2");
  EXPECT_EQ(Secret::mask(), "***");
  EXPECT_EQ(mask_name("欧阳娜娜"), "欧*");
  EXPECT_EQ(mask_name("Ann"), "A*");
  EXPECT_EQ(mask_name(""), "");
}

// --- text
// ---------------------------------------------------------------------------------------------------------------------------------

RC_GTEST_PROP(Encodings, RoundTrip, (const std::string& bytes)) {
  RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
  RC_ASSERT(from_base64(to_base64(bytes)) == bytes);
  RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes);
  RC_ASSERT(percent_decode(percent_encode(bytes)) == bytes);
  RC_ASSERT(percent_decode(percent_encode(bytes), true) == bytes);
  RC_ASSERT(form_decode(form_encode({{"a", bytes}, {"b", ""}})) == (FormFields{{"a", bytes}, {"b", ""}}));
}

TEST(Base64, VectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(Base64, IsStrict) {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "Z", "Zm9v\n", " Zm9v", "Zm 9v", "Zh==", "Zm9=", "Zm-v", "====", "Zg==Zg==", "=Zg="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
  for (const char* text : {"Zg==", "Zh", "Zm+v", "Z"}) EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

TEST(Hex, IsStrict) {
  EXPECT_EQ(from_hex("0aFF"), "\x0a\xff");
  for (const char* text : {"0", "0g", "0x", " 00"}) EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

TEST(PercentEncoding, Tables) {
  EXPECT_EQ(percent_encode("a b/茶~"), "a%20b%2F%E8%8C%B6~");
  EXPECT_EQ(percent_decode("a+b%20c"), "a+b c");
  EXPECT_EQ(percent_decode("a+b%20c", true), "a b c");
  for (const char* text : {"%", "%2", "%zz", "a%", "%2%20"}) EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

TEST(Forms, Tables) {
  EXPECT_EQ(form_decode("a=1&b=&c&&d=x%3Dy+z"), (FormFields{{"a", "1"}, {"b", ""}, {"c", ""}, {"d", "x=y z"}}));
  EXPECT_EQ(form_decode("a=1&a=2"), (FormFields{{"a", "1"}, {"a", "2"}}));
  EXPECT_EQ(form_decode(""), FormFields{});
  EXPECT_EQ(form_decode("a=%"), std::nullopt);
}

TEST(Utf8, ShortestFormsAndNoSurrogates) {
  for (const auto& good : {"a"s, "é"s, "茶"s, "🍵"s, ""s, "\0"s, "\xf4\x8f\xbf\xbf"s}) EXPECT_TRUE(is_valid_utf8(good));
  for (const auto& bad : {"\x80"s, "\xc0\x80"s, "\xc1\xbf"s, "\xe0\x80\x80"s, "\xed\xa0\x80"s, "\xf0\x80\x80\x80"s,
                          "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xc3"s, "\xe8\x8c"s, "a\xff"s}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << to_hex(bad);
  }
  EXPECT_EQ(utf8_length("龙井a🍵"), 4U);
  EXPECT_EQ(utf8_prefix("龙井a🍵", 2), "龙井");
  EXPECT_EQ(utf8_prefix("龙井", 9), "龙井");
}

TEST(Text, SmallThings) {
  EXPECT_EQ(parse_int("-12"), -12);
  EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "+1", " 1", "1 ", "1.0", "9223372036854775808", "-", "0x1", "1e3"})
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), std::vector<std::string_view>{""});
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_TRUE(equals_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_EQ(html_escape("<a href='x'>\"&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_TRUE(has_control_characters("a\x7f"));
  EXPECT_TRUE(has_control_characters("\n"));
  EXPECT_FALSE(has_control_characters("茶 a"));
}

// --- chance and metrics
// -------------------------------------------------------------------------------------------------------------------

TEST(Random, TheSameSeedTheSameBytes) {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  const auto bytes = a.bytes(100);
  EXPECT_EQ(bytes, b.bytes(100));
  EXPECT_NE(bytes, c.bytes(100));
  EXPECT_NE(bytes, a.bytes(100));
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  SeededRandom random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.below(7));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, TheSystemsIsNotRepeated) {
  SystemRandom random;
  EXPECT_NE(random.bytes(32), random.bytes(32));
  EXPECT_EQ(random.bytes(1000).size(), 1000U);
}

TEST(Metrics, AreExposed) {
  metrics::counter("feiqian_test_total", "A test", {{"kind", "a"}}).add(2);
  metrics::gauge("feiqian_test_gauge", "A test").set(5);
  metrics::histogram("feiqian_test_seconds", "A test", {1, 2}).observe(1.5);
  const auto text = metrics::exposition();
  for (const char* line : {"feiqian_test_total{kind=\"a\"} 2\n", "feiqian_test_gauge 5\n",
                           "feiqian_test_seconds_bucket{le=\"1\"} 0\n", "feiqian_test_seconds_bucket{le=\"2\"} 1\n",
                           "feiqian_test_seconds_count 1\n", "# TYPE feiqian_test_total counter\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace feiqian
