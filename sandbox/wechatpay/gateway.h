// The API under /v3/: takes one request apart, checks it in the provider's order, runs its call in one transaction,
// signs the answer, and applies the faults of the transport. Refusals are signed too, but for those of a caller nobody
// knows. Thread-safe.
#pragma once

#include "sandbox/counterparty.h"
#include "sandbox/wechatpay/calls/calls.h"

namespace feiqian::sandbox::wechatpay {

class Gateway {
 public:
  Gateway(Surroundings& surroundings, Keys& keys, Books& books, Trading& trading)
      : surroundings_(surroundings), keys_(keys), books_(books), trading_(trading) {}

  Reply handle(const net::HttpRequest& request);

 private:
  struct Executed {
    Answer answer;
    std::optional<FaultRule> fault;
    bool known_caller = false;
  };
  Executed answer(const net::HttpRequest& request, const Route& route);
  Result<Executed> execute(const Route& route, const Account& account, const codec::json::object& body,
                           const Parameters& query);
  Reply reply(const net::HttpRequest& request, const Executed& executed);

  Surroundings& surroundings_;
  Keys& keys_;
  Books& books_;
  Trading& trading_;
};

}  // namespace feiqian::sandbox::wechatpay
