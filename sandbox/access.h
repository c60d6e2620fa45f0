// Who may steer the sandbox: the control token (a file of mode 0600), browser sessions opened with it, and the one-time
// tokens that forms carry. Sessions and form tokens live in memory; after a restart one logs in again and reloads the
// page. Thread-safe.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "foundation/random.h"
#include "foundation/secret.h"
#include "net/http.h"

namespace feiqian::sandbox {

/// Reads `path`, or makes it with 32 random bytes in hexadecimal. Errors: errors::kFileUnusable, also when others may
/// read it.
Result<Secret> read_control_token(const std::string& path, Random& random);

/// Tokens that prove a form came from a page we served for that purpose; each is good once.
class FormTokens {
 public:
  explicit FormTokens(Random& random) : random_(random) {}
  std::string issue(std::string_view purpose);
  bool redeem(std::string_view token, std::string_view purpose);

 private:
  static constexpr std::size_t kMost = 10000;  // the oldest go first
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> purposes_;
  std::deque<std::string> in_order_;
};

class Access {
 public:
  Access(Secret token, Random& random) : token_(std::move(token)), random_(random) {}

  const Secret& token() const { return token_; }
  /// `Authorization: Bearer …`
  bool is_control(const net::HttpRequest& request) const;
  /// The cookie's value of a new session, or empty when the token is wrong.
  std::string log_in(std::string_view token);
  /// The request carries the cookie of a session of ours.
  bool has_session(const net::HttpRequest& request);
  static constexpr std::string_view kCookie = "feiqian_sandbox";

 private:
  static constexpr std::size_t kMostSessions = 100;
  Secret token_;
  Random& random_;
  std::mutex mutex_;
  std::deque<std::string> sessions_;
};

}  // namespace feiqian::sandbox
