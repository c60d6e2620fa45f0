#include "sandbox/unionpay/pages.h"

#include <fmt/format.h>

#include "foundation/text.h"
#include "money/money.h"

namespace feiqian::sandbox::unionpay {
namespace {

struct Text {
  std::string_view chinese;
  std::string_view english;
  std::string_view in(Language language) const { return language == Language::English ? english : chinese; }
};

constexpr Text kTitle{"沙箱银联在线支付", "Sandbox UnionPay"};
constexpr Text kRibbon{"沙箱 Sandbox：模拟银联，不是真实付款", "Sandbox 沙箱: simulated UnionPay, no real money moves"};
constexpr Text kOther{"English", "中文"};
constexpr Text kPayTo{"付款给商户", "Pay to merchant"};
constexpr Text kOrderNumber{"商户订单号", "Merchant order no."};
constexpr Text kQueryNumber{"银联流水号", "UnionPay no."};
constexpr Text kWhoPays{"付款银行卡", "Card"};
constexpr Text kRich{"余额充足", "Enough money"};
constexpr Text kPoor{"余额不足", "No money"};
constexpr Text kSlow{"稍后确认", "Confirms late"};
constexpr Text kPasswordLabel{"短信验证码（6位数字）", "SMS code (6 digits)"};
constexpr Text kPasswordHint{"沙箱验证码 123456", "The sandbox's code is 123456"};
constexpr Text kConfirm{"确认付款", "Confirm payment"};
constexpr Text kPaid{"支付成功", "Payment successful"};
constexpr Text kBack{"返回商户", "Back to the merchant"};
constexpr Text kPageExpired{"页面已过期，请重新输入验证码", "The page had expired; please enter the code again"};
constexpr Text kBalanceLow{"卡上的余额不足，请更换银行卡", "The card's balance is not enough; choose another"};

Text words_of(Payer payer) {
  switch (payer) {
    case Payer::Rich:
      return kRich;
    case Payer::Poor:
      return kPoor;
    case Payer::Slow:
      return kSlow;
  }
  return kRich;
}

Text words_of(Unpayable why) {
  switch (why) {
    case Unpayable::Unknown:
      return {"订单不存在", "There is no such order"};
    case Unpayable::Ended:
      return {"订单已结束，不能付款", "This order has ended and cannot be paid"};
    case Unpayable::Locked:
      return {"验证码错误次数过多，此订单已不能付款", "Too many wrong codes; this order can no longer be paid here"};
  }
  return {};
}

std::string problem_text(const PaymentView& view) {
  switch (view.problem) {
    case PageProblem::None:
      return {};
    case PageProblem::PageExpired:
      return std::string(kPageExpired.in(view.language));
    case PageProblem::BalanceNotEnough:
      return std::string(kBalanceLow.in(view.language));
    case PageProblem::PasswordWrong: {
      const auto left = kPasswordTries - view.order.wrong_passwords;
      return view.language == Language::English ? fmt::format("Wrong code; {} tries left", left)
                                                : fmt::format("验证码错误，还可输入{}次", left);
    }
  }
  return {};
}

std::string yuan(std::int64_t minor) {
  return money::to_decimal({minor, money::kCny});
}

std::string phone_page(Language language, std::string_view here, std::string_view content) {
  const auto other = language == Language::English ? Language::Chinese : Language::English;
  return document(language, kTitle.in(language), "phone",
                  fmt::format("<div class=\"ribbon\">{}</div><header><h1>{}</h1><a href=\"{}?lang={}\" "
                              "lang=\"{}\">{}</a></header><main>{}</main>",
                              kRibbon.in(language), kTitle.in(language), here, lang_of(other),
                              other == Language::English ? "en" : "zh-CN", kOther.in(language), content));
}

std::string page_path(const Order& order) {
  return "/unionpay/cashier/" + percent_encode(order.page);
}

std::string summary(Language language, const Order& order) {
  return fmt::format(
      "<section class=\"card\"><div class=\"center\"><div class=\"payee\">{} {}</div><div class=\"subject\">{}</div>"
      "<div class=\"amount\" data-testid=\"wallet-amount\"><small>¥</small>{}</div></div>"
      "<dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl></section>",
      kPayTo.in(language), html_escape(order.merchant), html_escape(subject_of(order)), yuan(order.amount_minor),
      kOrderNumber.in(language), html_escape(order.order_id), kQueryNumber.in(language), html_escape(order.query_id));
}

std::string choices(const PaymentView& view) {
  std::string html = fmt::format("<fieldset><legend>{}</legend>", kWhoPays.in(view.language));
  for (const auto& row : kPayers) {
    if (row.payer == Payer::Slow) continue;
    html += fmt::format(
        "<label class=\"choice\"><input type=\"radio\" name=\"payer\" value=\"{}\" "
        "data-testid=\"wallet-payer-{}\"{}><span>{}</span><em>{}</em></label>",
        row.name, row.name, row.payer == view.chosen ? " checked" : "", words_of(row.payer).in(view.language),
        row.card);
  }
  return html + "</fieldset>";
}

}  // namespace

net::HttpResponse payment_page(const PaymentView& view) {
  const auto language = view.language;
  const auto problem = problem_text(view);
  const auto form = fmt::format(
      "<form class=\"card\" method=\"post\" action=\"/unionpay/wallet/{0}/pay\" autocomplete=\"off\"><input "
      "type=\"hidden\" name=\"form_token\" value=\"{1}\"><input type=\"hidden\" name=\"lang\" value=\"{2}\">{3}{4}"
      "<label class=\"label\" for=\"password\">{5}</label><input class=\"password\" id=\"password\" name=\"password\" "
      "type=\"password\" inputmode=\"numeric\" pattern=\"[0-9]{{6}}\" maxlength=\"6\" required autocomplete=\"off\" "
      "aria-describedby=\"hint\" data-testid=\"wallet-password\"><p class=\"hint\" id=\"hint\">{6}</p>"
      "<button class=\"main\" data-testid=\"wallet-pay\">{7} ¥{8}</button></form>",
      percent_encode(view.order.page), html_escape(view.form_token), lang_of(language),
      problem.empty()
          ? ""
          : fmt::format("<p class=\"problem\" role=\"alert\" data-testid=\"wallet-problem\">{}</p>", problem),
      choices(view), kPasswordLabel.in(language), kPasswordHint.in(language), kConfirm.in(language),
      yuan(view.order.amount_minor));
  return html_response(200, phone_page(language, page_path(view.order), summary(language, view.order) + form));
}

net::HttpResponse paid_page(Language language, const Order& order, const Parameters& front) {
  const auto target = order.field("frontUrl");
  std::string onward;
  if (!front.empty()) {
    onward = fmt::format("<form method=\"post\" action=\"{}\">", html_escape(target));
    for (const auto& [name, value] : front) {
      onward += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", html_escape(name), html_escape(value));
    }
    onward += fmt::format("<p></p><button class=\"main\" data-testid=\"wallet-return\">{}</button></form>",
                          kBack.in(language));
  }
  const auto content = fmt::format(
      "<section class=\"card center\" data-testid=\"wallet-paid\"><div class=\"mark done\" "
      "aria-hidden=\"true\">✓</div><div class=\"result\">{}</div>{}</section>",
      kPaid.in(language), onward);
  auto response = html_response(200, phone_page(language, page_path(order), content + summary(language, order)));
  // The one form of this page leaves for the merchant, wherever its frontUrl and what that leads to may be.
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action http: https:; base-uri "
                       "'none'; frame-ancestors 'none'");
  return response;
}

net::HttpResponse unpayable_page(Language language, Unpayable why) {
  const auto content = fmt::format(
      "<section class=\"card center\" data-testid=\"wallet-unpayable\"><div class=\"mark\" "
      "aria-hidden=\"true\">!</div><div class=\"result\">{}</div></section>",
      words_of(why).in(language));
  return html_response(why == Unpayable::Unknown ? 404 : 200, phone_page(language, "", content));
}

net::HttpResponse error_page(const Code& code) {
  const auto content = fmt::format(
      "<section class=\"card center\" data-testid=\"wallet-error\"><div class=\"mark\" aria-hidden=\"true\">!</div>"
      "<div class=\"result\">{}</div><p class=\"payee\">应答码 <b>{}</b></p></section>",
      html_escape(code.words), html_escape(code.code));
  return html_response(200, phone_page(Language::Chinese, "/unionpay/cashier/none", content));
}

}  // namespace feiqian::sandbox::unionpay
