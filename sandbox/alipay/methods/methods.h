// The gateway's methods, one file each. A method reads its business parameters, decides, and answers; it runs inside
// one transaction, which an Error rolls back. What a method refuses is an Answer, not an Error.
#pragma once

#include <optional>
#include <string_view>

#include "sandbox/alipay/answer.h"
#include "sandbox/alipay/biz_content.h"
#include "sandbox/alipay/books.h"
#include "sandbox/alipay/trading.h"
#include "sandbox/surroundings.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::alipay {

struct Method;

struct Call {
  Surroundings& surroundings;
  Books& books;
  Trading& trading;
  const Method& method;
  const Parameters& parameters;
  BizContent& biz;
  Timestamp now;

  std::string app_id() const { return std::string(value_of(parameters, "app_id")); }
};

struct Method {
  std::string_view name;
  Result<Answer> (*run)(Call&);
  bool browser = false;  ///< answered with a redirect or a page
};

/// nullptr: no such method.
const Method* find_method(std::string_view name);

Result<Answer> precreate(Call& call);
Result<Answer> create(Call& call);
Result<Answer> pay(Call& call);
Result<Answer> page_pay(Call& call);
Result<Answer> query(Call& call);
Result<Answer> close(Call& call);
Result<Answer> cancel(Call& call);
Result<Answer> refund(Call& call);
Result<Answer> refund_query(Call& call);

/// The out_trade_no that the request is about, also when it names the trade_no only; empty when there is none.
Result<std::string> order_of(Call& call);
/// By trade_no, which beats out_trade_no; only the caller's own. Refuses in `biz` when both are absent.
Result<std::optional<Trade>> find_trade(Call& call);
/// The order as precreate, create, pay and page.pay describe it; problems are refused in `biz`.
Order read_order(Call& call);
/// What an order number already stands for, when a merchant opens it again: nullopt while it waits for its payer with
/// the same content.
std::optional<Answer> refuse_reopening(const Trade& trade, const Order& order);
/// Fields that name the payer and what was paid, as query and pay give them.
codec::json::object paid_fields(const Trade& trade);

}  // namespace feiqian::sandbox::alipay
