// What goes over the control socket, one JSON object a line: {"args":[…],"directory":"…"} there,
// {"exit":0,"output":"…"} back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feiqian::server {

struct ControlRequest {
  std::vector<std::string> args;
  std::string directory;  ///< where the caller stands
};
struct ControlAnswer {
  int exit = 0;
  std::string output;
};

std::string to_line(const ControlRequest& request);
std::string to_line(const ControlAnswer& answer);
/// Nothing when the line is anything else.
std::optional<ControlRequest> request_from_line(std::string_view line);
std::optional<ControlAnswer> answer_from_line(std::string_view line);

}  // namespace feiqian::server
