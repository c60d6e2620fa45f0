// HTTP messages as plain data, shared by the server and the client.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/result.h"
#include "net/errors.h"

namespace feiqian::net {

class Headers {
 public:
  /// First value of that name, ignoring case; empty when absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  /// All values of that name, joined by ", " (RFC 9110 §5.3), each trimmed.
  std::string joined(std::string_view name) const;
  void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct HttpRequest {
  std::string method;
  std::string path;   ///< as sent, percent-encoded, without query
  std::string query;  ///< as sent, without `?`
  Headers headers;
  std::string body;
  std::string peer;  ///< numeric address of the other side (server only)
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

struct Url {
  std::string scheme;  ///< http or https
  std::string host;    ///< without brackets
  std::uint16_t port = 0;
  std::string target;  ///< path and query, begins with /

  /// Absolute http(s) URL without user or fragment, at most 2,048 bytes; errors::kUrlInvalid.
  static Result<Url> parse(std::string_view text);
  std::string authority() const;
};

/// Loopback, private, link-local, shared, multicast, documentation and unspecified addresses are not public (RFC 6890,
/// RFC 4193, and IPv4 inside IPv6).
bool is_public_address(std::string_view numeric_address);
/// 127.0.0.0/8 and ::1.
bool is_loopback_address(std::string_view numeric_address);

/// Which addresses a client may connect to.
enum class AddressPolicy { Any, PublicOnly, PublicOrLoopback };
bool allows(AddressPolicy policy, std::string_view numeric_address);

}  // namespace feiqian::net
