// Reading JSON strictly, on Boost.JSON. A JsonReader walks one object: every field is asked for by name with its
// bounds, and `finish` gives the first problem with the dotted path of the field to blame. Fields that nobody asked for
// are refused. Not thread-safe.
//
//   auto json = TRY(JsonReader::parse(body));
//   order.subject = json.required_text("subject", 1, 128);
//   json.each("goods", 50, [&](JsonReader& item) { … });
//   TRY(json.finish());
#pragma once

#include <boost/json.hpp>

#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codec/errors.h"
#include "foundation/result.h"

namespace feiqian::codec {

namespace json = boost::json;

/// Valid UTF-8, at most 32 levels; errors::kJsonMalformed with the byte where it breaks.
Result<json::value> parse_json(std::string_view text);

class JsonReader {
 public:
  static Result<JsonReader> parse(std::string_view body);
  JsonReader(const json::object& object, std::string path);

  /// Lengths in characters. Control characters are refused.
  std::string required_text(std::string_view name, std::size_t least, std::size_t most);
  /// Absent or null: nullopt.
  std::optional<std::string> optional_text(std::string_view name, std::size_t least, std::size_t most);
  std::int64_t required_integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<bool> optional_boolean(std::string_view name);
  /// Text of `[A-Za-z0-9_-]`.
  std::string required_token(std::string_view name, std::size_t least, std::size_t most);
  std::string required_choice(std::string_view name, std::initializer_list<std::string_view> choices);
  std::optional<std::string> optional_choice(std::string_view name, std::initializer_list<std::string_view> choices);
  /// Each element must be an object. Absent: no call.
  void each(std::string_view name, std::size_t most, const std::function<void(JsonReader&)>& visit);
  /// An object with text values.
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view name, std::size_t most_keys,
                                                            std::size_t most_key_length, std::size_t most_length);

  void refuse(std::string_view name, std::string why);
  void refuse(Error error);
  bool failed() const { return problem_.has_value(); }
  Result<void> finish();

 private:
  const json::value* find(std::string_view name);
  std::string path_of(std::string_view name) const { return path_ + std::string(name); }
  bool check_text(std::string_view name, std::string_view text, std::size_t least, std::size_t most);

  json::value owner_;
  const json::object* object_;
  std::string path_;
  std::set<std::string, std::less<>> asked_;
  std::optional<Error> problem_;
};

}  // namespace feiqian::codec
