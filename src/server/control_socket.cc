#include "server/control_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "server/errors.h"

namespace feiqian::server {

namespace {

constexpr std::size_t kLongestLine = 1 << 20;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error(errors::kFileUnusable, "the path of the control socket is too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

std::string read_line(int socket) {
  std::string line;
  char buffer[4096];
  while (line.size() < kLongestLine) {
    const auto count = ::recv(socket, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    line.append(buffer, static_cast<std::size_t>(count));
    if (line.ends_with('\n')) break;
  }
  return line;
}

bool write_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool is_same_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

ControlSocket::ControlSocket(int socket, std::string path, ControlHandler handler)
    : socket_(socket), path_(std::move(path)), handler_(std::move(handler)) {
  CHECK(::pipe(wake_) == 0);
  thread_ = std::thread([this] { run(); });
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::listen(const std::string& path, ControlHandler handler) {
  const auto address = TRY(address_of(path));
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  const auto old_mask = ::umask(0177);
  const bool bound = socket >= 0 && ::bind(socket, generic(address), sizeof address) == 0 && ::listen(socket, 16) == 0;
  ::umask(old_mask);
  if (!bound)
    return Error(errors::kFileUnusable, "the control socket cannot be made: " + path + ": " + std::strerror(errno));
  return std::unique_ptr<ControlSocket>(new ControlSocket(socket, path, std::move(handler)));
}

ControlSocket::~ControlSocket() {
  CHECK(::write(wake_[1], "x", 1) == 1);
  thread_.join();
  ::close(socket_);
  ::close(wake_[0]);
  ::close(wake_[1]);
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void ControlSocket::run() {
  while (true) {
    pollfd waits[2] = {{socket_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) return;
    const int peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    const timeval patience{5, 0};
    ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (is_same_user(peer)) {
      const auto request = request_from_line(read_line(peer));
      const auto answer = request ? handler_(request->args, request->directory) : ControlAnswer{2, "not a request\n"};
      write_all(peer, to_line(answer));
    }
    ::close(peer);
  }
}

Result<ControlAnswer> ask_server(const std::string& path, const std::vector<std::string>& args) {
  const auto address = TRY(address_of(path));
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || ::connect(socket, generic(address), sizeof address) != 0) {
    ::close(socket);
    return Error(errors::kNoServer, path);
  }
  write_all(socket, to_line(ControlRequest{args, std::filesystem::current_path().string()}));
  const auto answer = answer_from_line(read_line(socket));
  ::close(socket);
  if (!answer) return Error(errors::kNoServer, "no complete answer");
  return *answer;
}

}  // namespace feiqian::server
