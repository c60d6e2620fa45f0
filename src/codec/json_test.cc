#include "codec/json.h"

#include <gtest/gtest.h>

#include "codec/problem.h"
#include "codec/qr.h"

namespace feiqian::codec {
namespace {

/// A request of every kind of field.
Result<void> read(std::string_view body) {
  auto json = TRY(JsonReader::parse(body));
  json.required_text("text", 1, 5);
  json.optional_text("note", 0, 3);
  json.required_integer("amount", 1, 100);
  json.optional_integer("count", -5, 5);
  json.required_token("number", 1, 4);
  json.required_choice("mode", {"qr", "redirect"});
  json.optional_choice("kind", {"a", "b"});
  json.each("goods", 2, [](JsonReader& item) {
    item.required_text("name", 1, 4);
    item.each("parts", 2, [](JsonReader& part) { part.required_integer("price", 0, 9); });
  });
  json.text_map("metadata", 2, 3, 4);
  return json.finish();
}

constexpr std::string_view kGood = R"({"text":"龙井茶","amount":5,"number":"S-1","mode":"qr"})";

/// The good request with one more or another field.
std::string with(const std::string& name, const std::string& value) {
  auto parsed = json::parse(std::string(kGood)).as_object();
  parsed[name] = json::parse(value);
  return json::serialize(parsed);
}
std::string without(const std::string& name) {
  auto parsed = json::parse(std::string(kGood)).as_object();
  parsed.erase(name);
  return json::serialize(parsed);
}

TEST(JsonReader, AcceptsWhatIsInBounds) {
  for (const auto& body :
       {std::string(kGood), with("text", R"("a")"), with("text", R"("龙井龙井茶")"), with("amount", "1"),
        with("amount", "100"), with("note", "null"), with("note", R"("")"), with("count", "-5"), with("count", "null"),
        with("kind", R"("b")"), with("kind", "null"),
        with("goods", R"([{"name":"a"},{"name":"b","parts":[{"price":9}]}])"), with("goods", "[]"),
        with("goods", "null"), with("metadata", R"({"abc":"1234","d":""})"), with("metadata", "{}")}) {
    const auto result = read(body);
    EXPECT_TRUE(result.ok()) << body << (result.ok() ? "" : result.error().text());
  }
}

TEST(JsonReader, NamesTheFieldToBlame) {
  struct Case {
    std::string body;
    const char* code;
    const char* field;
    const char* detail;
  };
  const auto invalid = "request.invalid_field";
  for (const auto& c : std::vector<Case>{
           {without("text"), "request.missing_field", "text", "must be given"},
           {with("text", "null"), "request.missing_field", "text", "must be given"},
           {with("text", "5"), invalid, "text", "must be a text"},
           {with("text", R"("")"), invalid, "text", "must have 1 to 5 characters"},
           {with("text", R"("龙井龙井龙井")"), invalid, "text", "must have 1 to 5 characters"},
           {with("text", R"("a\nb")"), invalid, "text", "must not contain control characters"},
           {with("text", R"("a\u0000")"), invalid, "text", "must not contain control characters"},
           {with("note", R"("abcd")"), invalid, "note", "must have 0 to 3 characters"},
           {without("amount"), "request.missing_field", "amount", "must be given"},
           {with("amount", "0"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", "101"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", "-1"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", "1.0"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", "1e1"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", R"("5")"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", "true"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", "18446744073709551615"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("amount", "99999999999999999999999"), invalid, "amount", "must be an integer from 1 to 100"},
           {with("count", "6"), invalid, "count", "must be an integer from -5 to 5"},
           {with("number", R"("a b")"), invalid, "number", "may contain only A-Z a-z 0-9 _ -"},
           {with("number", R"("茶")"), invalid, "number", "may contain only A-Z a-z 0-9 _ -"},
           {with("number", R"("abcde")"), invalid, "number", "must have 1 to 4 characters"},
           {without("mode"), "request.missing_field", "mode", "must be given"},
           {with("mode", R"("QR")"), invalid, "mode", "must be one of qr, redirect"},
           {with("kind", R"("c")"), invalid, "kind", "must be one of a, b"},
           {with("goods", "{}"), invalid, "goods", "must be an array of at most 2 objects"},
           {with("goods", R"([{"name":"a"},{"name":"a"},{"name":"a"}])"), invalid, "goods",
            "must be an array of at most 2 objects"},
           {with("goods", "[5]"), invalid, "goods.0", "must be an object"},
           {with("goods", R"([{"name":"a"},{}])"), "request.missing_field", "goods.1.name", "must be given"},
           {with("goods", R"([{"name":"a","x":1}])"), "request.unknown_field", "goods.0.x", "there is no such field"},
           {with("goods", R"([{"name":"a","parts":[{"price":1},{"price":10}]}])"), invalid, "goods.0.parts.1.price",
            "must be an integer from 0 to 9"},
           {with("metadata", "[]"), invalid, "metadata", "must be an object with at most 2 keys"},
           {with("metadata", R"({"a":"","b":"","c":""})"), invalid, "metadata",
            "must be an object with at most 2 keys"},
           {with("metadata", R"({"a":5})"), invalid, "metadata.a", "must be a text"},
           {with("metadata", R"({"a":"12345"})"), invalid, "metadata.a", "must have 0 to 4 characters"},
           {with("metadata", R"({"abcd":"1"})"), invalid, "metadata", "keys must have at most 3 characters"},
           {with("surprise", "1"), "request.unknown_field", "surprise", "there is no such field"},
           {with("surprise", "null"), "request.unknown_field", "surprise", "there is no such field"},
       }) {
    const auto result = read(c.body);
    ASSERT_FALSE(result.ok()) << c.body;
    EXPECT_EQ(result.error().code(), c.code) << c.body;
    EXPECT_EQ(result.error().field(), c.field) << c.body;
    EXPECT_EQ(result.error().detail(), c.detail) << c.body;
  }
}

TEST(JsonReader, KeysAreMeasuredInCharacters) {
  EXPECT_TRUE(read(with("metadata", R"({"龙井茶":"1"})")).ok());
  EXPECT_EQ(read(with("metadata", R"({"龙井茶叶":"1"})")).error().field(), "metadata");
}

TEST(JsonReader, ReportsTheFirstProblemOfSeveral) {
  EXPECT_EQ(read(R"({"text":5,"amount":0,"surprise":1})").error().field(), "text");
}

TEST(JsonReader, AFieldGivenTwiceCountsForNothing) {
  EXPECT_EQ(read(R"({"text":"a","amount":5,"amount":6,"number":"1","mode":"qr"})").error().text(),
            "request.invalid_field: is given twice (amount)");
  EXPECT_EQ(read(R"({"text":"a","amount":5,"am\u006funt":6,"number":"1","mode":"qr"})").error().field(), "amount");
  EXPECT_EQ(
      read(R"({"text":"a","amount":5,"number":"1","mode":"qr","goods":[{"name":"a","name":"b"}]})").error().field(),
      "name");
  EXPECT_EQ(read(R"({"text":"a","amount":5,"number":"1","mode":"qr","metadata":{"":"a","":"b"}})").error().detail(),
            "is given twice");
  EXPECT_TRUE(read(R"({"text":"a","amount":5,"number":"1","mode":"qr","goods":[{"name":"a"},{"name":"b"}]})").ok())
      << "two objects may have the same names";
}

TEST(ParseJson, SaysWhereItBreaks) {
  for (const char* text : {"",        " ",   "{",          "{}}",      "{} {}",       "[1,]",          "{\"a\":}",
                           "{'a':1}", "nul", "{\"a\":1,}", "\xff",     "\"\xc3\"",    "\"\n\"",        "01",
                           "+1",      "NaN", "Infinity",   "/* */ {}", "\"\\ud800\"", "\xef\xbb\xbf{}"}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), "request.malformed_json");
    EXPECT_NE(parsed.error().detail().find(" at byte "), std::string::npos);
  }
  for (const char* text : {"[]", "5", "\"a\"", "null"}) {
    const auto read_as_object = JsonReader::parse(text);
    ASSERT_FALSE(read_as_object.ok());
    EXPECT_EQ(read_as_object.error().detail(), "the body must be a JSON object");
  }
}

TEST(ParseJson, IsBoundedInDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(32)).ok());
  EXPECT_FALSE(parse_json(nested(33)).ok());
  EXPECT_FALSE(parse_json(std::string(1000000, '[')).ok());
  EXPECT_FALSE(parse_json("{\"a\":" + nested(1000) + "}").ok());
}

// --- problem details
// ------------------------------------------------------------------------------------------------------------------------

TEST(Problem, HasTheDocumentedMembers) {
  const ErrorKind kind{"refund.exceeds_remainder", Consequence::Declined, "Too much."};
  EXPECT_EQ(
      problem_json(Error(kind, "left: 5", "amount_minor"), "r1"),
      R"({"type":"urn:feiqian:error:refund.exceeds_remainder","title":"Too much.","status":422,"code":"refund.exceeds_remainder",)"
      R"("detail":"left: 5","field":"amount_minor","request_id":"r1"})");
  EXPECT_EQ(
      problem_json(Error(kind), ""),
      R"({"type":"urn:feiqian:error:refund.exceeds_remainder","title":"Too much.","status":422,"code":"refund.exceeds_remainder"})");
}

TEST(Problem, KeepsWhatWentWrongInsideToItself) {
  EXPECT_EQ(problem_json(Error(errors::kInternal, "SELECT secret"), "r1").find("SELECT"), std::string::npos);
}

TEST(Problem, IsJsonWhateverBytesTheCallerSent) {
  const auto body = problem_json(Error(errors::kFieldInvalid, "a\xff\x80", "\xe8\x8c"), "r1");
  const auto problem = parse_json(body);
  ASSERT_TRUE(problem.ok()) << body;
  EXPECT_EQ(problem->at("detail").as_string(), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(problem->at("field").as_string(), "\xef\xbf\xbd\xef\xbf\xbd");
}

// --- QR codes
// -------------------------------------------------------------------------------------------------------------------------------

TEST(Qr, IsAnSvgOfModules) {
  const auto svg = qr_svg("https://pay.example/1").value();
  EXPECT_EQ(svg.find("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 33 33\""), 0U) << svg.substr(0, 80);
  EXPECT_NE(svg.find("M4 4h1v1h-1z"), std::string::npos) << "the finder's corner behind four modules of quiet";
  EXPECT_NE(svg, qr_svg("https://pay.example/2").value());
}

TEST(Qr, RefusesWhatNoCodeHolds) {
  EXPECT_EQ(qr_svg(std::string(3000, 'x')).error().code(), "value.invalid");
}

}  // namespace
}  // namespace feiqian::codec
