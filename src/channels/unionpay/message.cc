#include "channels/unionpay/message.h"

#include "foundation/text.h"

namespace feiqian::channels::unionpay {
namespace {

Error refuse(const char* why) {
  return Error(errors::kValueInvalid, why);
}

/// Where the value at the front ends: at the `&` after its brackets, or at the first one.
std::size_t end_of_value(std::string_view text) {
  std::size_t after_brackets = 0;
  if (text.starts_with('{') || text.starts_with('[')) {
    const char open = text.front();
    const char close = open == '{' ? '}' : ']';
    int depth = 0;
    for (std::size_t i = 0; i < text.size() && after_brackets == 0; ++i) {
      if (text[i] == open) ++depth;
      if (text[i] == close && --depth == 0) after_brackets = i + 1;
    }
  }
  const auto end = text.find('&', after_brackets);
  return end == std::string_view::npos ? text.size() : end;
}

}  // namespace

std::string_view value_of(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

Result<Fields> parse_answer(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    if (equals == std::string_view::npos || name.empty() || name.find('&') != std::string_view::npos)
      return refuse("a field has no name or no value");
    text.remove_prefix(equals + 1);
    const auto end = end_of_value(text);
    if (!fields.emplace(name, text.substr(0, end)).second) return refuse("a field is given twice");
    if (end + 1 == text.size()) return refuse("a field has no name or no value");
    text.remove_prefix(end == text.size() ? end : end + 1);
  }
  if (fields.empty()) return refuse("there are no fields");
  return fields;
}

Result<Fields> parse_form(std::string_view body) {
  const auto decoded = form_decode(body);
  if (!decoded) return refuse("not a form");
  Fields fields(decoded->begin(), decoded->end());
  if (fields.size() != decoded->size()) return refuse("a field is given twice");
  if (fields.empty() || fields.contains("")) return refuse("there are no fields");
  return fields;
}

std::string to_form(const Fields& fields) {
  FormFields filled;
  for (const auto& field : fields) {
    if (!field.second.empty()) filled.push_back(field);
  }
  return form_encode(filled);
}

}  // namespace feiqian::channels::unionpay
