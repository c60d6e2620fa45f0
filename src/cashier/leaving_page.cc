#include "cashier/leaving_page.h"

#include <string_view>

#include "crypto/digest.h"

namespace feiqian::cashier {
namespace {

constexpr std::string_view kScript = "document.forms[0].submit()";

/// The one script of the page is named by its digest. Where the form may go is left open: providers lead the browser on
/// to other addresses of theirs, and browsers apply the rule to those too.
const std::string& policy() {
  static const std::string kPolicy = "default-src 'none'; script-src 'sha256-" + to_base64(crypto::sha256(kScript)) +
                                     "'; form-action http: https:; base-uri 'none'; frame-ancestors 'none'";
  return kPolicy;
}

}  // namespace

net::HttpResponse leaving_page(const std::string& url, const FormFields& fields) {
  std::string body =
      "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>正在前往付款页面</title>"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head><body>"
      "<form method=\"post\" accept-charset=\"utf-8\" action=\"" +
      html_escape(url) + "\">";
  for (const auto& [name, value] : fields) {
    body += "<input type=\"hidden\" name=\"" + html_escape(name) + "\" value=\"" + html_escape(value) + "\">";
  }
  body +=
      "<p>正在前往付款页面… <span lang=\"en\">Going to the payment page …</span></p>"
      "<button data-testid=\"leave\">继续 <span lang=\"en\">Continue</span></button></form><script>";
  body += kScript;
  body += "</script></body></html>\n";
  net::HttpResponse response{200, {}, std::move(body)};
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", policy());
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Frame-Options", "DENY");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace feiqian::cashier
