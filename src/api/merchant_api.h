// The merchant API: `/v1`, signed both ways. One table of endpoints serves the requests and makes the OpenAPI document.
//
// `handle` is called on a loop thread and does not block; answers are rendered and signed on loop threads too.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/idempotent.h"
#include "api/replay_window.h"
#include "channels/channel.h"
#include "engine/engine.h"
#include "engine/read_pool.h"
#include "net/http_server.h"
#include "parties/directory.h"
#include "payments/awaiting.h"
#include "payments/view.h"

namespace feiqian::api {

struct PlatformKey {
  std::string id;
  crypto::Signer signer;  ///< Ed25519
};

struct Options {
  std::int64_t window_s = 300;
  std::int64_t rate_per_s = 2000;
  std::int64_t burst = 4000;
  net::AddressPolicy webhook_addresses = net::AddressPolicy::PublicOnly;
  std::int64_t code_wait_ms = 8000;
};

struct Surroundings {
  net::Runtime* runtime;
  engine::Engine* engine;
  engine::ReadPool* reads;
  parties::Directory* directory;
  payments::Awaiting* awaiting;
  const channels::Channels* channels;
  const Clock* clock;
  Random* random;
  const PlatformKey* platform_key;
  payments::CashierUrl cashier_url;
  std::string public_url;  ///< without trailing slash
  Options options;
};

class MerchantApi;

/// One request under way.
struct Call {
  MerchantApi* api = nullptr;
  net::HttpRequest request;
  std::optional<net::Responder> responder;
  std::string request_id;
  std::map<std::string, std::string, std::less<>> path;   ///< `{id}` of the pattern
  std::map<std::string, std::string, std::less<>> query;  ///< decoded
  std::shared_ptr<const parties::KeyHolder> holder;       ///< empty on unsigned endpoints
  Timestamp started;
  std::string operation;

  parties::MerchantId merchant() const { return holder->merchant.id; }
};
using CallPtr = std::shared_ptr<Call>;

struct QueryParameter {
  std::string_view name;
  std::string_view schema;  ///< JSON schema text
  std::string_view meaning;
};

struct Endpoint {
  std::string_view method;
  std::string_view pattern;
  std::string_view operation;
  std::string_view summary;
  bool is_signed;
  int success;
  std::string_view request_schema;  ///< name in components, empty: no body
  std::string_view response_schema;
  std::vector<QueryParameter> query;
  void (MerchantApi::*handler)(const CallPtr& call);
};

class MerchantApi {
 public:
  explicit MerchantApi(Surroundings surroundings);

  void handle(net::HttpRequest request, net::Responder responder);
  static const std::vector<Endpoint>& endpoints();
  /// OpenAPI 3.1, JSON.
  static std::string openapi(const std::string& server_url);

 private:
  const Endpoint* route(const net::HttpRequest& request, Call& call, bool& path_known) const;
  Result<void> authenticate(Call& call) const;
  Result<void> read_query(const Endpoint& endpoint, Call& call) const;

  // answers; from any thread
  void reply(const CallPtr& call, int status, std::string body, bool replayed = false);
  void fail(const CallPtr& call, const Error& error);
  void send(const CallPtr& call, int status, std::string body, std::string_view media_type, bool replayed);
  /// Runs `work` on a loop thread.
  void later(std::function<void()> work);
  /// Reads on a reading thread; an error there answers the call.
  void read(const CallPtr& call, std::function<Result<std::string>(store::Reader&)> work);
  template <class Command>
  Idempotent<Command> idempotent(const CallPtr& call, Command command, int status,
                                 std::function<boost::json::object(const typename Command::Reply&)> render) const;

  // payments
  void create_payment(const CallPtr& call);
  void get_payment(const CallPtr& call);
  void list_payments(const CallPtr& call);
  void close_payment(const CallPtr& call);
  void answer_payment(const CallPtr& call, payments::PaymentId id, int status, bool replayed,
                      std::function<bool(const payments::PaymentView&)> settled);
  // refunds
  void create_refund(const CallPtr& call);
  void get_refund(const CallPtr& call);
  void list_refunds(const CallPtr& call);
  void list_payment_refunds(const CallPtr& call);
  // webhooks and keys
  void list_deliveries(const CallPtr& call);
  void resend_delivery(const CallPtr& call);
  void get_platform_keys(const CallPtr& call);
  void get_openapi(const CallPtr& call);

  Surroundings it_;
  mutable ReplayWindow nonces_;
  mutable RateLimit rates_;
};

/// SHA-256 over method, path and body: what must be the same under one Idempotency-Key.
std::string request_fingerprint(const net::HttpRequest& request);
Answer answer_of(const Error& error, const std::string& request_id);
std::string serialized(const boost::json::object& object);

template <class Command>
Idempotent<Command> MerchantApi::idempotent(
    const CallPtr& call, Command command, int status,
    std::function<boost::json::object(const typename Command::Reply&)> render) const {
  Idempotent<Command> wrapped;
  wrapped.command = std::move(command);
  wrapped.scope = call->merchant().value;
  wrapped.key = std::string(call->request.headers.get("idempotency-key"));
  wrapped.request_hash = request_fingerprint(call->request);
  wrapped.render = [status, render = std::move(render),
                    id = call->request_id](const Result<typename Command::Reply>& result) {
    return result ? Answer{status, serialized(render(*result))} : answer_of(result.error(), id);
  };
  return wrapped;
}

}  // namespace feiqian::api
