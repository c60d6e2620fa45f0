#include "foundation/text.h"
#include "sandbox/alipay/methods/methods.h"
#include "sandbox/alipay/timeouts.h"

namespace feiqian::sandbox::alipay {
namespace {

constexpr std::string_view kDefaultCodeTimeout = "2h";

std::string new_code(Random& random) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string code = "bax";
  while (code.size() < 24) code += kAlphabet[random.below(kAlphabet.size())];
  return code;
}

}  // namespace

/// The same order asked for again gets the code it has, as long as that lives; the trade begins when the code is
/// scanned.
Result<Answer> precreate(Call& call) {
  const auto order = read_order(call);
  const auto code_timeout = call.biz.timeout("qr_code_timeout_express");
  if (call.biz.refusal()) return *call.biz.refusal();
  const auto trade = TRY(call.books.trade_by_order(order.app_id, order.out_trade_no));
  if (trade) {
    if (auto refusal = refuse_reopening(*trade, order)) return std::move(*refusal);
  }
  const auto answer = [&](const Code& code) {
    return success(
        {{"out_trade_no", order.out_trade_no}, {"qr_code", call.surroundings.base_url() + "/alipay/qr/" + code.code}});
  };
  for (const auto& existing : TRY(call.books.live_codes(order.app_id, order.out_trade_no, call.now))) {
    if (existing.order.same_content(order)) return answer(existing);
  }
  Code code{new_code(call.surroundings.random), order, {}, false};
  code.expires_at =
      TRY(after_timeout(code_timeout.empty() ? kDefaultCodeTimeout : std::string_view(code_timeout), call.now));
  TRY(call.books.insert(code, call.now));
  return answer(code);
}

}  // namespace feiqian::sandbox::alipay
