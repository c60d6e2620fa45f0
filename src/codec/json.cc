#include "codec/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "foundation/text.h"

namespace feiqian::codec {

namespace {

/// Walks the text once more for names that an object gives twice: which of the two counts is anybody's guess, so
/// neither does.
struct DuplicateFinder {
  constexpr static std::size_t max_object_size = std::size_t(-1);  // NOLINT(readability-identifier-naming)
  constexpr static std::size_t max_array_size = std::size_t(-1);   // NOLINT(readability-identifier-naming)
  constexpr static std::size_t max_key_size = std::size_t(-1);     // NOLINT(readability-identifier-naming)
  constexpr static std::size_t max_string_size = std::size_t(-1);  // NOLINT(readability-identifier-naming)

  std::vector<std::set<std::string>> names;
  std::string name;
  std::optional<std::string> found;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t, json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    names.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, json::error_code&) {
    names.pop_back();
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    name += std::string_view(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    name += std::string_view(part);
    if (!names.back().insert(name).second && !found) found = name;
    name.clear();
    return true;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

std::optional<std::string> duplicate_name(std::string_view text) {
  json::basic_parser<DuplicateFinder> parser(json::parse_options{});
  json::error_code failed;
  parser.write_some(false, text.data(), text.size(), failed);
  return parser.handler().found;
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  json::error_code failed;
  json::parser parser({}, options);
  const auto consumed = parser.write(text, failed);
  if (failed) return Error(errors::kJsonMalformed, fmt::format("{} at byte {}", failed.message(), consumed));
  return parser.release();
}

Result<JsonReader> JsonReader::parse(std::string_view body) {
  auto value = TRY(parse_json(body));
  if (!value.is_object()) return Error(errors::kJsonMalformed, "the body must be a JSON object");
  if (auto twice = duplicate_name(body)) return Error(errors::kFieldInvalid, "is given twice", std::move(*twice));
  JsonReader reader(value.get_object(), "");

  reader.owner_ = std::move(value);
  reader.object_ = nullptr;
  return reader;
}

JsonReader::JsonReader(const json::object& object, std::string path) : object_(&object), path_(std::move(path)) {}

const json::value* JsonReader::find(std::string_view name) {
  asked_.emplace(name);
  const auto& object = object_ != nullptr ? *object_ : owner_.get_object();
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void JsonReader::refuse(Error error) {
  if (!problem_) problem_ = std::move(error);
}

void JsonReader::refuse(std::string_view name, std::string why) {
  refuse(Error(errors::kFieldInvalid, std::move(why), path_of(name)));
}

bool JsonReader::check_text(std::string_view name, std::string_view text, std::size_t least, std::size_t most) {
  const auto length = utf8_length(text);
  if (length < least || length > most) {
    refuse(name, fmt::format("must have {} to {} characters", least, most));
    return false;
  }
  if (has_control_characters(text)) {
    refuse(name, "must not contain control characters");
    return false;
  }
  return true;
}

std::optional<std::string> JsonReader::optional_text(std::string_view name, std::size_t least, std::size_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    refuse(name, "must be a text");
    return std::nullopt;
  }
  std::string text(value->get_string());
  if (!check_text(name, text, least, most)) return std::nullopt;
  return text;
}

std::optional<bool> JsonReader::optional_boolean(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) {
    refuse(name, "must be true or false");
    return std::nullopt;
  }
  return value->get_bool();
}

std::string JsonReader::required_text(std::string_view name, std::size_t least, std::size_t most) {
  if (find(name) == nullptr) {
    refuse(Error(errors::kFieldMissing, "must be given", path_of(name)));
    return {};
  }
  return optional_text(name, least, most).value_or("");
}

std::optional<std::int64_t> JsonReader::optional_integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most) {
    refuse(name, fmt::format("must be an integer from {} to {}", least, most));
    return std::nullopt;
  }
  return value->get_int64();
}

std::int64_t JsonReader::required_integer(std::string_view name, std::int64_t least, std::int64_t most) {
  if (find(name) == nullptr) {
    refuse(Error(errors::kFieldMissing, "must be given", path_of(name)));
    return least;
  }
  return optional_integer(name, least, most).value_or(least);
}

std::string JsonReader::required_token(std::string_view name, std::size_t least, std::size_t most) {
  auto text = required_text(name, least, most);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!std::all_of(text.begin(), text.end(), allowed)) refuse(name, "may contain only A-Z a-z 0-9 _ -");
  return text;
}

std::optional<std::string> JsonReader::optional_choice(std::string_view name,
                                                       std::initializer_list<std::string_view> choices) {
  auto text = optional_text(name, 1, 64);
  if (text && std::find(choices.begin(), choices.end(), *text) == choices.end()) {
    refuse(name, fmt::format("must be one of {}", fmt::join(choices, ", ")));
    return std::nullopt;
  }
  return text;
}

std::string JsonReader::required_choice(std::string_view name, std::initializer_list<std::string_view> choices) {
  if (find(name) == nullptr) {
    refuse(Error(errors::kFieldMissing, "must be given", path_of(name)));
    return {};
  }
  return optional_choice(name, choices).value_or("");
}

void JsonReader::each(std::string_view name, std::size_t most, const std::function<void(JsonReader&)>& visit) {
  const auto* value = find(name);
  if (value == nullptr) return;
  if (!value->is_array() || value->get_array().size() > most) {
    refuse(name, fmt::format("must be an array of at most {} objects", most));
    return;
  }
  std::size_t index = 0;
  for (const auto& element : value->get_array()) {
    const auto path = fmt::format("{}.{}", path_of(name), index++);
    if (!element.is_object()) {
      refuse(Error(errors::kFieldInvalid, "must be an object", path));
      return;
    }
    JsonReader reader(element.get_object(), path + ".");
    visit(reader);
    if (auto finished = reader.finish(); !finished) refuse(finished.error());
  }
}

std::vector<std::pair<std::string, std::string>> JsonReader::text_map(std::string_view name, std::size_t most_keys,
                                                                      std::size_t most_key_length,
                                                                      std::size_t most_length) {
  std::vector<std::pair<std::string, std::string>> map;
  const auto* value = find(name);
  if (value == nullptr) return map;
  if (!value->is_object() || value->get_object().size() > most_keys) {
    refuse(name, fmt::format("must be an object with at most {} keys", most_keys));
    return map;
  }
  for (const auto& [key, text] : value->get_object()) {
    const auto path = fmt::format("{}.{}", name, std::string_view(key));
    if (utf8_length(key) > most_key_length || has_control_characters(key)) {
      refuse(name, fmt::format("keys must have at most {} characters", most_key_length));
    } else if (!text.is_string()) {
      refuse(path, "must be a text");
    } else if (check_text(path, std::string_view(text.get_string()), 0, most_length)) {
      map.emplace_back(std::string(key), std::string(text.get_string()));
    }
  }
  return map;
}

Result<void> JsonReader::finish() {
  const auto& object = object_ != nullptr ? *object_ : owner_.get_object();
  if (!problem_) {
    for (const auto& [key, value] : object) {
      if (!asked_.contains(std::string_view(key))) {
        return Error(errors::kFieldUnknown, "there is no such field", path_of(std::string_view(key)));
      }
    }
    return {};
  }
  return *problem_;
}

}  // namespace feiqian::codec
