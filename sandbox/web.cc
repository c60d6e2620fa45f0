#include "sandbox/web.h"

#include "foundation/text.h"

namespace feiqian::sandbox {
namespace {

namespace json = codec::json;

bool merge(Parameters& into, std::string_view encoded) {
  const auto fields = form_decode(encoded);
  if (!fields) return false;
  for (const auto& [name, value] : *fields) {
    const auto [place, added] = into.emplace(name, value);
    if (!added && place->second != value) return false;
  }
  return true;
}

}  // namespace

std::optional<Parameters> parameters_of(const net::HttpRequest& request) {
  Parameters parameters;
  if (!merge(parameters, request.query)) return std::nullopt;
  if (request.method == "POST" && !merge(parameters, request.body)) return std::nullopt;
  return parameters;
}

std::string_view value_of(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view cookie_of(const net::HttpRequest& request, std::string_view name) {
  for (const auto part : split(request.headers.get("Cookie"), ';')) {
    const auto pair = trim(part);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return {};
}

std::optional<std::string> segment_after(std::string_view path, std::string_view prefix, std::string_view suffix) {
  if (!path.starts_with(prefix) || !path.ends_with(suffix) || path.size() <= prefix.size() + suffix.size())
    return std::nullopt;
  const auto segment = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
  if (segment.find('/') != std::string_view::npos) return std::nullopt;
  return percent_decode(segment);
}

net::HttpResponse json_response(int status, const json::value& body) {
  net::HttpResponse response{status, {}, json::serialize(body)};
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Content-Type-Options", "nosniff");
  return response;
}

net::HttpResponse problem_response(const Error& error) {
  const int status = http_status(error);
  json::object body{{"type", "urn:feiqian:error:" + std::string(error.code())},
                    {"title", error.title()},
                    {"status", status},
                    {"code", error.code()}};
  if (!error.detail().empty()) body["detail"] = error.detail();
  if (!error.field().empty()) body["field"] = error.field();
  auto response = json_response(status, body);
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

net::HttpResponse html_response(int status, std::string body) {
  net::HttpResponse response{status, {}, std::move(body)};
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri "
                       "'none'; frame-ancestors 'none'");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

net::HttpResponse see_other(std::string location) {
  net::HttpResponse response{303, {}, ""};
  response.headers.add("Location", std::move(location));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace feiqian::sandbox
