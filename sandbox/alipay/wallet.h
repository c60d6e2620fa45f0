// What a payer does in the browser: scan a code, open the cashier, enter the password, pay or turn back. Thread-safe.
//
//   GET  /alipay/qr/{code}               the trade begins; the wallet page
//   GET  /alipay/cashier/{trade_no}      the wallet page, or how the trade ended
//   POST /alipay/wallet/{trade_no}/pay   form_token (once), password, payer, lang
//   POST /alipay/wallet/{trade_no}/cancel
#pragma once

#include <string>

#include "sandbox/access.h"
#include "sandbox/alipay/keys.h"
#include "sandbox/alipay/trading.h"
#include "sandbox/alipay/wallet_page.h"

namespace feiqian::sandbox::alipay {

class Wallet {
 public:
  Wallet(Surroundings& surroundings, Keys& keys, Books& books, Trading& trading)
      : surroundings_(surroundings), keys_(keys), books_(books), trading_(trading), form_tokens_(surroundings.random) {}

  Result<net::HttpResponse> scan(const std::string& code, Language language);
  Result<net::HttpResponse> cashier(const std::string& trade_no, Language language);
  Result<net::HttpResponse> pay(const std::string& trade_no, const Parameters& form);
  Result<net::HttpResponse> cancel(const std::string& trade_no, const Parameters& form);

 private:
  /// The page that fits the trade's state.
  net::HttpResponse page_of(const Trade& trade, Language language);
  net::HttpResponse form_of(const Trade& trade, Language language, Payer chosen, WalletProblem problem);
  Result<net::HttpResponse> try_to_pay(Trade& trade, const Parameters& form);

  Surroundings& surroundings_;
  Keys& keys_;
  Books& books_;
  Trading& trading_;
  FormTokens form_tokens_;
};

}  // namespace feiqian::sandbox::alipay
