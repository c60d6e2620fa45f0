#include "net/http_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>

#include "foundation/log.h"
#include "net/detail/asio.h"

namespace feiqian::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
using Deadline = std::chrono::steady_clock::time_point;

/// One connection, plain or TLS.
struct Connection {
  std::unique_ptr<beast::tcp_stream> plain;
  std::unique_ptr<beast::ssl_stream<beast::tcp_stream>> secure;
  beast::flat_buffer buffer;
  std::chrono::steady_clock::time_point idle_since;
  beast::tcp_stream& lowest() { return plain ? *plain : beast::get_lowest_layer(*secure); }
};
using ConnectionPtr = std::shared_ptr<Connection>;

http::request<http::string_body> to_message(const ClientRequest& request, const Url& url) {
  http::request<http::string_body> message(http::string_to_verb(request.method), url.target, 11);
  message.set(http::field::host, url.authority());
  message.set(http::field::user_agent, "Feiqian/0.1");
  for (const auto& [name, value] : request.headers.items()) message.set(name, value);
  message.keep_alive(request.keep_alive);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

HttpResponse to_response(http::response<http::string_body>&& message) {
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) response.headers.add(std::string(field.name_string()), std::string(field.value()));
  response.body = std::move(message.body());
  return response;
}

}  // namespace

struct HttpClient::State {
  explicit State(Runtime& runtime) : strand(asio::make_strand(runtime.loop().io)), tls(asio::ssl::context::tls_client) {
    tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    boost::system::error_code ignored;
    tls.set_default_verify_paths(ignored);
  }
  // One strand for all: a connection that is used again has its timer where it was made.
  asio::strand<asio::io_context::executor_type> strand;
  asio::ssl::context tls;
  std::mutex mutex;
  std::multimap<std::string, ConnectionPtr> idle;

  ConnectionPtr take(const std::string& key) {
    const std::lock_guard lock(mutex);
    const auto found = idle.find(key);
    if (found == idle.end()) return nullptr;
    auto connection = std::move(found->second);
    idle.erase(found);
    // One that waited long, or that has something to read (the peer's goodbye), is not used again.
    if (std::chrono::steady_clock::now() - connection->idle_since > std::chrono::seconds(4)) return nullptr;
    char byte = 0;
    const auto peeked = ::recv(connection->lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? connection : nullptr;
  }
  void give_back(const std::string& key, ConnectionPtr connection) {
    constexpr std::size_t kMostIdle = 1024;
    const std::lock_guard lock(mutex);
    connection->idle_since = std::chrono::steady_clock::now();
    if (idle.size() >= kMostIdle) idle.clear();
    idle.emplace(key, std::move(connection));
  }
};

namespace {

using StatePtr = std::shared_ptr<HttpClient::State>;

asio::awaitable<Result<ConnectionPtr>> connect(StatePtr state, const ClientRequest& request, const Url& url,
                                               Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  auto [failed, found] = co_await resolver.async_resolve(url.host, std::to_string(url.port), kTuple);
  if (failed) co_return Error(errors::kConnectFailed, "the name " + url.host + " cannot be resolved");
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) {
    if (!allows(request.addresses, entry.endpoint().address().to_string())) {
      co_return Error(errors::kAddressForbidden, url.host + " is an address that requests may not go to");
    }
    endpoints.push_back(entry.endpoint());
  }
  auto connection = std::make_shared<Connection>();
  if (url.scheme == "https") {
    connection->secure =
        std::make_unique<beast::ssl_stream<beast::tcp_stream>>(beast::tcp_stream(executor), state->tls);
    // The macro SSL_set_tlsext_host_name, without its old-style cast.
    std::string name = url.host;
    SSL_ctrl(connection->secure->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    connection->secure->set_verify_mode(asio::ssl::verify_peer);
    connection->secure->set_verify_callback(asio::ssl::host_name_verification(url.host));
  } else {
    connection->plain = std::make_unique<beast::tcp_stream>(executor);
  }
  auto& lowest = connection->lowest();
  lowest.expires_at(deadline);
  tcp::endpoint connected;
  std::tie(failed, connected) = co_await lowest.async_connect(endpoints, kTuple);
  if (failed) co_return Error(errors::kConnectFailed, url.authority() + ": " + failed.message());
  boost::system::error_code ignored;
  lowest.socket().set_option(tcp::no_delay(true), ignored);
  if (connection->secure) {
    std::tie(failed) = co_await connection->secure->async_handshake(asio::ssl::stream_base::client, kTuple);
    if (failed) co_return Error(errors::kConnectFailed, url.authority() + ": TLS: " + failed.message());
  }
  co_return connection;
}

struct Exchange {
  boost::system::error_code failed;
  bool wrote_all = false;
  bool got_some = false;
  bool keep = false;
  HttpResponse response;
};

asio::awaitable<Exchange> exchange(Connection& connection, const ClientRequest& request, const Url& url,
                                   Deadline deadline) {
  Exchange result;
  auto message = to_message(request, url);
  http::response_parser<http::string_body> parser;
  parser.body_limit(request.max_response_bytes);
  connection.lowest().expires_at(deadline);
  std::size_t count = 0;
  if (connection.plain) {
    std::tie(result.failed, count) = co_await http::async_write(*connection.plain, message, kTuple);
  } else {
    std::tie(result.failed, count) = co_await http::async_write(*connection.secure, message, kTuple);
  }
  if (result.failed) co_return result;
  result.wrote_all = true;
  if (connection.plain) {
    std::tie(result.failed, count) = co_await http::async_read(*connection.plain, connection.buffer, parser, kTuple);
  } else {
    std::tie(result.failed, count) = co_await http::async_read(*connection.secure, connection.buffer, parser, kTuple);
  }
  result.got_some = parser.got_some();
  if (result.failed) co_return result;
  result.keep = parser.get().keep_alive();
  result.response = to_response(parser.release());
  co_return result;
}

asio::awaitable<Result<HttpResponse>> perform(StatePtr state, ClientRequest request) {
  auto parsed = Url::parse(request.url);
  if (!parsed) co_return parsed.error();
  const Url url = parsed.value();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(request.timeout_ms);
  const std::string key = url.scheme + "://" + url.authority();
  if (request.keep_alive) {
    if (auto connection = state->take(key)) {
      auto result = co_await exchange(*connection, request, url, deadline);
      if (!result.failed) {
        if (result.keep) state->give_back(key, connection);
        co_return std::move(result.response);
      }
      // A reused connection that the peer had closed fails before one byte of an answer. Only a request that could not
      // even be written is proven not to have arrived; any other failure may have been executed.
      if (result.wrote_all) co_return Error(errors::kNoAnswer, url.authority() + ": " + result.failed.message());
    }
  }
  auto made = co_await connect(state, request, url, deadline);
  if (!made) co_return made.error();
  auto connection = made.value();
  auto result = co_await exchange(*connection, request, url, deadline);
  if (result.failed) {
    co_return Error(errors::kNoAnswer, url.authority() + ": " + result.failed.message());
  }
  if (request.keep_alive && result.keep) state->give_back(key, connection);
  co_return std::move(result.response);
}

}  // namespace

HttpClient::HttpClient(Runtime& runtime) : state_(std::make_shared<State>(runtime)) {}
HttpClient::HttpClient(Transport transport) : transport_(std::move(transport)) {}
HttpClient::~HttpClient() = default;

void HttpClient::send(ClientRequest request, Callback callback) {
  if (transport_) {
    transport_(std::move(request), std::move(callback));
    return;
  }
  const auto run = [](StatePtr state, ClientRequest what, Callback done) -> asio::awaitable<void> {
    try {
      auto result = co_await perform(std::move(state), std::move(what));
      done(std::move(result));
      co_return;
    } catch (const std::exception& fault) {
      log::error("net.client_failed", {{"what", std::string_view(fault.what())}});
    }
    done(Error(errors::kNoAnswer, "the client failed"));
  };
  asio::co_spawn(state_->strand, run(state_, std::move(request), std::move(callback)), asio::detached);
}

}  // namespace feiqian::net
