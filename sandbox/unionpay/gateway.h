// The gateway: takes one request apart, checks it in order, runs its operation in one transaction, signs the answer,
// and applies the faults of the transport. Every answer is HTTP 200 and not encoded, refusals too; a front payment
// answers a browser instead. Thread-safe.
#pragma once

#include <string>

#include "sandbox/counterparty.h"
#include "sandbox/unionpay/keys.h"
#include "sandbox/unionpay/operations.h"

namespace feiqian::sandbox::unionpay {

class Gateway {
 public:
  Gateway(Surroundings& surroundings, Keys& keys, Books& books, Trading& trading)
      : surroundings_(surroundings), keys_(keys), books_(books), trading_(trading) {}

  /// `service`: the path's last segment, such as `backTransReq.do`.
  Reply handle(const std::string& service, const net::HttpRequest& request);

 private:
  struct Executed {
    Answer answer;
    std::optional<FaultRule> fault;
  };
  /// The envelope is in order; otherwise how it is refused.
  std::optional<Code> check(const Parameters& fields, const Operation* operation, const MerchantKeys* merchant) const;
  Result<Executed> execute(const Parameters& fields, const Operation& operation);
  net::HttpResponse answer_api(const Parameters& fields, const Executed& executed, const MerchantKeys* merchant) const;

  Surroundings& surroundings_;
  Keys& keys_;
  Books& books_;
  Trading& trading_;
};

}  // namespace feiqian::sandbox::unionpay
