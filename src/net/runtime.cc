#include "net/runtime.h"

#include <boost/asio/impl/src.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/src.hpp>

#include <exception>

#include "foundation/log.h"
#include "net/detail/asio.h"

namespace feiqian::net {

Runtime::Runtime(int threads) : loop_(std::make_unique<Loop>(threads)) {
  for (int i = 0; i < threads; ++i) {
    loop_->threads.emplace_back([this] {
      while (true) {
        try {
          loop_->io.run();
          return;
        } catch (const std::exception& fault) {
          log::error("net.handler_threw", {{"what", std::string_view(fault.what())}});
        }
      }
    });
  }
}

Runtime::~Runtime() {
  stop();
}

void Runtime::post(std::function<void()> work) {
  boost::asio::post(loop_->io, std::move(work));
}

void Runtime::after_ms(std::int64_t ms, std::function<void()> work) {
  auto timer = std::make_shared<boost::asio::steady_timer>(loop_->io, std::chrono::milliseconds(ms));
  timer->async_wait([timer, work = std::move(work)](boost::system::error_code failed) {
    if (!failed) work();
  });
}

void Runtime::stop() {
  loop_->guard.reset();
  loop_->io.stop();
  for (auto& thread : loop_->threads) {
    if (thread.joinable()) thread.join();
  }
  loop_->threads.clear();
}

}  // namespace feiqian::net
