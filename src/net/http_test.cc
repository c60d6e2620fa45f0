// Messages, addresses, the server and the client, over the loopback.
#include "net/http.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "net/http_client.h"
#include "net/http_server.h"

namespace feiqian::net {
namespace {

// --- URLs and addresses
// -----------------------------------------------------------------------------------------------------------------------

TEST(Url, TakesApart) {
  struct Case {
    const char* text;
    const char* scheme;
    const char* host;
    int port;
    const char* target;
    const char* authority;
  };
  for (const auto& c :
       {Case{"http://shop.example", "http", "shop.example", 80, "/", "shop.example"},
        Case{"https://shop.example/a/b?c=d&e", "https", "shop.example", 443, "/a/b?c=d&e", "shop.example"},
        Case{"https://shop.example:8443/", "https", "shop.example", 8443, "/", "shop.example:8443"},
        Case{"http://shop.example:443/", "http", "shop.example", 443, "/", "shop.example:443"},
        Case{"http://127.0.0.1:9400/x", "http", "127.0.0.1", 9400, "/x", "127.0.0.1:9400"},
        Case{"http://[::1]:9400/x", "http", "::1", 9400, "/x", "[::1]:9400"},
        Case{"http://shop.example?a=b", "http", "shop.example", 80, "/?a=b", "shop.example"},
        Case{"http://shop.example/%E8%8C%B6", "http", "shop.example", 80, "/%E8%8C%B6", "shop.example"}}) {
    const auto url = Url::parse(c.text);
    ASSERT_TRUE(url.ok()) << c.text;
    EXPECT_EQ(url->scheme, c.scheme) << c.text;
    EXPECT_EQ(url->host, c.host) << c.text;
    EXPECT_EQ(url->port, c.port) << c.text;
    EXPECT_EQ(url->target, c.target) << c.text;
    EXPECT_EQ(url->authority(), c.authority) << c.text;
  }
}

TEST(Url, RefusesWhatIsNoPlainHttpUrl) {
  for (const std::string& text : {std::string(""),
                                  std::string("shop.example"),
                                  std::string("//shop.example"),
                                  std::string("/path"),
                                  std::string("ftp://shop.example"),
                                  std::string("file:///etc/passwd"),
                                  std::string("javascript:alert(1)"),
                                  std::string("http://"),
                                  std::string("http:///path"),
                                  std::string("HTTPS://shop.example/"),
                                  std::string("https:{"),
                                  std::string("https:["),
                                  std::string("https: "),
                                  std::string("a:{"),
                                  std::string("http://user@shop.example"),
                                  std::string("http://user:pass@shop.example"),
                                  std::string("http://shop.example/#part"),
                                  std::string("http://shop.example:0/"),
                                  std::string("http://shop.example:99999/"),
                                  std::string("http://shop.example/a b"),
                                  std::string("http://shop.example/\n"),
                                  std::string("http://127.0.0.1.example.com"),
                                  std::string("http://127.0.0.1x/"),
                                  std::string("http://[::1"),
                                  std::string("http://[v1.a:b]/"),
                                  std::string("http://a%0d%0aX-Injected:%20b/"),
                                  std::string("http://%6cocalhost/"),
                                  std::string("http://shop.example%00.other.example/"),
                                  std::string("http://shop.example/茶"),
                                  "http://shop.example/" + std::string(2048, 'a')}) {
    const auto url = Url::parse(text);
    // A name that begins like an address must never become that address.
    if (text == "http://127.0.0.1.example.com" && url) {
      EXPECT_EQ(url->host, "127.0.0.1.example.com");
      continue;
    }
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().code(), "url.invalid");
  }
}

TEST(Addresses, PublicLoopbackAndWhatTheyAllow) {
  struct Case {
    const char* address;
    bool is_public;
    bool is_loopback;
  };
  for (const auto& c : {Case{"8.8.8.8", true, false},
                        Case{"1.1.1.1", true, false},
                        Case{"223.255.255.255", true, false},
                        Case{"127.0.0.1", false, true},
                        Case{"127.255.255.254", false, true},
                        Case{"0.0.0.0", false, false},
                        Case{"0.1.2.3", false, false},
                        Case{"10.0.0.1", false, false},
                        Case{"10.255.255.255", false, false},
                        Case{"11.0.0.0", true, false},
                        Case{"100.64.0.1", false, false},
                        Case{"100.127.255.255", false, false},
                        Case{"100.128.0.0", true, false},
                        Case{"169.254.169.254", false, false},
                        Case{"172.15.255.255", true, false},
                        Case{"172.16.0.1", false, false},
                        Case{"172.31.255.255", false, false},
                        Case{"172.32.0.0", true, false},
                        Case{"192.0.0.1", false, false},
                        Case{"192.0.2.1", false, false},
                        Case{"192.88.99.1", false, false},
                        Case{"192.168.1.1", false, false},
                        Case{"192.169.0.0", true, false},
                        Case{"198.18.0.1", false, false},
                        Case{"198.19.255.255", false, false},
                        Case{"198.51.100.1", false, false},
                        Case{"203.0.113.1", false, false},
                        Case{"224.0.0.1", false, false},
                        Case{"240.0.0.1", false, false},
                        Case{"255.255.255.255", false, false},
                        Case{"2606:4700::1", true, false},
                        Case{"::", false, false},
                        Case{"::1", false, true},
                        Case{"::2", false, false},
                        Case{"::ffff:127.0.0.1", false, false},
                        Case{"::ffff:10.0.0.1", false, false},
                        Case{"::ffff:8.8.8.8", true, false},
                        Case{"::127.0.0.1", false, false},
                        Case{"64:ff9b::7f00:1", false, false},
                        Case{"64:ff9b:1::1", false, false},
                        Case{"100::1", false, false},
                        Case{"2001::1", false, false},
                        Case{"2001:1ff::1", false, false},
                        Case{"2001:200::1", true, false},
                        Case{"2001:db8::1", false, false},
                        Case{"2002:7f00:1::1", false, false},
                        Case{"fc00::1", false, false},
                        Case{"fd12::1", false, false},
                        Case{"fe80::1", false, false},
                        Case{"fec0::1", false, false},
                        Case{"ff02::1", false, false},
                        Case{"shop.example", false, false},
                        Case{"", false, false},
                        Case{"127.1", false, false},
                        Case{"0x7f000001", false, false},
                        Case{"2130706433", false, false}}) {
    EXPECT_EQ(is_public_address(c.address), c.is_public) << c.address;
    EXPECT_EQ(is_loopback_address(c.address), c.is_loopback) << c.address;
    EXPECT_TRUE(allows(AddressPolicy::Any, c.address));
    EXPECT_EQ(allows(AddressPolicy::PublicOnly, c.address), c.is_public) << c.address;
    EXPECT_EQ(allows(AddressPolicy::PublicOrLoopback, c.address), c.is_public || c.is_loopback) << c.address;
  }
}

TEST(Headers, IgnoreTheCaseOfNames) {
  Headers headers;
  headers.add("X-A", " 1 ");
  headers.add("x-a", "2");
  EXPECT_EQ(headers.get("X-a"), " 1 ");
  EXPECT_EQ(headers.joined("x-A"), "1, 2");
  EXPECT_TRUE(headers.has("x-A"));
  EXPECT_FALSE(headers.has("x-b"));
  EXPECT_EQ(headers.get("x-b"), "");
  headers.set("X-A", "3");
  EXPECT_EQ(headers.get("x-a"), "3");
  headers.set("x-b", "4");
  EXPECT_EQ(headers.get("X-B"), "4");
}

// --- the server and the client
// ----------------------------------------------------------------------------------------------------------------

/// A plain socket, for what no client would send.
class Socket {
 public:
  explicit Socket(std::uint16_t port) : file_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(file_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval most{5, 0};
    ::setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  }
  ~Socket() { ::close(file_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  void send(std::string_view text) const { static_cast<void>(::send(file_, text.data(), text.size(), MSG_NOSIGNAL)); }
  /// Up to and with `until`, or all until the other side ends.
  std::string read(std::string_view until = {}) const {
    std::string text;
    char byte = 0;
    while (::recv(file_, &byte, 1, 0) == 1) {
      text += byte;
      if (!until.empty() && text.ends_with(until)) break;
    }
    return text;
  }

 private:
  int file_;
};

class HttpTest : public ::testing::Test {
 protected:
  std::uint16_t serve(Handler handler, ServerOptions options = {}) {
    server_ = HttpServer::start(runtime_, std::move(options), std::move(handler)).value();
    return server_->port();
  }
  static Handler echo() {
    return [](const HttpRequest& request, const Responder& responder) {
      HttpResponse response;
      response.headers.add("X-Peer", request.peer);
      response.body = request.method + " " + request.path + " ? " + request.query + " : " +
                      std::string(request.headers.get("x-a")) + " : " + request.body;
      responder.send(response);
    };
  }
  Result<HttpResponse> ask(ClientRequest request) {
    std::promise<Result<HttpResponse>> promise;
    client_.send(std::move(request), [&](Result<HttpResponse> response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }
  static ClientRequest to(std::uint16_t port, std::string target = "/", std::string body = "") {
    ClientRequest request;
    request.method = body.empty() ? "GET" : "POST";
    request.url = "http://127.0.0.1:" + std::to_string(port) + target;
    request.body = std::move(body);
    request.timeout_ms = 5000;
    return request;
  }

  Runtime runtime_{2};
  std::unique_ptr<HttpServer> server_;
  HttpClient client_{runtime_};
};

TEST_F(HttpTest, CarriesARequestAndItsAnswer) {
  auto request = to(serve(echo()), "/a%20b/c?d=e%26", "body");
  request.headers.add("X-A", "1");
  const auto response = ask(request).value();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "POST /a%20b/c ? d=e%26 : 1 : body");
  EXPECT_EQ(response.headers.get("x-peer"), "127.0.0.1");
}

TEST_F(HttpTest, HeadHasNoBody) {
  auto request = to(serve(echo()));
  const Socket socket(server_->port());
  socket.send("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto text = socket.read();
  EXPECT_THAT(text, ::testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("Content-Length: "));
}

TEST_F(HttpTest, OneConnectionServesManyRequests) {
  const auto port = serve(echo());
  const Socket socket(port);
  for (int i = 0; i < 3; ++i) {
    socket.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(socket.read(" :  : "), ::testing::HasSubstr("GET /" + std::to_string(i)));
  }
  socket.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(socket.read(), ::testing::AllOf(::testing::HasSubstr("GET /a"), ::testing::HasSubstr("GET /b")))
      << "sent at once";
}

TEST_F(HttpTest, TheClientUsesItsConnectionAgainWhereAsked) {
  for (const bool keep : {true, false}) {
    std::mutex mutex;
    std::set<std::size_t> seen;
    const auto port = serve([&](const HttpRequest&, const Responder& responder) {
      const std::lock_guard lock(mutex);
      seen.insert(server_->connections());
      responder.send({});
    });
    for (int i = 0; i < 3; ++i) {
      auto request = to(port);
      request.keep_alive = keep;
      ASSERT_TRUE(ask(request).ok());
    }
    if (keep) {
      EXPECT_EQ(seen, std::set<std::size_t>{1});
    }
  }
}

TEST_F(HttpTest, LimitsRefuseWhatIsTooLarge) {
  ServerOptions options;
  options.max_body_bytes = 100;
  options.max_header_bytes = 1000;
  options.refuse = [](const Error& why) { return HttpResponse{http_status(why), {}, std::string(why.code())}; };
  const auto port = serve(echo(), options);
  EXPECT_EQ(ask(to(port, "/", std::string(100, 'x')))->status, 200);
  const auto large = ask(to(port, "/", std::string(101, 'x'))).value();
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.body, "request.too_large");
  auto headers = to(port);
  headers.headers.add("X-A", std::string(2000, 'x'));
  EXPECT_EQ(ask(headers)->status, 413);
  const Socket chunked(port);
  chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + std::string(255, 'x') +
               "\r\n0\r\n\r\n");
  EXPECT_THAT(chunked.read("too_large"), ::testing::HasSubstr("413"));
}

TEST_F(HttpTest, WhatIsNoHttpIsRefusedAndEnds) {
  ServerOptions options;
  options.refuse = [](const Error& why) { return HttpResponse{http_status(why), {}, std::string(why.code())}; };
  const auto port = serve(echo(), options);
  for (const char* text :
       {"hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    const Socket socket(port);
    socket.send(text);
    EXPECT_THAT(socket.read(),
                ::testing::AllOf(::testing::HasSubstr("HTTP/1.1 400"), ::testing::EndsWith("request.malformed_http")))
        << text;
  }
  EXPECT_EQ(ask(to(port))->status, 200);
}

TEST_F(HttpTest, ASlowRequestIsCutOff) {
  ServerOptions options;
  options.header_timeout_ms = 100;
  options.body_timeout_ms = 100;
  options.idle_timeout_ms = 100;
  const auto port = serve(echo(), options);
  for (const char* text : {"", "GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"}) {
    const Socket socket(port);
    socket.send(text);
    EXPECT_EQ(socket.read(), "") << text;
  }
  const Socket idle(port);
  idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(idle.read(), ::testing::HasSubstr("200 OK")) << "answered, then cut off";
}

TEST_F(HttpTest, AHandlerMayAnswerLaterOnceOrNotAtAll) {
  const auto port = serve([&](const HttpRequest& request, const Responder& responder) {
    if (request.path == "/later") {
      runtime_.after_ms(5, [responder] { responder.send({201, {}, "later"}); });
    } else if (request.path == "/twice") {
      responder.send({202, {}, "first"});
      responder.send({203, {}, "second"});
    } else if (request.path == "/throw") {
      throw std::runtime_error("handler");
    }
  });
  EXPECT_EQ(ask(to(port, "/later"))->body, "later");
  EXPECT_EQ(ask(to(port, "/twice"))->body, "first");
  EXPECT_EQ(ask(to(port, "/dropped"))->status, 500);
  EXPECT_EQ(ask(to(port, "/throw"))->status, 500);
}

TEST_F(HttpTest, TooManyConnectionsAreRefusedAtOnce) {
  ServerOptions options;
  options.max_connections = 1;
  const auto port = serve(echo(), options);
  const Socket first(port);
  first.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(first.read(" :  : "), ::testing::HasSubstr("200 OK"));
  const Socket second(port);
  second.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(second.read(), "");
}

TEST_F(HttpTest, APortThatIsTakenIsNamed) {
  const auto port = serve(echo());
  ServerOptions options;
  options.port = port;
  const auto second = HttpServer::start(runtime_, options, echo());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), "net.listen_failed");
  EXPECT_THAT(second.error().detail(), ::testing::HasSubstr("127.0.0.1:" + std::to_string(port)));
  options.address = "nowhere";
  EXPECT_EQ(HttpServer::start(runtime_, options, echo()).error().code(), "net.listen_failed");
}

TEST_F(HttpTest, AnEventStreamCarriesPiecesUntilItIsClosed) {
  const auto port = serve([&](const HttpRequest&, const Responder& responder) {
    HttpResponse head;
    head.headers.add("Content-Type", "text/event-stream");
    const auto stream = responder.stream(head);
    EXPECT_TRUE(stream.send("data: 1\n\n"));
    runtime_.after_ms(1, [stream] {
      EXPECT_TRUE(stream.send("data: 2\n\n"));
      stream.close();
      EXPECT_FALSE(stream.open());
      EXPECT_FALSE(stream.send("data: 3\n\n"));
    });
  });
  const Socket socket(port);
  socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto text = socket.read();
  EXPECT_THAT(text, ::testing::HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(text, ::testing::EndsWith("\r\n\r\ndata: 1\n\ndata: 2\n\n"));
}

TEST_F(HttpTest, AReaderThatIsTooSlowLosesItsStream) {
  std::promise<bool> full;
  const auto port = serve([&](const HttpRequest&, const Responder& responder) {
    const auto stream = responder.stream({});
    // More than may wait, in one go: nothing could be written meanwhile on this thread.
    full.set_value(stream.send(std::string(40 << 10, 'x')) && !stream.send(std::string(40 << 10, 'x')) &&
                   !stream.open());
  });
  const Socket socket(port);
  socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(full.get_future().get());
  EXPECT_THAT(socket.read(), ::testing::HasSubstr("200 OK")) << "and ends";
}

// --- what a client may conclude
// ---------------------------------------------------------------------------------------------------------------

TEST_F(HttpTest, ARefusedConnectionIsRetrySafe) {
  const auto port = serve(echo());
  server_->stop_accepting();
  server_.reset();
  // The port was just free; nobody listens there now.
  Result<HttpResponse> response = ask(to(port));
  for (int i = 0; i < 100 && response.ok(); ++i) response = ask(to(port));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), "net.connect_failed");
  EXPECT_EQ(response.error().consequence(), Consequence::RetrySafe);
}

/// Answers one connection with `answer`, then ends it.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : file_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(file_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(file_, 4), 0);
    socklen_t size = sizeof address;
    ::getsockname(file_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int peer = ::accept(file_, nullptr, nullptr);
      char buffer[4096];
      static_cast<void>(::recv(peer, buffer, sizeof buffer, 0));
      static_cast<void>(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL));
      ::shutdown(peer, SHUT_WR);
      while (::recv(peer, buffer, sizeof buffer, 0) > 0) {
      }
      ::close(peer);
    });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(file_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  int file_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(HttpTest, AnAnswerThatIsCutIsUnknown) {
  for (const char* answer :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "nonsense\r\n\r\n"}) {
    const OneAnswer other(answer);
    const auto response = ask(to(other.port()));
    ASSERT_FALSE(response.ok()) << answer;
    EXPECT_EQ(response.error().code(), "net.no_answer") << answer;
    EXPECT_EQ(response.error().consequence(), Consequence::OutcomeUnknown);
  }
}

TEST_F(HttpTest, AnAnswerThatIsTooLargeOrTooLateIsUnknown) {
  const auto port = serve([&](const HttpRequest& request, const Responder& responder) {
    if (request.path == "/large") responder.send({200, {}, std::string(2000, 'x')});
    if (request.path == "/never") runtime_.after_ms(60000, [responder] { responder.send({}); });
  });
  auto large = to(port, "/large");
  large.max_response_bytes = 1000;
  EXPECT_EQ(ask(large).error().code(), "net.no_answer");
  auto late = to(port, "/never");
  late.timeout_ms = 50;
  EXPECT_EQ(ask(late).error().code(), "net.no_answer");
}

TEST_F(HttpTest, RedirectsAreNotFollowed) {
  const auto port = serve([](const HttpRequest&, const Responder& responder) {
    HttpResponse response{302, {}, ""};
    response.headers.add("Location", "http://127.0.0.1:1/");
    responder.send(response);
  });
  EXPECT_EQ(ask(to(port))->status, 302);
}

TEST_F(HttpTest, OnlyAllowedAddressesAreConnectedTo) {
  int asked = 0;
  const auto port = serve([&](const HttpRequest&, const Responder& responder) {
    ++asked;
    responder.send({});
  });
  auto request = to(port);
  request.addresses = AddressPolicy::PublicOnly;
  EXPECT_EQ(ask(request).error().code(), "net.address_forbidden");
  // A name is checked by what it resolves to.
  request.url = "http://localhost:" + std::to_string(port) + "/";
  EXPECT_EQ(ask(request).error().code(), "net.address_forbidden");
  EXPECT_EQ(asked, 0);
  request = to(port);
  request.addresses = AddressPolicy::PublicOrLoopback;
  EXPECT_TRUE(ask(request).ok());
  request.url = "ftp://x";
  EXPECT_EQ(ask(request).error().code(), "url.invalid");
}

}  // namespace
}  // namespace feiqian::net
