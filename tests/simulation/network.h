// Calls between the processes of the simulation: HTTP requests as plain data, with latency and faults, no sockets.
//
// A client belongs to the life of its process: when that ends, its callbacks are dropped, and what it had sent still
// arrives. A callback comes once: the answer, or an error by the rules of `net::HttpClient` (connect_failed: nothing
// was sent; no_answer: anything may have happened).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/http_client.h"
#include "simulation/faults.h"
#include "simulation/timeline.h"

namespace feiqian::simulation {

class Network {
 public:
  /// `delay_ms` is the server's own. An answer that is never given times out.
  using Answer = std::function<void(net::HttpResponse response, std::int64_t delay_ms)>;
  using Server = std::function<void(const net::HttpRequest& request, Answer answer)>;

  Network(std::uint64_t seed, Faults& faults, Timeline& timeline)
      : faults_(&faults), timeline_(&timeline), chance_(seed, "network") {}

  /// By host and port, as URLs name them: `127.0.0.1:9400`, `shop-1.example:443`.
  void listen(const std::string& authority, Server server) { servers_[authority] = std::move(server); }
  void leave(const std::string& authority) { servers_.erase(authority); }

  net::HttpClient::Transport client(Timeline::Life life);

  /// One way of a message that is no HTTP request: lost (never run), late, or twice.
  void carry(Timeline::Life life, const Timeline::Work& arrival);

 private:
  struct Exchange;
  void send(Timeline::Life life, net::ClientRequest request, net::HttpClient::Callback callback);
  std::int64_t latency_ms();

  Faults* faults_;
  Timeline* timeline_;
  Chance chance_;
  std::map<std::string, Server> servers_;
};

}  // namespace feiqian::simulation
