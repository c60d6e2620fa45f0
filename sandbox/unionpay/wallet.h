// What a payer does in the browser: scan a code or come from the merchant's page, choose a card, confirm. Thread-safe.
//
//   GET  /unionpay/qr/{page}           scanned: the payment page
//   GET  /unionpay/cashier/{page}      the payment page, or how the order ended
//   POST /unionpay/wallet/{page}/pay   form_token (once), password, payer, lang
#pragma once

#include <string>

#include "sandbox/access.h"
#include "sandbox/unionpay/keys.h"
#include "sandbox/unionpay/pages.h"
#include "sandbox/unionpay/trading.h"

namespace feiqian::sandbox::unionpay {

class Wallet {
 public:
  Wallet(Surroundings& surroundings, Keys& keys, Books& books, Trading& trading)
      : surroundings_(surroundings), keys_(keys), books_(books), trading_(trading), form_tokens_(surroundings.random) {}

  Result<net::HttpResponse> visit(const std::string& page, Language language);
  Result<net::HttpResponse> pay(const std::string& page, const Parameters& form);

 private:
  /// The page that fits the order's state.
  net::HttpResponse page_of(const Order& order, Language language);
  net::HttpResponse form_of(const Order& order, Language language, Payer chosen, PageProblem problem);
  Result<net::HttpResponse> try_to_pay(Order& order, const Parameters& form);

  Surroundings& surroundings_;
  Keys& keys_;
  Books& books_;
  Trading& trading_;
  FormTokens form_tokens_;
};

}  // namespace feiqian::sandbox::unionpay
