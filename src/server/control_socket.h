// How a command reaches the process that holds the data: a Unix socket in the data directory, mode 0600, whose peer
// must be the same user. Messages: control_message.h. The server's side runs on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "foundation/result.h"
#include "server/control_message.h"

namespace feiqian::server {

using ControlHandler = std::function<ControlAnswer(const std::vector<std::string>& args, const std::string& directory)>;

class ControlSocket {
 public:
  static Result<std::unique_ptr<ControlSocket>> listen(const std::string& path, ControlHandler handler);
  ~ControlSocket();

 private:
  ControlSocket(int socket, std::string path, ControlHandler handler);
  void run();
  int socket_;
  int wake_[2];
  std::string path_;
  ControlHandler handler_;
  std::thread thread_;
};

/// errors::kNoServer when nobody listens there.
Result<ControlAnswer> ask_server(const std::string& path, const std::vector<std::string>& args);

}  // namespace feiqian::server
