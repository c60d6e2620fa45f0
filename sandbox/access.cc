#include "sandbox/access.h"

#include <algorithm>

#include "foundation/text.h"
#include "sandbox/private_file.h"
#include "sandbox/web.h"

namespace feiqian::sandbox {

Result<Secret> read_control_token(const std::string& path, Random& random) {
  if (const auto existing = TRY(read_private_file(path))) {
    std::string token(trim(*existing));
    if (token.size() < 32) return Error(errors::kFileUnusable, path + ": the token is too short");
    return Secret(std::move(token));
  }
  const auto token = to_hex(random.bytes(32));
  TRY(write_file(path, token + "\n", 0600));
  return Secret(token);
}

std::string FormTokens::issue(std::string_view purpose) {
  auto token = to_hex(random_.bytes(16));
  const std::lock_guard lock(mutex_);
  if (in_order_.size() >= kMost) {
    purposes_.erase(in_order_.front());
    in_order_.pop_front();
  }
  purposes_.emplace(token, purpose);
  in_order_.push_back(token);
  return token;
}

bool FormTokens::redeem(std::string_view token, std::string_view purpose) {
  const std::lock_guard lock(mutex_);
  const auto found = purposes_.find(token);
  if (found == purposes_.end() || found->second != purpose) return false;
  purposes_.erase(found);
  return true;
}

bool Access::is_control(const net::HttpRequest& request) const {
  const auto header = request.headers.get("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  return header.starts_with(kScheme) && equal_in_constant_time(header.substr(kScheme.size()), token_.reveal());
}

std::string Access::log_in(std::string_view token) {
  if (!equal_in_constant_time(token, token_.reveal())) return {};
  auto session = to_hex(random_.bytes(32));
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= kMostSessions) sessions_.pop_front();
  sessions_.push_back(session);
  return session;
}

bool Access::has_session(const net::HttpRequest& request) {
  const auto cookie = cookie_of(request, kCookie);
  const std::lock_guard lock(mutex_);
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [&](const auto& session) { return equal_in_constant_time(session, cookie); });
}

}  // namespace feiqian::sandbox
