// HTML pages of the sandbox, server-rendered, without script. Everything that is not a constant goes through
// html_escape before it gets here. Pure.
#pragma once

#include <string>
#include <string_view>

namespace feiqian::sandbox {

enum class Language { Chinese, English };

inline Language language_of(std::string_view lang) {
  return lang == "en" ? Language::English : Language::Chinese;
}
inline std::string_view lang_of(Language language) {
  return language == Language::English ? "en" : "zh";
}

/// A whole document around `body`; `title` is escaped here. `layout` is a class of the style sheet: `phone` or `desk`.
std::string document(Language language, std::string_view title, std::string_view layout, std::string_view body,
                     std::string_view head = {});

/// Served at /style.css.
std::string_view style_sheet();

}  // namespace feiqian::sandbox
