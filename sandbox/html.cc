#include "sandbox/html.h"

#include <fmt/format.h>

#include "foundation/text.h"

namespace feiqian::sandbox {

std::string document(Language language, std::string_view title, std::string_view layout, std::string_view body,
                     std::string_view head) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title>"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"data:,\">"
      "<link rel=\"stylesheet\" href=\"/style.css\">{}</head><body class=\"{}\">{}</body></html>\n",
      language == Language::English ? "en" : "zh-CN", html_escape(title), head, layout, body);
}

std::string_view style_sheet() {
  return R"css(:root{--blue:#1677ff;--deep:#0958d9;--ink:#1f1f1f;--soft:#595959;--line:#e5e6eb;--ground:#f2f4f8;--bad:#cf1322;--good:#237804}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
a{color:var(--deep)}
h1,h2{font-weight:600;margin:0}
.ribbon{background:#fffbe6;color:#614700;border-bottom:1px solid #ffe58f;text-align:center;font-size:13px;padding:4px 12px}
.phone header{background:linear-gradient(160deg,var(--blue),var(--deep));color:#fff;padding:14px 20px;display:flex;justify-content:space-between;align-items:center}
.phone header h1{font-size:17px}
.phone header a{color:#fff;font-size:14px}
.phone main{max-width:430px;margin:0 auto;padding:16px}
.card{background:#fff;border-radius:12px;padding:20px;margin-bottom:14px;box-shadow:0 1px 3px rgba(0,0,0,.06)}
.center{text-align:center}
.payee{color:var(--soft);font-size:14px;overflow-wrap:anywhere}
.subject{font-size:17px;overflow-wrap:anywhere;margin:2px 0 10px}
.amount{font-size:42px;font-weight:600;letter-spacing:-1px;line-height:1.2}
.amount small{font-size:26px;margin-right:2px}
dl{display:grid;grid-template-columns:auto 1fr;gap:6px 16px;margin:16px 0 0;font-size:13px}
dt{color:var(--soft)}dd{margin:0;text-align:right;overflow-wrap:anywhere}
fieldset{border:0;margin:0 0 16px;padding:0}legend,.label{display:block;font-size:14px;color:var(--soft);margin-bottom:8px;padding:0}
.choice{display:flex;gap:12px;align-items:center;border:1px solid var(--line);border-radius:10px;padding:12px 14px;margin-bottom:8px;cursor:pointer}
.choice:has(input:checked){border-color:var(--blue);background:#f0f6ff}
.choice input{accent-color:var(--blue);width:18px;height:18px}
.choice span{flex:1}.choice em{font-style:normal;color:var(--soft);font-size:13px}
.password{width:100%;font-size:24px;letter-spacing:12px;text-align:center;padding:10px;border:1px solid #8c8c8c;border-radius:10px}
.password:focus-visible,button:focus-visible,a:focus-visible,.choice:focus-within{outline:3px solid #91caff;outline-offset:1px}
.hint{font-size:13px;color:var(--soft);margin:8px 0 16px}
.problem{background:#fff1f0;border:1px solid #ffa39e;color:var(--bad);border-radius:10px;padding:10px 14px;margin:0 0 14px}
button{font:inherit;cursor:pointer;border-radius:10px;border:1px solid var(--line);background:#fff;color:var(--ink);padding:8px 14px}
button.main{width:100%;background:var(--blue);border-color:var(--blue);color:#fff;font-size:18px;font-weight:600;padding:13px}
button.main:hover{background:var(--deep)}
button.quiet{width:100%;border:0;background:none;color:var(--soft);margin-top:8px;padding:11px}
.notice{background:#f0f6ff;border:1px solid #91caff;border-radius:10px;padding:10px 14px;margin:0 0 14px}
.mark{width:64px;height:64px;border-radius:50%;margin:4px auto 12px;color:#fff;font-size:36px;line-height:64px;background:#8c8c8c}
.mark.done{background:var(--blue)}
.result{font-size:20px;font-weight:600;margin-bottom:6px}
.button{display:block;background:var(--blue);color:#fff;text-decoration:none;border-radius:10px;padding:13px;font-weight:600}
.desk main{max-width:1200px;margin:0 auto;padding:20px}
.desk header{background:#fff;border-bottom:1px solid var(--line);padding:12px 24px;display:flex;justify-content:space-between;align-items:center}
.desk header h1{font-size:18px}
.desk h2{font-size:16px;margin-bottom:12px}
.desk .card{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;color:var(--soft);font-weight:500}
th,td{border-bottom:1px solid var(--line);padding:7px 10px 7px 0;vertical-align:top}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
code{font:13px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.tag{display:inline-block;border-radius:6px;padding:1px 8px;font-size:13px;background:#f0f0f0}
.tag.good{background:#f6ffed;color:var(--good)}.tag.bad{background:#fff1f0;color:var(--bad)}
.row{display:flex;flex-wrap:wrap;gap:10px;align-items:end}
.row label{font-size:13px;color:var(--soft)}
.row input,.row select{display:block;font:inherit;font-size:14px;padding:6px 8px;border:1px solid #8c8c8c;border-radius:8px;background:#fff;color:var(--ink)}
.row input.short{width:110px}
td form{display:inline}
.bar{display:flex;justify-content:space-between;align-items:center;margin-bottom:8px}.bar h2{margin:0}
td button{padding:2px 10px;font-size:13px}
)css";
}

}  // namespace feiqian::sandbox
