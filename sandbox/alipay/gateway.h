// The Open API V2 gateway: takes one request apart, checks it in the provider's order, runs its method in one
// transaction, signs the answer, and applies the faults of the transport. Every answer is HTTP 200 and signed, refusals
// too; page.pay and wap.pay answer a browser instead. Thread-safe.
#pragma once

#include <string>

#include "sandbox/alipay/answer.h"
#include "sandbox/alipay/keys.h"
#include "sandbox/alipay/methods/methods.h"
#include "sandbox/counterparty.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::alipay {

class Gateway {
 public:
  Gateway(Surroundings& surroundings, Keys& keys, Books& books, Trading& trading)
      : surroundings_(surroundings), keys_(keys), books_(books), trading_(trading) {}

  Reply handle(const net::HttpRequest& request);

 private:
  struct Executed {
    Answer answer;
    std::optional<FaultRule> fault;
  };
  /// The request's envelope is in order; otherwise how it is refused.
  std::optional<Answer> check(const Parameters& parameters, const Method* method);
  Result<Executed> execute(const Parameters& parameters, const Method& method, BizContent biz);
  Reply answer_api(const Parameters& parameters, const Executed& executed);
  Reply answer_browser(const Parameters& parameters, const Executed& executed);

  Surroundings& surroundings_;
  Keys& keys_;
  Books& books_;
  Trading& trading_;
};

}  // namespace feiqian::sandbox::alipay
