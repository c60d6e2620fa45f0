// How a command reaches the process that holds the data: a Unix socket in the data directory, mode 0600, whose peer
// must be the same user. One JSON object a line each way: {"args":[…],"directory":"…"} → {"exit":0,"output":"…"}. The
// server's side runs on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "foundation/result.h"

namespace feiqian::server {

struct ControlAnswer {
  int exit = 0;
  std::string output;
};
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
