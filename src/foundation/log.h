// Logs: one JSON object a line on standard error (and a file, if configured): time, level, event, then the fields.
//
//   log::info("payment.succeeded", {{"payment_id", id.text()}, {"amount_minor", 12800}});
//
// Events are `area.what_happened`. Fields take only the types below: a Secret shows as ***; there is no way to log one.
// Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "foundation/error.h"
#include "foundation/secret.h"
#include "foundation/strong_id.h"

namespace feiqian::log {

enum class Level { Debug, Info, Warn, Error };

struct Field {
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool> value;

  Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, std::int64_t v) : name(n), value(v) {}
  Field(std::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  Field(std::string_view n, std::size_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, const Secret&) : name(n), value(std::string(Secret::mask())) {}
  Field(std::string_view n, const feiqian::Error& e) : name(n), value(e.text()) {}
  template <class Tag>
  Field(std::string_view n, StrongId<Tag> id) : name(n), value(id.text()) {}
};
using Fields = std::initializer_list<Field>;

void set_level(Level level);
/// Also write to `path`, appending, 64 MiB a file, 8 files.
Result<void> add_file(const std::string& path);
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::Debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::Info, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::Warn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::Error, event, fields);
}

/// The line as it is written, for tests.
std::string line(Level level, std::string_view event, Fields fields, Timestamp at);

}  // namespace feiqian::log
