// The pages a payer sees: the wallet with its password, the result, and what went wrong. Chinese, or English with
// ?lang=en. Pure.
#pragma once

#include <string>
#include <string_view>

#include "sandbox/alipay/answer.h"
#include "sandbox/alipay/trade.h"
#include "sandbox/html.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::alipay {

/// Why the payer sees the form again.
enum class WalletProblem { None, PageExpired, PasswordWrong, BalanceNotEnough };
inline constexpr std::int64_t kPasswordTries = 3;

struct WalletView {
  Language language = Language::Chinese;
  const Trade& trade;
  std::string form_token;
  Payer chosen = Payer::Rich;
  WalletProblem problem = WalletProblem::None;
};
net::HttpResponse wallet_page(const WalletView& view);

/// `return_address`: where the browser goes by itself after a moment; empty: stays.
net::HttpResponse paid_page(Language language, const Trade& trade, const std::string& return_address);

/// Why there is nothing to pay (any more).
enum class Unpayable { CodeUnknown, CodeExpired, OtherOrder, TradeUnknown, Closed, Locked, Cancelled };
/// `here`: the page's own path, when it answers a form; `way_back`: the merchant's quit_url, or empty.
net::HttpResponse unpayable_page(Language language, Unpayable why, const std::string& here = {},
                                 const std::string& way_back = {});

/// For a browser that brought a request the gateway refuses.
net::HttpResponse error_page(const Answer& answer, std::string_view app_id);

}  // namespace feiqian::sandbox::alipay
