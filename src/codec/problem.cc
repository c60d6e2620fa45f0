#include "codec/problem.h"

#include "codec/json.h"
#include "foundation/text.h"

namespace feiqian::codec {
namespace {

/// What callers sent is named in what they are answered, and JSON is UTF-8: other bytes show as U+FFFD.
std::string readable(const std::string& text) {
  if (is_valid_utf8(text)) return text;
  std::string shown;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      shown += c;
    } else {
      shown += "\xef\xbf\xbd";
    }
  }
  return shown;
}

}  // namespace

std::string problem_json(const Error& error, std::string_view request_id) {
  json::object problem{{"type", "urn:feiqian:error:" + std::string(error.code())},
                       {"title", error.title()},
                       {"status", http_status(error)},
                       {"code", error.code()}};
  // What went wrong inside is for the log, not for the caller.
  const bool ours = error.consequence() == Consequence::Internal;
  if (!error.detail().empty() && !ours) problem["detail"] = readable(error.detail());
  if (!error.field().empty()) problem["field"] = readable(error.field());
  if (!request_id.empty()) problem["request_id"] = request_id;
  return json::serialize(problem);
}

}  // namespace feiqian::codec
