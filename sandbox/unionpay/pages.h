// The pages a payer sees: the payment with its password, the result, and what went wrong. Chinese, or English with
// ?lang=en. Pure.
#pragma once

#include <string>
#include <string_view>

#include "sandbox/html.h"
#include "sandbox/unionpay/codes.h"
#include "sandbox/unionpay/order.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::unionpay {

/// Why the payer sees the form again.
enum class PageProblem { None, PageExpired, PasswordWrong, BalanceNotEnough };
inline constexpr std::int64_t kPasswordTries = 3;

struct PaymentView {
  Language language = Language::Chinese;
  const Order& order;
  std::string form_token;
  Payer chosen = Payer::Rich;
  PageProblem problem = PageProblem::None;
};
net::HttpResponse payment_page(const PaymentView& view);

/// `front`: the signed fields that the browser brings to the merchant's frontUrl; none: it stays.
net::HttpResponse paid_page(Language language, const Order& order, const Parameters& front);

/// Why there is nothing to pay (any more).
enum class Unpayable { Unknown, Ended, Locked };
net::HttpResponse unpayable_page(Language language, Unpayable why);

/// For a browser that brought a request the gateway refuses.
net::HttpResponse error_page(const Code& code);

}  // namespace feiqian::sandbox::unionpay
