// The HTTP/1.1 server (Boost.Beast). Handlers are called on a loop thread and must not block; they answer through the
// Responder, from any thread, at any later time. A Responder dropped without an answer answers 500.
//
// Limits protect the process: connections, header and body size, and the time a request may take to arrive; a slow
// client costs memory only.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "net/http.h"
#include "net/runtime.h"

namespace feiqian::net {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::size_t max_body_bytes = 1 << 20;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_connections = 20000;
  std::int64_t header_timeout_ms = 10000;  ///< from the first byte's wait to the end of the header
  std::int64_t body_timeout_ms = 20000;
  std::int64_t idle_timeout_ms = 60000;
  std::string tls_certificate_file;  ///< PEM chain; with `tls_key_file` the listener speaks TLS 1.2+ only
  std::string tls_key_file;
  /// Answer for requests that never reach a handler (malformed, too large, timed out).
  std::function<HttpResponse(const Error&)> refuse;
};

/// A server-sent event stream (text/event-stream). Safe from any thread; dropping it ends the stream.
class EventStream {
 public:
  struct State;
  explicit EventStream(std::shared_ptr<State> state) : state_(std::move(state)) {}
  /// `raw` is already in event-stream form. False when the client is gone or too slow (more than 64 KiB unread).
  bool send(std::string raw) const;
  bool open() const;
  void close() const;

 private:
  std::shared_ptr<State> state_;
};

class Responder {
 public:
  struct State;
  explicit Responder(std::shared_ptr<State> state) : state_(std::move(state)) {}
  /// Once; later calls are ignored.
  void send(HttpResponse response) const;
  EventStream stream(HttpResponse head) const;

 private:
  std::shared_ptr<State> state_;
};

using Handler = std::function<void(HttpRequest, Responder)>;

class HttpServer {
 public:
  /// Listens at once. errors::kListenFailed names the address and the system's reason.
  static Result<std::unique_ptr<HttpServer>> start(Runtime& runtime, ServerOptions options, Handler handler);
  ~HttpServer();

  std::uint16_t port() const;
  /// Stops accepting; requests under way are answered.
  void stop_accepting();
  /// Waits until every request that was taken is answered. False when some are not after `most_ms`. Not for loop
  /// threads.
  bool wait_idle(std::int64_t most_ms);
  std::size_t connections() const;

  struct State;

 private:
  explicit HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace feiqian::net
