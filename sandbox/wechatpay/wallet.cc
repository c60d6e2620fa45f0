#include "sandbox/wechatpay/wallet.h"

#include <fmt/format.h>

#include "foundation/text.h"
#include "money/money.h"

namespace feiqian::sandbox::wechatpay {
namespace {

constexpr std::int64_t kPasswordTries = 3;

struct Text {
  std::string_view chinese;
  std::string_view english;
  std::string_view in(Language language) const { return language == Language::English ? english : chinese; }
};

constexpr Text kTitle{"沙箱钱包", "Sandbox wallet"};
constexpr Text kRibbon{"沙箱 Sandbox：模拟微信支付，不是真实付款",
                       "Sandbox 沙箱: simulated WeChat Pay, no real money moves"};
constexpr Text kOther{"English", "中文"};
constexpr Text kPayTo{"付款给商户", "Pay to merchant"};
constexpr Text kOrderNumber{"商户订单号", "Merchant order no."};
constexpr Text kWhoPays{"付款账户", "Who pays"};
constexpr Text kRich{"余额充足", "Enough money"};
constexpr Text kPoor{"余额不足", "No money"};
constexpr Text kPasswordLabel{"支付密码（6位数字）", "Payment password (6 digits)"};
constexpr Text kPasswordHint{"沙箱密码 123456", "The sandbox's password is 123456"};
constexpr Text kConfirm{"确认付款", "Confirm payment"};
constexpr Text kCancel{"取消付款", "Cancel"};
constexpr Text kPaid{"支付成功", "Payment successful"};
constexpr Text kCancelled{"已取消付款，订单仍可继续支付", "Payment cancelled; the order can still be paid"};
constexpr Text kUnknown{"二维码无效", "This code is not valid"};
constexpr Text kOver{"订单已关闭", "This order is closed"};
constexpr Text kLocked{"密码错误次数过多，此订单已不能在钱包付款",
                       "Too many wrong passwords; this order can no longer be paid in the wallet"};
constexpr Text kPageExpired{"页面已过期，请重新输入密码", "The page had expired; please enter the password again"};
constexpr Text kPasswordWrong{"密码错误，请重新输入", "Wrong password; please try again"};
constexpr Text kBalance{"余额不足，请更换付款账户", "The balance is not enough; choose another payer"};

std::string yuan(std::int64_t minor) {
  return money::to_decimal({minor, money::kCny});
}

/// `here`: the path of this page for the other language.
std::string phone_page(Language language, std::string_view here, std::string_view content) {
  const auto other = language == Language::English ? Language::Chinese : Language::English;
  return document(language, kTitle.in(language), "phone",
                  fmt::format("<div class=\"ribbon\">{}</div><header><h1>{}</h1><a href=\"{}?lang={}\" "
                              "lang=\"{}\">{}</a></header><main>{}</main>",
                              kRibbon.in(language), kTitle.in(language), here, lang_of(other),
                              other == Language::English ? "en" : "zh-CN", kOther.in(language), content));
}

std::string path_of(const std::string& code) {
  return "/wechatpay/qr/" + percent_encode(code);
}

std::string mark(std::string_view test_id, bool done, std::string_view words) {
  return fmt::format(
      "<section class=\"card center\" data-testid=\"{}\"><div class=\"mark{}\" aria-hidden=\"true\">{}</div><div "
      "class=\"result\">{}</div></section>",
      test_id, done ? " done" : "", done ? "✓" : "!", words);
}

std::string summary(Language language, const Trade& trade) {
  return fmt::format(
      "<section class=\"card\"><div class=\"center\"><div class=\"payee\">{} {}</div><div class=\"subject\">{}</div>"
      "<div class=\"amount\" data-testid=\"wallet-amount\"><small>¥</small>{}</div></div>"
      "<dl><dt>{}</dt><dd>{}</dd></dl></section>",
      kPayTo.in(language), html_escape(trade.order.mchid), html_escape(trade.order.description),
      yuan(trade.order.total_minor), kOrderNumber.in(language), html_escape(trade.order.out_trade_no));
}

std::string choice(Language language, Payer payer, const Text& words, Payer chosen) {
  const auto& row = row_of(payer);
  return fmt::format(
      "<label class=\"choice\"><input type=\"radio\" name=\"payer\" value=\"{0}\" data-testid=\"wallet-payer-{0}\"{1}>"
      "<span>{2}</span><em>{0}</em></label>",
      row.name, payer == chosen ? " checked" : "", words.in(language));
}

net::HttpResponse unknown_page(Language language, const std::string& code) {
  return html_response(404,
                       phone_page(language, path_of(code), mark("wallet-unpayable", false, kUnknown.in(language))));
}

}  // namespace

std::string Wallet::form_of(const Trade& trade, Language language, Problem problem, Payer chosen) {
  const auto words = problem == Problem::PageExpired        ? kPageExpired.in(language)
                     : problem == Problem::PasswordWrong    ? kPasswordWrong.in(language)
                     : problem == Problem::BalanceNotEnough ? kBalance.in(language)
                                                            : std::string_view();
  const auto alert =
      words.empty() ? std::string()
                    : fmt::format("<p class=\"problem\" role=\"alert\" data-testid=\"wallet-problem\">{}</p>", words);
  return fmt::format(
      "<form class=\"card\" method=\"post\" action=\"{0}/pay\" autocomplete=\"off\"><input type=\"hidden\" "
      "name=\"form_token\" value=\"{1}\"><input type=\"hidden\" name=\"lang\" value=\"{2}\">{3}<fieldset>"
      "<legend>{4}</legend>{5}{6}</fieldset><label class=\"label\" for=\"password\">{7}</label>"
      "<input class=\"password\" id=\"password\" name=\"password\" type=\"password\" inputmode=\"numeric\" "
      "pattern=\"[0-9]{{6}}\" maxlength=\"6\" required autocomplete=\"off\" aria-describedby=\"hint\" "
      "data-testid=\"wallet-password\"><p class=\"hint\" id=\"hint\">{8}</p>"
      "<button class=\"main\" data-testid=\"wallet-pay\">{9} ¥{10}</button>"
      "<button class=\"quiet\" formaction=\"{0}/cancel\" formnovalidate data-testid=\"wallet-cancel\">{11}</button>"
      "</form>",
      "/wechatpay/wallet/" + percent_encode(trade.code), html_escape(form_tokens_.issue(trade.code)), lang_of(language),
      alert, kWhoPays.in(language), choice(language, Payer::Rich, kRich, chosen),
      choice(language, Payer::Poor, kPoor, chosen), kPasswordLabel.in(language), kPasswordHint.in(language),
      kConfirm.in(language), yuan(trade.order.total_minor), kCancel.in(language));
}

net::HttpResponse Wallet::page_of(const Trade& trade, Language language, Problem problem, Payer chosen) {
  std::string content;
  if (trade.paid_at) {
    content = mark("wallet-paid", true, kPaid.in(language)) + summary(language, trade);
  } else if (!advance(trade.state, TradeEvent::Pay)) {
    content = mark("wallet-unpayable", false, kOver.in(language));
  } else if (trade.wrong_passwords >= kPasswordTries) {
    content = mark("wallet-unpayable", false, kLocked.in(language));
  } else {
    content = summary(language, trade) + form_of(trade, language, problem, chosen);
  }
  return html_response(200, phone_page(language, path_of(trade.code), content));
}

Result<net::HttpResponse> Wallet::open(const std::string& code, Language language) {
  return surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    const auto trade = TRY(books_.trade_by_code(code));
    return trade ? page_of(*trade, language) : unknown_page(language, code);
  });
}

Result<net::HttpResponse> Wallet::pay(const std::string& code, const Parameters& form) {
  const auto language = language_of(value_of(form, "lang"));
  const auto payer = payer_of(value_of(form, "payer")).value_or(Payer::Rich);
  const bool ours = form_tokens_.redeem(value_of(form, "form_token"), code);
  auto answer = surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    TRY(trading_.settle_due());
    auto trade = TRY(books_.trade_by_code(code));
    if (!trade) return unknown_page(language, code);
    if (!advance(trade->state, TradeEvent::Pay) || trade->wrong_passwords >= kPasswordTries)
      return page_of(*trade, language);
    if (!ours) return page_of(*trade, language, Problem::PageExpired, payer);
    if (!equal_in_constant_time(value_of(form, "password"), kPassword)) {
      ++trade->wrong_passwords;
      TRY(books_.update(*trade));
      return page_of(*trade, language, Problem::PasswordWrong, payer);
    }
    const auto outcome = TRY(trading_.pay(*trade, payer));
    return page_of(*trade, language,
                   outcome == PayOutcome::BalanceNotEnough ? Problem::BalanceNotEnough : Problem::None, payer);
  });
  surroundings_.notifications.pump();
  return answer;
}

Result<net::HttpResponse> Wallet::cancel(const std::string& code, const Parameters& form) {
  const auto language = language_of(value_of(form, "lang"));
  const bool ours = form_tokens_.redeem(value_of(form, "form_token"), code);
  return surroundings_.database.transact([&]() -> Result<net::HttpResponse> {
    const auto trade = TRY(books_.trade_by_code(code));
    if (!trade) return unknown_page(language, code);
    if (!ours || !advance(trade->state, TradeEvent::Pay)) return page_of(*trade, language);
    return html_response(200,
                         phone_page(language, path_of(code), mark("wallet-cancelled", false, kCancelled.in(language))));
  });
}

}  // namespace feiqian::sandbox::wechatpay
