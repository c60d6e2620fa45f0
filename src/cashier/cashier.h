// The cashier (收银台): the pages of `web/`, their data, and the event stream that tells them of every change
// (docs/cashier-api.md).
//
// A token names one payment and proves the right to see and pay it: base64url(payment id ‖ 16 bytes of HMAC-SHA256 over
// the id).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "engine/engine.h"
#include "engine/read_pool.h"
#include "net/http_server.h"
#include "parties/directory.h"
#include "payments/awaiting.h"
#include "payments/executors.h"

namespace boost::json {
class object;
}

namespace feiqian::cashier {

std::string token_of(payments::PaymentId id, const Secret& key);
std::optional<payments::PaymentId> payment_of(std::string_view token, const Secret& key);

struct Surroundings {
  net::Runtime* runtime;
  engine::Engine* engine;
  engine::ReadPool* reads;
  payments::PaymentFeed* feed;
  payments::Awaiting* awaiting;
  const payments::Executors* executors;
  const channels::Channels* channels;
  const Clock* clock;
  Secret token_key;
  std::string public_url;
  std::string web_root;       ///< directory with index.html and assets/
  bool behind_proxy = false;  ///< the payer's address is what our own proxy says
};

class Cashier {
 public:
  explicit Cashier(Surroundings surroundings);
  /// Everything below /cashier/.
  void handle(const net::HttpRequest& request, const net::Responder& responder);
  std::string url_of(payments::PaymentId id) const;

 private:
  void serve_file(const std::string& path, const net::Responder& responder);
  void start_attempt(payments::PaymentId id, const net::HttpRequest& request, const net::Responder& responder);
  void stream_events(payments::PaymentId id, const net::Responder& responder);
  /// The payer's, numeric.
  std::string payer_address(const net::HttpRequest& request) const;
  void send_view(payments::PaymentId id, const net::Responder& responder);
  void leave(std::string_view token, const net::Responder& responder);
  /// The page that posts the browser to the provider; back to the cashier where there is nothing to post.
  Result<net::HttpResponse> leaving(store::Reader& reader, payments::PaymentId id) const;
  void fail(const net::Responder& responder, const Error& error);
  /// nullopt when the payment does not exist.
  Result<std::optional<boost::json::object>> view(store::Reader& reader, payments::PaymentId id) const;

  Surroundings it_;
  std::map<std::string, std::string> files_;  // web_root's content, read once
  /// Shared with each stream: the runtime may hold streams longer than there is a cashier.
  std::shared_ptr<std::atomic<int>> streams_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace feiqian::cashier
