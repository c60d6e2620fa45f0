// HTTP as the sandbox reads and writes it: parameters, cookies, and answers in JSON and HTML with their security
// headers. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "net/http.h"

namespace feiqian::sandbox {

using Parameters = std::map<std::string, std::string, std::less<>>;

/// Query and form body merged; nullopt when the encoding is broken or a name comes twice with different values.
std::optional<Parameters> parameters_of(const net::HttpRequest& request);
/// Empty when absent.
std::string_view value_of(const Parameters& parameters, std::string_view name);
std::string_view cookie_of(const net::HttpRequest& request, std::string_view name);
/// `tail` when `path` is `prefix` followed by one non-empty segment, percent-decoded.
std::optional<std::string> segment_after(std::string_view path, std::string_view prefix, std::string_view suffix = "");

net::HttpResponse json_response(int status, const codec::json::value& body);
/// RFC 9457, from an Error.
net::HttpResponse problem_response(const Error& error);
/// A page: no third-party origin, no script, not to be framed or kept.
net::HttpResponse html_response(int status, std::string body);
net::HttpResponse see_other(std::string location);

}  // namespace feiqian::sandbox
