#include "simulation/network.h"

#include "net/errors.h"

namespace feiqian::simulation {

/// One request and its single answer.
struct Network::Exchange {
  net::HttpClient::Callback callback;
  bool answered = false;
  void finish(Result<net::HttpResponse> result) {
    if (answered) return;
    answered = true;
    callback(std::move(result));
  }
};

std::int64_t Network::latency_ms() {
  if (faults_->strikes(fault::kSlowNetwork, 10000)) return chance_.skewed(20000);
  return chance_.between(1, 40);
}

net::HttpClient::Transport Network::client(Timeline::Life life) {
  return [this, life](net::ClientRequest request, net::HttpClient::Callback callback) {
    send(life, std::move(request), std::move(callback));
  };
}

void Network::send(Timeline::Life life, net::ClientRequest request, net::HttpClient::Callback callback) {
  auto exchange = std::make_shared<Exchange>(std::move(callback));
  const auto url = net::Url::parse(request.url);
  const auto authority = url ? url->host + ":" + std::to_string(url->port) : std::string();
  if (!url || !servers_.contains(authority) || faults_->strikes(fault::kUnreachable, 10000)) {
    timeline_->after_ms(latency_ms(), life,
                        [exchange] { exchange->finish(Error(errors::kConnectFailed, "unreachable")); });
    return;
  }
  timeline_->after_ms(request.timeout_ms, life,
                      [exchange] { exchange->finish(Error(errors::kNoAnswer, "timed out")); });
  if (faults_->strikes(fault::kRequestLost, 5000)) return;
  net::HttpRequest arriving;
  arriving.method = request.method;
  const auto question = url->target.find('?');
  arriving.path = url->target.substr(0, question);
  if (question != std::string::npos) arriving.query = url->target.substr(question + 1);
  arriving.headers = request.headers;
  arriving.headers.set("Host", url->authority());
  arriving.body = std::move(request.body);
  arriving.peer = "127.0.0.1";
  // What was sent arrives even if the sender dies meanwhile.
  timeline_->after_ms(
      latency_ms(), Timeline::kWorld, [this, life, authority, exchange, arriving = std::move(arriving)] {
        const auto server = servers_.find(authority);
        if (server == servers_.end()) return;
        server->second(arriving, [this, life, exchange](net::HttpResponse response, std::int64_t ms) {
          if (faults_->strikes(fault::kAnswerLost, 5000)) return;
          timeline_->after_ms(ms + latency_ms(), life,
                              [exchange, response = std::move(response)] { exchange->finish(response); });
        });
      });
}

void Network::carry(Timeline::Life life, const Timeline::Work& arrival) {
  if (faults_->strikes(fault::kRequestLost, 5000)) return;
  timeline_->after_ms(latency_ms(), life, arrival);
  if (faults_->strikes(fault::kDuplicateRequest, 5000)) timeline_->after_ms(latency_ms(), life, arrival);
}

}  // namespace feiqian::simulation
