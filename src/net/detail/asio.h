// Private to net/: the loop behind Runtime.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>
#include <vector>

#include "net/runtime.h"

namespace feiqian::net {

struct Runtime::Loop {
  explicit Loop(int concurrency) : io(concurrency), guard(io.get_executor()) {}
  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
  std::vector<std::thread> threads;
};

}  // namespace feiqian::net
