#include "sandbox/alipay/wallet_page.h"

#include <fmt/format.h>

#include "foundation/text.h"
#include "sandbox/alipay/amount.h"

namespace feiqian::sandbox::alipay {
namespace {

struct Text {
  std::string_view chinese;
  std::string_view english;
  std::string_view in(Language language) const { return language == Language::English ? english : chinese; }
};

constexpr Text kTitle{"沙箱钱包", "Sandbox wallet"};
constexpr Text kRibbon{"沙箱 Sandbox：模拟支付宝，不是真实付款", "Sandbox 沙箱: simulated Alipay, no real money moves"};
constexpr Text kOther{"English", "中文"};
constexpr Text kPayTo{"付款给商户", "Pay to merchant"};
constexpr Text kOrderNumber{"商户订单号", "Merchant order no."};
constexpr Text kTradeNumber{"交易号", "Trade no."};
constexpr Text kWhoPays{"付款账户", "Who pays"};
constexpr Text kRich{"余额充足", "Enough money"};
constexpr Text kPoor{"余额不足", "No money"};
constexpr Text kSlow{"稍后确认", "Confirms late"};
constexpr Text kPasswordLabel{"支付密码（6位数字）", "Payment password (6 digits)"};
constexpr Text kPasswordHint{"沙箱密码 123456", "The sandbox's password is 123456"};
constexpr Text kConfirm{"确认付款", "Confirm payment"};
constexpr Text kCancel{"取消付款", "Cancel"};
constexpr Text kPaid{"支付成功", "Payment successful"};
constexpr Text kBack{"返回商家", "Back to the merchant"};
constexpr Text kGoing{"即将自动返回商家…", "Returning to the merchant shortly …"};
constexpr Text kPageExpired{"页面已过期，请重新输入密码", "The page had expired; please enter the password again"};
constexpr Text kBalance{"余额不足，请更换付款账户", "The balance is not enough; choose another payer"};

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
    case Unpayable::CodeUnknown:
      return {"二维码无效", "This code is not valid"};
    case Unpayable::CodeExpired:
      return {"二维码已失效，请联系商家重新下单", "This code has expired; ask the merchant for a new one"};
    case Unpayable::OtherOrder:
      return {"订单信息不一致，无法付款", "The order has changed and cannot be paid"};
    case Unpayable::TradeUnknown:
      return {"交易不存在", "There is no such trade"};
    case Unpayable::Closed:
      return {"交易已关闭", "This trade is closed"};
    case Unpayable::Locked:
      return {"密码错误次数过多，此交易已不能在钱包付款",
              "Too many wrong passwords; this trade can no longer be paid in the wallet"};
    case Unpayable::Cancelled:
      return {"已取消付款，交易仍可继续支付", "Payment cancelled; the trade can still be paid"};
  }
  return {};
}

std::string problem_text(const WalletView& view) {
  switch (view.problem) {
    case WalletProblem::None:
      return {};
    case WalletProblem::PageExpired:
      return std::string(kPageExpired.in(view.language));
    case WalletProblem::BalanceNotEnough:
      return std::string(kBalance.in(view.language));
    case WalletProblem::PasswordWrong: {
      const auto left = kPasswordTries - view.trade.wrong_passwords;
      return view.language == Language::English ? fmt::format("Wrong password; {} tries left", left)
                                                : fmt::format("密码错误，还可输入{}次", left);
    }
  }
  return {};
}

/// `here`: the path of this page for the other language, which a form's answer cannot be asked for again; empty: the
/// browser's own.
std::string phone_page(Language language, std::string_view here, std::string_view content, std::string_view head = {}) {
  const auto other = language == Language::English ? Language::Chinese : Language::English;
  return document(language, kTitle.in(language), "phone",
                  fmt::format("<div class=\"ribbon\">{}</div><header><h1>{}</h1><a href=\"{}?lang={}\" "
                              "lang=\"{}\">{}</a></header><main>{}</main>",
                              kRibbon.in(language), kTitle.in(language), here, lang_of(other),
                              other == Language::English ? "en" : "zh-CN", kOther.in(language), content),
                  head);
}

std::string cashier_path(const Trade& trade) {
  return "/alipay/cashier/" + percent_encode(trade.trade_no);
}

std::string summary(Language language, const Trade& trade) {
  return fmt::format(
      "<section class=\"card\"><div class=\"center\"><div class=\"payee\">{} {}</div><div class=\"subject\">{}</div>"
      "<div class=\"amount\" data-testid=\"wallet-amount\"><small>¥</small>{}</div></div>"
      "<dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl></section>",
      kPayTo.in(language), html_escape(trade.order.app_id), html_escape(trade.order.subject),
      yuan(trade.order.total_minor), kOrderNumber.in(language), html_escape(trade.order.out_trade_no),
      kTradeNumber.in(language), html_escape(trade.trade_no));
}

std::string choices(const WalletView& view) {
  std::string html = fmt::format("<fieldset><legend>{}</legend>", kWhoPays.in(view.language));
  for (const auto& row : kPayers) {
    if (row.payer == Payer::Slow && view.trade.buyer != Payer::Slow) continue;
    html += fmt::format(
        "<label class=\"choice\"><input type=\"radio\" name=\"payer\" value=\"{}\" "
        "data-testid=\"wallet-payer-{}\"{}><span>{}</span><em>{}</em></label>",
        row.name, row.name, row.payer == view.chosen ? " checked" : "", words_of(row.payer).in(view.language),
        row.logon_id);
  }
  return html + "</fieldset>";
}

}  // namespace

net::HttpResponse wallet_page(const WalletView& view) {
  const auto language = view.language;
  const auto path = "/alipay/wallet/" + percent_encode(view.trade.trade_no);
  const auto problem = problem_text(view);
  const auto form = fmt::format(
      "<form class=\"card\" method=\"post\" action=\"{0}/pay\" autocomplete=\"off\"><input type=\"hidden\" "
      "name=\"form_token\" value=\"{1}\">"
      "<input type=\"hidden\" name=\"lang\" value=\"{2}\">{3}{4}<label class=\"label\" for=\"password\">{5}</label>"
      "<input class=\"password\" id=\"password\" name=\"password\" type=\"password\" inputmode=\"numeric\" "
      "pattern=\"[0-9]{{6}}\" maxlength=\"6\" required"
      " autocomplete=\"off\" aria-describedby=\"hint\" data-testid=\"wallet-password\"><p class=\"hint\" "
      "id=\"hint\">{6}</p>"
      "<button class=\"main\" data-testid=\"wallet-pay\">{7} ¥{8}</button>"
      "<button class=\"quiet\" formaction=\"{0}/cancel\" formnovalidate "
      "data-testid=\"wallet-cancel\">{9}</button></form>",
      path, html_escape(view.form_token), lang_of(language),
      problem.empty()
          ? ""
          : fmt::format("<p class=\"problem\" role=\"alert\" data-testid=\"wallet-problem\">{}</p>", problem),
      choices(view), kPasswordLabel.in(language), kPasswordHint.in(language), kConfirm.in(language),
      yuan(view.trade.order.total_minor), kCancel.in(language));
  return html_response(200, phone_page(language, cashier_path(view.trade), summary(language, view.trade) + form));
}

net::HttpResponse paid_page(Language language, const Trade& trade, const std::string& return_address) {
  const auto address = html_escape(return_address);
  const auto onward =
      return_address.empty()
          ? std::string()
          : fmt::format("<p class=\"hint\">{}</p><a class=\"button\" href=\"{}\" data-testid=\"wallet-return\">{}</a>",
                        kGoing.in(language), address, kBack.in(language));
  const auto content = fmt::format(
      "<section class=\"card center\" data-testid=\"wallet-paid\"><div class=\"mark done\" "
      "aria-hidden=\"true\">✓</div><div class=\"result\">{}</div>{}</section>",
      kPaid.in(language), onward);
  const auto head = return_address.empty() ? std::string()
                                           : fmt::format("<meta http-equiv=\"refresh\" content=\"2;url={}\">", address);
  return html_response(200, phone_page(language, cashier_path(trade), content + summary(language, trade), head));
}

net::HttpResponse unpayable_page(Language language, Unpayable why, const std::string& here,
                                 const std::string& way_back) {
  const bool unknown = why == Unpayable::CodeUnknown || why == Unpayable::TradeUnknown;
  const auto onward = way_back.empty()
                          ? std::string()
                          : fmt::format("<p></p><a class=\"button\" href=\"{}\" data-testid=\"wallet-return\">{}</a>",
                                        html_escape(way_back), kBack.in(language));
  const auto content = fmt::format(
      "<section class=\"card center\" data-testid=\"{}\"><div class=\"mark\" aria-hidden=\"true\">!</div><div "
      "class=\"result\">{}</div>{}</section>",
      why == Unpayable::Cancelled ? "wallet-cancelled" : "wallet-unpayable", words_of(why).in(language), onward);
  return html_response(unknown ? 404 : 200, phone_page(language, here, content));
}

net::HttpResponse error_page(const Answer& answer, std::string_view app_id) {
  const auto content = fmt::format(
      "<section class=\"card center\" data-testid=\"wallet-error\"><div class=\"mark\" aria-hidden=\"true\">!</div>"
      "<div class=\"result\">调试错误，请回到请求来源地，重新发起请求。</div><p class=\"payee\">错误代码 "
      "<b>{}</b></p><p class=\"payee\">{}</p>"
      "<p class=\"payee\">app_id {}</p></section>",
      html_escape(answer.sub_code), html_escape(answer.sub_msg), html_escape(app_id));
  return html_response(200, phone_page(Language::Chinese, "/alipay/cashier/none", content));
}

}  // namespace feiqian::sandbox::alipay
