#include "sandbox/alipay/wallet.h"

#include "foundation/text.h"
#include "sandbox/alipay/notice.h"

namespace feiqian::sandbox::alipay {
namespace {

Unpayable words_for(ScanRefusal refusal) {
  switch (refusal) {
    case ScanRefusal::Unknown:
      return Unpayable::CodeUnknown;
    case ScanRefusal::Expired:
      return Unpayable::CodeExpired;
    case ScanRefusal::OtherOrder:
      return Unpayable::OtherOrder;
  }
  return Unpayable::CodeUnknown;
}

std::string cashier_path(const Trade& trade, Language language) {
  return "/alipay/cashier/" + trade.trade_no + (language == Language::English ? "?lang=en" : "");
}

}  // namespace

net::HttpResponse Wallet::form_of(const Trade& trade, Language language, Payer chosen, WalletProblem problem) {
  return wallet_page({language, trade, form_tokens_.issue(trade.trade_no), chosen, problem});
}

net::HttpResponse Wallet::page_of(const Trade& trade, Language language) {
  if (trade.paid_at) {
    return paid_page(
        language, trade,
        trade.order.return_url.empty() ? "" : return_address(trade, keys_.provider(), surroundings_.clock.now()));
  }
  if (trade.state == TradeState::Closed)
    return unpayable_page(language, Unpayable::Closed, cashier_path(trade, Language::Chinese), trade.order.quit_url);
  if (trade.wrong_passwords >= kPasswordTries)
    return unpayable_page(language, Unpayable::Locked, cashier_path(trade, Language::Chinese), trade.order.quit_url);
  return form_of(trade, language, trade.buyer.value_or(Payer::Rich), WalletProblem::None);
}

Result<net::HttpResponse> Wallet::scan(const std::string& code, Language language) {
  return surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    const auto scanned = TRY(trading_.scan(code));
    if (const auto* refusal = std::get_if<ScanRefusal>(&scanned)) return unpayable_page(language, words_for(*refusal));
    return page_of(std::get<Trade>(scanned), language);
  });
}

Result<net::HttpResponse> Wallet::cashier(const std::string& trade_no, Language language) {
  return surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    const auto trade = TRY(books_.trade_by_no(trade_no));
    return trade ? page_of(*trade, language) : unpayable_page(language, Unpayable::TradeUnknown);
  });
}

Result<net::HttpResponse> Wallet::pay(const std::string& trade_no, const Parameters& form) {
  auto answer = surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    auto trade = TRY(books_.trade_by_no(trade_no));
    if (!trade) return unpayable_page(language_of(value_of(form, "lang")), Unpayable::TradeUnknown);
    return try_to_pay(*trade, form);
  });
  surroundings_.notifications.pump();
  return answer;
}

Result<net::HttpResponse> Wallet::try_to_pay(Trade& trade, const Parameters& form) {
  const auto language = language_of(value_of(form, "lang"));
  const auto payer = payer_of(value_of(form, "payer")).value_or(Payer::Rich);
  const bool ours = form_tokens_.redeem(value_of(form, "form_token"), trade.trade_no);
  if (trade.paid_at || trade.state != TradeState::WaitBuyerPay || trade.wrong_passwords >= kPasswordTries) {
    return see_other(cashier_path(trade, language));
  }
  if (!ours) return form_of(trade, language, payer, WalletProblem::PageExpired);
  if (!equal_in_constant_time(value_of(form, "password"), kPassword)) {
    ++trade.wrong_passwords;
    TRY(books_.update(trade));
    if (trade.wrong_passwords >= kPasswordTries) return see_other(cashier_path(trade, language));
    return form_of(trade, language, payer, WalletProblem::PasswordWrong);
  }
  const auto outcome = TRY(trading_.pay(trade, payer));
  if (outcome == PayOutcome::BalanceNotEnough) return form_of(trade, language, payer, WalletProblem::BalanceNotEnough);
  return see_other(cashier_path(trade, language));
}

Result<net::HttpResponse> Wallet::cancel(const std::string& trade_no, const Parameters& form) {
  const auto language = language_of(value_of(form, "lang"));
  const bool ours = form_tokens_.redeem(value_of(form, "form_token"), trade_no);
  return surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    const auto trade = TRY(books_.trade_by_no(trade_no));
    if (!trade) return unpayable_page(language, Unpayable::TradeUnknown);
    if (!ours || trade->paid_at || trade->state != TradeState::WaitBuyerPay) return page_of(*trade, language);
    return unpayable_page(language, Unpayable::Cancelled, cashier_path(*trade, Language::Chinese),
                          trade->order.quit_url);
  });
}

}  // namespace feiqian::sandbox::alipay
