#include "server/control_message.h"

#include <boost/json.hpp>

#include <limits>

namespace feiqian::server {
namespace {

namespace json = boost::json;

std::optional<json::object> object_of(std::string_view line) {
  json::error_code failed;
  auto value = json::parse(line, failed);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const json::string* text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

}  // namespace

std::string to_line(const ControlRequest& request) {
  json::array args(request.args.begin(), request.args.end());
  return json::serialize(json::object{{"args", std::move(args)}, {"directory", request.directory}}) + "\n";
}

std::string to_line(const ControlAnswer& answer) {
  return json::serialize(json::object{{"exit", answer.exit}, {"output", answer.output}}) + "\n";
}

std::optional<ControlRequest> request_from_line(std::string_view line) {
  const auto object = object_of(line);
  const auto* args = object && object->contains("args") ? object->at("args").if_array() : nullptr;
  const auto* directory = object ? text_in(*object, "directory") : nullptr;
  if (args == nullptr || directory == nullptr) return std::nullopt;
  ControlRequest request;
  request.directory = *directory;
  for (const auto& arg : *args) {
    if (!arg.is_string()) return std::nullopt;
    request.args.emplace_back(arg.get_string());
  }
  return request;
}

std::optional<ControlAnswer> answer_from_line(std::string_view line) {
  const auto object = object_of(line);
  const auto* exit = object && object->contains("exit") ? object->at("exit").if_int64() : nullptr;
  const auto* output = object ? text_in(*object, "output") : nullptr;
  if (exit == nullptr || output == nullptr || *exit < 0 || *exit > std::numeric_limits<unsigned char>::max())
    return std::nullopt;
  return ControlAnswer{static_cast<int>(*exit), std::string(*output)};
}

}  // namespace feiqian::server
