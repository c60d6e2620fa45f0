#include "foundation/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cmath>
#include <memory>

#include "foundation/text.h"

namespace feiqian::log {
namespace {

std::atomic<Level> g_level{Level::Info};

spdlog::logger& logger() {
  static const auto kLogger = [] {
    auto made = std::make_shared<spdlog::logger>("feiqian", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *kLogger;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warn:
      return "warn";
    case Level::Error:
      return "error";
  }
  return "error";
}

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  const bool readable = is_valid_utf8(text);
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else if (!readable && static_cast<unsigned char>(c) >= 0x80) {
          out += "\\ufffd";
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace

std::string line(Level level, std::string_view event, Fields fields, Timestamp at) {
  std::string out = fmt::format(R"({{"time":"{}","level":"{}","event":)", to_rfc3339(at), name_of(level));
  append_json_text(out, event);
  for (const auto& field : fields) {
    out += ',';
    append_json_text(out, field.name);
    out += ':';
    if (const auto* text = std::get_if<std::string>(&field.value)) {
      append_json_text(out, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
      out += std::to_string(*number);
    } else if (const auto* real = std::get_if<double>(&field.value)) {
      out += std::isfinite(*real) ? fmt::format("{:.3f}", *real) : "null";
    } else {
      out += std::get<bool>(field.value) ? "true" : "false";
    }
  }
  return out + '}';
}

void set_level(Level level) {
  g_level = level;
}

Result<void> add_file(const std::string& path) {
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, 64U << 20U, 8);
    sink->set_pattern("%v");
    logger().sinks().push_back(std::move(sink));
    return {};
  } catch (const spdlog::spdlog_ex&) {
    return feiqian::Error(errors::kFileUnusable, "the log file cannot be opened: " + path, "log.file");
  }
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  logger().log(spdlog::level::info, line(level, event, fields, SystemClock().now()));
}

}  // namespace feiqian::log
