#include "net/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "foundation/log.h"
#include "foundation/metrics.h"
#include "net/detail/asio.h"

namespace feiqian::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

struct EventStream::State {
  State(asio::any_io_executor executor) : wake(executor, asio::steady_timer::time_point::max()) {}
  std::mutex mutex;
  std::deque<std::string> queue;
  std::size_t queued_bytes = 0;
  bool closed = false;
  asio::steady_timer wake;  // touched on its executor only

  void wake_up(const std::shared_ptr<State>& self) {
    asio::post(wake.get_executor(), [self] { self->wake.cancel(); });
  }
};

bool EventStream::send(std::string raw) const {
  constexpr std::size_t kMostQueued = 64 << 10;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return false;
    if (state_->queued_bytes + raw.size() > kMostQueued) {
      state_->closed = true;
    } else {
      state_->queued_bytes += raw.size();
      state_->queue.push_back(std::move(raw));
    }
  }
  state_->wake_up(state_);
  return open();
}

bool EventStream::open() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->closed;
}

void EventStream::close() const {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  state_->wake_up(state_);
}

/// What a handler answered: a whole response, or the head of a stream.
struct Answer {
  HttpResponse response;
  std::shared_ptr<EventStream::State> stream;
};

struct Responder::State {
  explicit State(asio::any_io_executor strand) : executor(std::move(strand)) {}
  ~State() {
    if (!answered) finish({{500, {}, ""}, nullptr});
  }
  void finish(Answer answer) {
    if (answered.exchange(true)) return;
    asio::post(executor,
               [resume_with = std::move(resume), made = std::move(answer)]() mutable { resume_with(std::move(made)); });
  }
  asio::any_io_executor executor;
  std::function<void(Answer)> resume;
  std::atomic<bool> answered{false};
};

void Responder::send(HttpResponse response) const {
  state_->finish({std::move(response), nullptr});
}

EventStream Responder::stream(HttpResponse head) const {
  auto state = std::make_shared<EventStream::State>(state_->executor);
  state_->finish({std::move(head), state});
  return EventStream(state);
}

struct HttpServer::State {
  State(Runtime& runtime, ServerOptions o, Handler h)
      : options(std::move(o)), handler(std::move(h)), io(runtime.loop().io), acceptor(asio::make_strand(io)) {}
  ServerOptions options;
  Handler handler;
  asio::io_context& io;
  tcp::acceptor acceptor;
  std::optional<asio::ssl::context> tls;
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> accepting{true};

  std::mutex mutex;
  std::condition_variable idle;
  std::size_t unanswered = 0;  // guarded by mutex

  void begin_answer() {
    const std::lock_guard lock(mutex);
    ++unanswered;
  }
  void end_answer() {
    const std::lock_guard lock(mutex);
    if (--unanswered == 0) idle.notify_all();
  }
};

namespace {

using StatePtr = std::shared_ptr<HttpServer::State>;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

HttpRequest to_request(http::request<http::string_body>&& message, std::string peer) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  const std::string_view target(message.target().data(), message.target().size());
  const auto mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  if (mark != std::string_view::npos) request.query = std::string(target.substr(mark + 1));
  for (const auto& field : message) request.headers.add(std::string(field.name_string()), std::string(field.value()));
  request.body = std::move(message.body());
  request.peer = std::move(peer);
  return request;
}

http::response<http::string_body> to_message(HttpResponse&& response, bool keep_alive, bool head_only) {
  http::response<http::string_body> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  for (const auto& [name, value] : response.headers.items()) message.insert(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  if (head_only) message.body().clear();
  return message;
}

template <class Stream>
asio::awaitable<void> write_stream(Stream& stream, HttpResponse head, std::shared_ptr<EventStream::State> events) {
  std::string text = "HTTP/1.1 " + std::to_string(head.status) + " OK\r\nConnection: close\r\n";
  for (const auto& [name, value] : head.headers.items()) text += name + ": " + value + "\r\n";
  text += "\r\n";
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(30));
  auto [failed, count] = co_await asio::async_write(stream, asio::buffer(text), kTuple);
  while (!failed) {
    std::deque<std::string> batch;
    bool closed = false;
    {
      const std::lock_guard lock(events->mutex);
      batch.swap(events->queue);
      events->queued_bytes = 0;
      closed = events->closed;
    }
    for (const auto& piece : batch) {
      beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(30));
      std::tie(failed, count) = co_await asio::async_write(stream, asio::buffer(piece), kTuple);
      if (failed) break;
    }
    if (failed || (closed && batch.empty())) break;
    if (!batch.empty()) continue;
    beast::get_lowest_layer(stream).expires_never();
    events->wake.expires_at(asio::steady_timer::time_point::max());
    co_await events->wake.async_wait(kTuple);
  }
  const std::lock_guard lock(events->mutex);
  events->closed = true;
}

asio::awaitable<Answer> ask_handler(const StatePtr& state, HttpRequest request, asio::any_io_executor executor) {
  auto responder = std::make_shared<Responder::State>(executor);
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Answer)>(
      [&](auto completion) {
        auto shared = std::make_shared<decltype(completion)>(std::move(completion));
        responder->resume = [shared](Answer answer) { (*shared)(std::move(answer)); };
        try {
          state->handler(std::move(request), Responder(responder));
        } catch (const std::exception& fault) {
          log::error("net.handler_threw", {{"what", std::string_view(fault.what())}});
        }
        responder.reset();
      },
      asio::use_awaitable);
}

template <class Stream>
asio::awaitable<void> serve(StatePtr state, Stream& stream, std::string peer) {
  const auto executor = co_await asio::this_coro::executor;
  beast::flat_buffer buffer;
  bool first = true;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(state->options.max_header_bytes));
    parser.body_limit(state->options.max_body_bytes);
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.expires_after(
        std::chrono::milliseconds(first ? state->options.header_timeout_ms : state->options.idle_timeout_ms));
    auto [failed, count] = co_await http::async_read_header(stream, buffer, parser, kTuple);
    if (!failed && !parser.is_done()) {
      if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        http::response<http::empty_body> proceed(http::status::continue_, 11);
        co_await http::async_write(stream, proceed, kTuple);
      }
      lowest.expires_after(std::chrono::milliseconds(state->options.body_timeout_ms));
      std::tie(failed, count) = co_await http::async_read(stream, buffer, parser, kTuple);
    }
    lowest.expires_after(std::chrono::seconds(30));
    if (failed) {
      if (failed == http::error::end_of_stream || failed == asio::error::connection_reset || failed == asio::error::eof)
        break;
      // A request that does not arrive in time gets no answer: the connection is gone.
      if (failed == beast::error::timeout) break;
      const bool too_large = failed == http::error::body_limit || failed == http::error::header_limit ||
                             failed == http::error::buffer_overflow;
      const Error why(too_large ? errors::kRequestTooLarge : errors::kRequestMalformed);
      auto message = to_message(
          state->options.refuse ? state->options.refuse(why) : HttpResponse{http_status(why), {}, ""}, false, false);
      co_await http::async_write(stream, message, kTuple);
      break;
    }
    first = false;
    auto message = parser.release();
    const bool keep_alive = message.keep_alive();
    const bool head_only = message.method() == http::verb::head;
    lowest.expires_never();
    struct Unanswered {
      explicit Unanswered(HttpServer::State* s) : state(s) { state->begin_answer(); }
      ~Unanswered() { end(); }
      void end() {
        if (state != nullptr) std::exchange(state, nullptr)->end_answer();
      }
      HttpServer::State* state;
    } unanswered(state.get());
    auto answer = co_await ask_handler(state, to_request(std::move(message), peer), executor);
    if (answer.stream) {
      unanswered.end();
      co_await write_stream(stream, std::move(answer.response), answer.stream);
      break;
    }
    auto reply = to_message(std::move(answer.response), keep_alive && state->accepting, head_only);
    lowest.expires_after(std::chrono::seconds(30));
    std::tie(failed, count) = co_await http::async_write(stream, reply, kTuple);
    if (failed || !reply.keep_alive()) break;
  }
}

asio::awaitable<void> session(StatePtr state, tcp::socket socket) {
  struct Counted {
    explicit Counted(StatePtr s) : state(std::move(s)) { ++state->connections; }
    ~Counted() { --state->connections; }
    StatePtr state;
  } const counted(state);
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto remote = socket.remote_endpoint(ignored);
  std::string peer = ignored ? std::string() : remote.address().to_string();
  if (state->tls) {
    beast::ssl_stream<beast::tcp_stream> stream(beast::tcp_stream(std::move(socket)), *state->tls);
    beast::get_lowest_layer(stream).expires_after(std::chrono::milliseconds(state->options.header_timeout_ms));
    const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, kTuple);
    if (failed) co_return;
    co_await serve(state, stream, std::move(peer));
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(5));
    co_await stream.async_shutdown(kTuple);
  } else {
    beast::tcp_stream stream(std::move(socket));
    co_await serve(state, stream, std::move(peer));
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }
}

asio::awaitable<void> accept_loop(StatePtr state) {
  static const auto kRefused =
      metrics::counter("feiqian_http_connections_refused_total", "Connections refused because there were too many");
  while (state->accepting) {
    auto [failed, socket] = co_await state->acceptor.async_accept(asio::make_strand(state->io), kTuple);
    if (failed == asio::error::operation_aborted) break;
    if (failed) {
      // Out of descriptors or memory: let some connections end before trying again.
      asio::steady_timer pause(state->io, std::chrono::milliseconds(50));
      co_await pause.async_wait(kTuple);
      continue;
    }
    if (state->connections >= state->options.max_connections) {
      kRefused.add();
      continue;
    }
    auto executor = socket.get_executor();
    asio::co_spawn(executor, session(state, std::move(socket)), [](const std::exception_ptr& fault) {
      if (!fault) return;
      try {
        std::rethrow_exception(fault);
      } catch (const std::exception& e) {
        log::error("net.session_failed", {{"what", std::string_view(e.what())}});
      }
    });
  }
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(Runtime& runtime, ServerOptions options, Handler handler) {
  auto state = std::make_shared<State>(runtime, std::move(options), std::move(handler));
  const auto& given = state->options;
  const auto refuse = [&](const std::string& why) {
    return Error(errors::kListenFailed, given.address + ":" + std::to_string(given.port) + ": " + why, "server.listen");
  };
  boost::system::error_code failed;
  if (!given.tls_certificate_file.empty()) {
    state->tls.emplace(asio::ssl::context::tls_server);
    state->tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                            asio::ssl::context::no_tlsv1_1);
    state->tls->use_certificate_chain_file(given.tls_certificate_file, failed);
    if (failed) return refuse("certificate: " + failed.message());
    state->tls->use_private_key_file(given.tls_key_file, asio::ssl::context::pem, failed);
    if (failed) return refuse("private key: " + failed.message());
  }
  const auto address = asio::ip::make_address(given.address, failed);
  if (failed) return refuse("not an IP address");
  const tcp::endpoint endpoint(address, given.port);
  state->acceptor.open(endpoint.protocol(), failed);
  if (!failed) state->acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) state->acceptor.bind(endpoint, failed);
  if (!failed) state->acceptor.listen(4096, failed);
  if (failed) return refuse(failed.message());
  asio::co_spawn(state->acceptor.get_executor(), accept_loop(state), asio::detached);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::~HttpServer() {
  stop_accepting();
}

std::uint16_t HttpServer::port() const {
  return state_->acceptor.local_endpoint().port();
}

void HttpServer::stop_accepting() {
  if (!state_->accepting.exchange(false)) return;
  asio::post(state_->acceptor.get_executor(), [state = state_] {
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
  });
}

bool HttpServer::wait_idle(std::int64_t most_ms) {
  std::unique_lock lock(state_->mutex);
  return state_->idle.wait_for(lock, std::chrono::milliseconds(most_ms), [&] { return state_->unanswered == 0; });
}

std::size_t HttpServer::connections() const {
  return state_->connections;
}

}  // namespace feiqian::net
