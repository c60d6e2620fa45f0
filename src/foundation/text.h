// Text: encodings that have no library of their own here, and checks of form. All pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feiqian {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
/// RFC 4648 §5 without padding.
std::string to_base64url(std::string_view bytes);
/// Strict: padding required, no white space.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

/// RFC 3986 percent encoding; `application/x-www-form-urlencoded` writes a space as `+`.
std::string percent_encode(std::string_view text);
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
using FormFields = std::vector<std::pair<std::string, std::string>>;
std::string form_encode(const FormFields& fields);
/// nullopt on broken percent encoding.
std::optional<FormFields> form_decode(std::string_view text);

bool is_valid_utf8(std::string_view text);
/// Characters (code points) of valid UTF-8.
std::size_t utf8_length(std::string_view text);
/// Cut to at most `count` code points.
std::string utf8_prefix(std::string_view text, std::size_t count);
bool has_control_characters(std::string_view text);

/// Decimal digits with optional minus; no sign +, no spaces, no overflow.
std::optional<std::int64_t> parse_int(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string html_escape(std::string_view text);
/// Same length, same bytes; takes the same time wherever they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace feiqian
