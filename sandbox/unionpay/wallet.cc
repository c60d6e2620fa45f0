#include "sandbox/unionpay/wallet.h"

#include "foundation/text.h"
#include "sandbox/unionpay/notice.h"
#include "sandbox/unionpay/signing.h"

namespace feiqian::sandbox::unionpay {
namespace {

std::string page_path(const Order& order, Language language) {
  return "/unionpay/cashier/" + order.page + (language == Language::English ? "?lang=en" : "");
}

}  // namespace

net::HttpResponse Wallet::form_of(const Order& order, Language language, Payer chosen, PageProblem problem) {
  return payment_page({language, order, form_tokens_.issue(order.page), chosen, problem});
}

net::HttpResponse Wallet::page_of(const Order& order, Language language) {
  if (order.state == OrderState::Succeeded) {
    Parameters front;
    if (!order.field("frontUrl").empty()) {
      front = outcome_fields(order);
      sign(front, keys_, keys_.merchant(order.merchant).get());
    }
    return paid_page(language, order, front);
  }
  if (order.state != OrderState::Waiting) return unpayable_page(language, Unpayable::Ended);
  if (order.wrong_passwords >= kPasswordTries) return unpayable_page(language, Unpayable::Locked);
  return form_of(order, language, Payer::Rich, PageProblem::None);
}

Result<net::HttpResponse> Wallet::visit(const std::string& page, Language language) {
  return surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    auto order = TRY(books_.by_page(page));
    if (!order) return unpayable_page(language, Unpayable::Unknown);
    if (order->state == OrderState::Waiting) TRY(trading_.visit(*order));
    return page_of(*order, language);
  });
}

Result<net::HttpResponse> Wallet::pay(const std::string& page, const Parameters& form) {
  auto answer = surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    auto order = TRY(books_.by_page(page));
    if (!order) return unpayable_page(language_of(value_of(form, "lang")), Unpayable::Unknown);
    return try_to_pay(*order, form);
  });
  surroundings_.notifications.pump();
  return answer;
}

Result<net::HttpResponse> Wallet::try_to_pay(Order& order, const Parameters& form) {
  const auto language = language_of(value_of(form, "lang"));
  const auto payer = payer_of(value_of(form, "payer")).value_or(Payer::Rich);
  const bool ours = form_tokens_.redeem(value_of(form, "form_token"), order.page);
  if (order.state != OrderState::Waiting || order.wrong_passwords >= kPasswordTries)
    return see_other(page_path(order, language));
  if (!ours) return form_of(order, language, payer, PageProblem::PageExpired);
  if (!equal_in_constant_time(value_of(form, "password"), kPassword)) {
    ++order.wrong_passwords;
    TRY(books_.update(order));
    if (order.wrong_passwords >= kPasswordTries) return see_other(page_path(order, language));
    return form_of(order, language, payer, PageProblem::PasswordWrong);
  }
  const auto outcome = TRY(trading_.pay(order, payer));
  if (outcome == PayOutcome::BalanceNotEnough) return form_of(order, language, payer, PageProblem::BalanceNotEnough);
  return see_other(page_path(order, language));
}

}  // namespace feiqian::sandbox::unionpay
