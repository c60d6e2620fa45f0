// Configuration: one TOML file, each value of which an environment variable may override.
//
//   [server]                      FEIQIAN_SERVER__LISTEN=127.0.0.1:9400
//   listen = "127.0.0.1:9400"
//
// Every value is declared where it is read, with its default and its bounds. A value of the wrong type, out of bounds,
// and a key that nobody reads (a typo) are errors that name the key, the line and what was expected; all of them are
// reported together by `finish`. Not thread-safe; used once at start.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/result.h"

namespace feiqian {

using Environment = std::function<std::optional<std::string>(const std::string&)>;
/// The process's own environment.
Environment process_environment();

class Config {
 public:
  static Result<Config> load(const std::string& path, const Environment& environment);
  /// `name` stands for the file in messages.
  static Result<Config> parse(std::string_view toml, const std::string& name, const Environment& environment);

  std::string text(const std::string& key, const std::string& fallback);
  /// Declared without default: missing is an error.
  std::string required_text(const std::string& key);
  std::int64_t integer(const std::string& key, std::int64_t fallback, std::int64_t least, std::int64_t most);
  bool boolean(const std::string& key, bool fallback);
  std::string one_of(const std::string& key, const std::string& fallback, const std::vector<std::string>& choices);
  bool has_section(const std::string& prefix) const;

  /// A check that only the reader of a value can make.
  void refuse(const std::string& key, const std::string& why);
  /// All that was wrong, one line each; keys nobody asked for count as wrong.
  Result<void> finish() const;

 private:
  struct Value {
    enum class Type { Text, Integer, Boolean, Other } type;
    std::string text;
    std::int64_t integer = 0;
    bool boolean = false;
    std::string origin;  // "feiqian.toml line 3" or "environment variable FEIQIAN_…"
  };
  const Value* find(const std::string& key);

  std::string name_;
  std::map<std::string, Value> values_;
  std::set<std::string> asked_;
  std::vector<std::string> problems_;
  Environment environment_;
  std::map<std::string, Value> from_environment_;
};

}  // namespace feiqian
