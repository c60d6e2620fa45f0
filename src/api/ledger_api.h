// The ledger API: `/v1/ledger`, for systems that use Feiqian as a ledger only (docs/ledger.md). It posts by hand, so it
// has a listener of its own, which is off unless it is configured, and keys of its own (ledger_clients.h): a merchant's
// key is nobody here.
//
// `handle` is called on a loop thread and does not block.
#pragma once

#include <memory>
#include <string>

#include "api/ledger_clients.h"
#include "api/ledger_reads.h"
#include "api/merchant_api.h"
#include "api/replay_window.h"

namespace feiqian::api {

class LedgerApi {
 public:
  struct Surroundings {
    net::Runtime* runtime;
    engine::Engine* engine;
    engine::ReadPool* reads;
    LedgerClients* clients;
    const Clock* clock;
    Random* random;
    const PlatformKey* platform_key;
    std::string origin;  ///< scheme and authority of the listener
    Options options;
  };
  explicit LedgerApi(Surroundings surroundings);

  void handle(net::HttpRequest request, net::Responder responder);

 private:
  struct Call;
  using CallPtr = std::shared_ptr<Call>;
  Result<void> authenticate(Call& call);
  Result<void> check_form(const Call& call) const;
  Result<void> dispatch(const CallPtr& call);
  Result<void> read(const CallPtr& call);
  Result<void> write(const CallPtr& call);
  Result<void> write_to_account(const CallPtr& call, const std::string& id, std::string_view action);
  Result<void> write_to_hold(const CallPtr& call, const std::string& id, std::string_view action);
  Result<void> post_vouchers(const CallPtr& call);
  template <class Command>
  void submit(const CallPtr& call, Command command, int status,
              std::function<boost::json::object(const typename Command::Reply&)> render);
  void reply(const CallPtr& call, int status, std::string body, bool replayed = false);
  void fail(const CallPtr& call, const Error& error);
  void send(const CallPtr& call, int status, std::string body, bool replayed);

  Surroundings it_;
  ReplayWindow nonces_;
  RateLimit rates_;
};

}  // namespace feiqian::api
