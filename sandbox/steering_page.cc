#include "sandbox/steering_page.h"

#include <fmt/format.h>

#include "foundation/text.h"

namespace feiqian::sandbox {
namespace {

/// One text in the page's language.
struct Words {
  Language language;
  std::string_view operator()(std::string_view chinese, std::string_view english) const {
    return language == Language::English ? english : chinese;
  }
};

std::string form_begin(const Overview& overview, std::string_view action, std::string_view style = "") {
  return fmt::format(
      "<form class=\"{}\" method=\"post\" action=\"/steer/{}\"><input type=\"hidden\" name=\"form_token\" value=\"{}\">"
      "<input type=\"hidden\" name=\"lang\" value=\"{}\">",
      style, action, html_escape(overview.form_token), lang_of(overview.language));
}

std::string money_text(std::int64_t minor) {
  return fmt::format("¥{}.{:02}", minor / 100, minor % 100);
}

std::string tag(std::string_view text, bool good, bool bad) {
  return fmt::format("<span class=\"tag{}\">{}</span>", good ? " good" : bad ? " bad" : "", html_escape(text));
}

std::string trade_row(const Overview& overview, const TradeView& trade, Words in) {
  std::string refunds;
  for (const auto& refund : trade.refunds) {
    refunds += fmt::format("<div><code>{}</code> {} {}</div>", html_escape(refund.out_request_no),
                           money_text(refund.amount_minor), tag(refund.state, refund.state == "succeeded", false));
  }
  const bool payable = trade.state == "WAIT_BUYER_PAY" || trade.state == "NOTPAY" || trade.state == "USERPAYING" ||
                       trade.state == "waiting";
  const bool good = trade.state == "TRADE_SUCCESS" || trade.state == "SUCCESS" || trade.state == "succeeded";
  const auto pay =
      !payable ? std::string()
               : fmt::format("{}<input type=\"hidden\" name=\"out_trade_no\" value=\"{}\"><button>{}</button></form>",
                             form_begin(overview, "pay"), html_escape(trade.out_trade_no), in("付款", "Pay"));
  return fmt::format(
      "<tr><td><code>{}</code><br><code>{}</code></td><td>{}</td><td "
      "class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
      html_escape(trade.out_trade_no), html_escape(trade.trade_no), html_escape(trade.subject),
      money_text(trade.total_minor), tag(trade.state, good, !good && !payable), html_escape(trade.buyer), refunds, pay);
}

std::string trades_card(const Overview& overview, Words in) {
  std::string html = fmt::format(
      "<section class=\"card\" data-testid=\"trades\"><h2>{}</h2><table><thead><tr><th>{}</th><th>{}</th><th "
      "class=\"number\">{}</th><th>{}</th>"
      "<th>{}</th><th>{}</th><th></th></tr></thead><tbody>",
      in("交易", "Trades"), in("商户订单号／交易号", "Order no. / trade no."), in("商品", "Subject"),
      in("金额", "Amount"), in("状态", "State"), in("付款人", "Payer"), in("退款", "Refunds"));
  for (const auto& trade : overview.trades) html += trade_row(overview, trade, in);
  html += "</tbody></table>";
  html += fmt::format(
      "<p></p>{}<label>{}<input name=\"out_trade_no\" required></label><label>{}<select "
      "name=\"payer\"><option>rich</option><option>poor</option>"
      "<option>slow</option></select></label><button>{}</button></form></section>",
      form_begin(overview, "pay", "row"), in("商户订单号（未扫码的也可）", "Order no. (also before a scan)"),
      in("付款人", "Payer"), in("以付款人身份付款", "Pay as the payer"));
  return html;
}

std::string faults_card(const Overview& overview, Words in) {
  std::string html =
      fmt::format("<section class=\"card\" data-testid=\"faults\"><h2>{}</h2><table><tbody>", in("故障", "Faults"));
  for (const auto& rule : overview.faults) {
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td><code>{} {}</code></td><td>rate {:g}{}</td><td>delay_ms {} · minor "
        "{}</td><td>{} {}</td><td>{}"
        "<input type=\"hidden\" name=\"id\" value=\"{}\"><button>{}</button></form></td></tr>",
        rule.id, tag(name_of(rule.kind), false, !rule.ended()), html_escape(rule.method),
        html_escape(rule.out_trade_no), static_cast<double>(rule.rate_ppm) / 1e6,
        rule.times ? fmt::format(" · times {}", *rule.times) : "", rule.delay_ms, rule.minor, in("已生效", "applied"),
        rule.applied, form_begin(overview, "faults/remove"), rule.id, in("删除", "Remove"));
  }
  std::string options;
  for (const auto kind : all_fault_kinds()) options += fmt::format("<option>{}</option>", name_of(kind));
  html += fmt::format(
      "</tbody></table><p></p>{}<label>kind<select name=\"kind\">{}</select></label><label>method<input "
      "name=\"method\" placeholder=\"*\"></label>"
      "<label>out_trade_no<input name=\"out_trade_no\"></label><label>rate<input class=\"short\" name=\"rate\" "
      "placeholder=\"1.0\"></label>"
      "<label>times<input class=\"short\" name=\"times\"></label><label>delay_ms<input class=\"short\" "
      "name=\"delay_ms\"></label>"
      "<label>minor<input class=\"short\" name=\"minor\"></label><button>{}</button></form></section>",
      form_begin(overview, "faults", "row"), options, in("添加", "Add"));
  return html;
}

std::string notifications_card(const Overview& overview, Words in) {
  std::string html = fmt::format(
      "<section class=\"card\" data-testid=\"notifications\"><div "
      "class=\"bar\"><h2>{}</h2>{}<button>{}</button></form></div><table><tbody>",
      in("异步通知", "Notifications"), form_begin(overview, "flush"), in("立即投递全部", "Deliver all now"));
  for (const auto& sent : overview.notifications) {
    html += fmt::format(
        "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td><code>{}</code></td><td>{}</td><td>{} × · HTTP "
        "{}</td><td>{}</td></tr>",
        sent.id, html_escape(sent.out_trade_no), html_escape(sent.about), html_escape(sent.url),
        tag(sent.state, sent.state == "acknowledged", sent.state == "exhausted"), sent.attempts, sent.last_status,
        html_escape(sent.last_problem));
  }
  return html + "</tbody></table></section>";
}

std::string desk_page(Language language, std::string_view content) {
  const auto other = language == Language::English ? Language::Chinese : Language::English;
  const Words in{language};
  const auto title = in("飞钱沙箱", "Feiqian sandbox");
  return document(
      language, title, "desk",
      fmt::format(
          "<div class=\"ribbon\">{}</div><header><h1>{}</h1><a href=\"/?lang={}\">{}</a></header><main>{}</main>",
          in("沙箱：模拟的支付渠道，没有真实资金", "Sandbox: simulated channels, no real money"), title, lang_of(other),
          in("English", "中文"), content));
}

}  // namespace

std::string overview_page(const Overview& overview) {
  const Words in{overview.language};
  std::string content;
  if (!overview.message.empty())
    content += fmt::format("<p class=\"notice\" role=\"status\">{}</p>", html_escape(overview.message));
  content += trades_card(overview, in) + faults_card(overview, in) + notifications_card(overview, in);
  return desk_page(overview.language, content);
}

std::string login_page(Language language, bool refused) {
  const Words in{language};
  return desk_page(
      language,
      fmt::format(
          "<section class=\"card\">{}<form class=\"row\" method=\"post\" action=\"/steer/login\"><input "
          "type=\"hidden\" name=\"lang\""
          " value=\"{}\"><label>{}<input name=\"token\" type=\"password\" required "
          "autocomplete=\"off\"></label><button>{}</button>"
          "</form></section>",
          refused ? fmt::format("<p class=\"problem\" role=\"alert\">{}</p>", in("令牌不正确", "The token is wrong"))
                  : "",
          lang_of(language),
          in("控制令牌（数据目录中的 sandbox.token）", "Control token (sandbox.token in the data directory)"),
          in("进入", "Open")));
}

}  // namespace feiqian::sandbox
