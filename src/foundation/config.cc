#include "foundation/config.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "foundation/text.h"

namespace feiqian {
namespace {

/// toml++ 3.3 asserts on some texts that are no TOML (`[[[`), where a message is due.
struct TomlAsserted {};
[[noreturn]] void refuse_toml() {
  throw TomlAsserted();
}

}  // namespace
}  // namespace feiqian

#define TOML_EXCEPTIONS 1
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : feiqian::refuse_toml())
#include <fmt/format.h>
#include <toml++/toml.h>

namespace feiqian {
namespace {

Result<toml::table> read_toml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& fault) {
    return Error(errors::kConfigInvalid,
                 fmt::format("{} line {}: {}", name, fault.source().begin.line, std::string_view(fault.description())));
  } catch (const TomlAsserted&) {
    return Error(errors::kConfigInvalid, name + ": this is not TOML");
  }
}

std::string variable_of(const std::string& key) {
  std::string name = "FEIQIAN_";
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else {
      name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
  }
  return name;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Result<Config> Config::load(const std::string& path, const Environment& environment) {
  std::ifstream file(path);
  if (!file) return Error(errors::kConfigInvalid, "the configuration file cannot be read: " + path);
  std::stringstream content;
  content << file.rdbuf();
  return parse(content.str(), path, environment);
}

Result<Config> Config::parse(std::string_view toml_text, const std::string& name, const Environment& environment) {
  const auto parsed = TRY(read_toml(toml_text, name));
  Config config;
  config.name_ = name;
  config.environment_ = environment;
  const std::function<void(const toml::table&, const std::string&)> flatten = [&](const toml::table& table,
                                                                                  const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string path = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
      if (const auto* inner = node.as_table()) {
        flatten(*inner, path);
        continue;
      }
      Value value{Value::Type::Other, {}, 0, false, fmt::format("{} line {}", name, node.source().begin.line)};
      if (const auto text = node.value_exact<std::string>()) {
        value.type = Value::Type::Text;
        value.text = *text;
      } else if (const auto integer = node.value_exact<std::int64_t>()) {
        value.type = Value::Type::Integer;
        value.integer = *integer;
      } else if (const auto boolean = node.value_exact<bool>()) {
        value.type = Value::Type::Boolean;
        value.boolean = *boolean;
      }
      const auto [first, fresh] = config.values_.emplace(path, std::move(value));
      if (!fresh)
        config.problems_.push_back(
            fmt::format("{} line {}: {} is given twice", name, node.source().begin.line, first->first));
    }
  };
  flatten(parsed, "");
  return config;
}

const Config::Value* Config::find(const std::string& key) {
  asked_.insert(key);
  const auto variable = variable_of(key);
  if (auto text = environment_(variable)) {
    Value value{Value::Type::Text, *text, 0, false, "environment variable " + variable};
    if (const auto integer = parse_int(*text)) {
      value.type = Value::Type::Integer;
      value.integer = *integer;
    } else if (*text == "true" || *text == "false") {
      value.type = Value::Type::Boolean;
      value.boolean = *text == "true";
    }
    return &(from_environment_[key] = std::move(value));
  }
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Config::text(const std::string& key, const std::string& fallback) {
  const auto* value = find(key);
  if (value == nullptr) return fallback;
  const bool from_environment = from_environment_.contains(key);
  if (value->type != Value::Type::Text && !from_environment) {
    problems_.push_back(fmt::format("{}: {} must be a text in quotes", value->origin, key));
    return fallback;
  }
  return value->text;
}

std::string Config::required_text(const std::string& key) {
  const auto problems = problems_.size();
  auto value = text(key, "");
  if (value.empty() && problems_.size() == problems) problems_.push_back(fmt::format("{}: {} is missing", name_, key));
  return value;
}

std::int64_t Config::integer(const std::string& key, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  const auto* value = find(key);
  if (value == nullptr) return fallback;
  if (value->type != Value::Type::Integer || value->integer < least || value->integer > most) {
    problems_.push_back(fmt::format("{}: {} must be an integer from {} to {}", value->origin, key, least, most));
    return fallback;
  }
  return value->integer;
}

bool Config::boolean(const std::string& key, bool fallback) {
  const auto* value = find(key);
  if (value == nullptr) return fallback;
  if (value->type != Value::Type::Boolean) {
    problems_.push_back(fmt::format("{}: {} must be true or false", value->origin, key));
    return fallback;
  }
  return value->boolean;
}

std::string Config::one_of(const std::string& key, const std::string& fallback,
                           const std::vector<std::string>& choices) {
  auto value = text(key, fallback);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    const auto* found = find(key);
    problems_.push_back(fmt::format("{}: {} must be one of {}", found != nullptr ? found->origin : name_, key,
                                    fmt::join(choices, ", ")));
    return fallback;
  }
  return value;
}

bool Config::has_section(const std::string& prefix) const {
  const auto at = values_.lower_bound(prefix + ".");
  return at != values_.end() && at->first.starts_with(prefix + ".");
}

void Config::refuse(const std::string& key, const std::string& why) {
  const auto* value = find(key);
  problems_.push_back(fmt::format("{}: {} {}", value != nullptr ? value->origin : name_, key, why));
}

Result<void> Config::finish() const {
  auto problems = problems_;
  for (const auto& [key, value] : values_) {
    if (asked_.contains(key)) continue;
    std::string nearest;
    std::size_t distance = 4;
    for (const auto& known : asked_) {
      const auto d = edit_distance(key, known);
      if (d < distance) {
        distance = d;
        nearest = known;
      }
    }
    problems.push_back(fmt::format("{}: {} is not a setting{}", value.origin, key,
                                   nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }
  if (problems.empty()) return {};
  return Error(errors::kConfigInvalid, fmt::format("{}", fmt::join(problems, "\n")));
}

}  // namespace feiqian
