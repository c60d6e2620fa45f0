// What a payer does in the browser: open a code or an H5 address, enter the password, pay or turn back. Chinese, or
// English with ?lang=en. Thread-safe.
//
//   GET  /wechatpay/qr/{code}, /wechatpay/h5/{code}   the wallet page, or how the trade ended
//   POST /wechatpay/wallet/{code}/pay                 form_token (once), password, payer, lang
//   POST /wechatpay/wallet/{code}/cancel
#pragma once

#include <string>

#include "sandbox/access.h"
#include "sandbox/html.h"
#include "sandbox/web.h"
#include "sandbox/wechatpay/trading.h"

namespace feiqian::sandbox::wechatpay {

class Wallet {
 public:
  Wallet(Surroundings& surroundings, Books& books, Trading& trading)
      : surroundings_(surroundings), books_(books), trading_(trading), form_tokens_(surroundings.random) {}

  Result<net::HttpResponse> open(const std::string& code, Language language);
  Result<net::HttpResponse> pay(const std::string& code, const Parameters& form);
  Result<net::HttpResponse> cancel(const std::string& code, const Parameters& form);

 private:
  /// Why the payer sees the form again.
  enum class Problem { None, PageExpired, PasswordWrong, BalanceNotEnough };
  net::HttpResponse page_of(const Trade& trade, Language language, Problem problem = Problem::None,
                            Payer chosen = Payer::Rich);
  std::string form_of(const Trade& trade, Language language, Problem problem, Payer chosen);

  Surroundings& surroundings_;
  Books& books_;
  Trading& trading_;
  FormTokens form_tokens_;
};

}  // namespace feiqian::sandbox::wechatpay
