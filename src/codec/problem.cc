#include "codec/problem.h"

#include "codec/json.h"

namespace feiqian::codec {

std::string problem_json(const Error& error, std::string_view request_id) {
  json::object problem{{"type", "urn:feiqian:error:" + std::string(error.code())},
                       {"title", error.title()},
                       {"status", http_status(error)},
                       {"code", error.code()}};
  // What went wrong inside is for the log, not for the caller.
  const bool ours = error.consequence() == Consequence::Internal;
  if (!error.detail().empty() && !ours) problem["detail"] = error.detail();
  if (!error.field().empty()) problem["field"] = error.field();
  if (!request_id.empty()) problem["request_id"] = request_id;
  return json::serialize(problem);
}

}  // namespace feiqian::codec
