// The API's calls. A call reads its fields, decides, and answers; it runs inside one transaction, which an Error rolls
// back. What a call refuses is an Answer, not an Error.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/surroundings.h"
#include "sandbox/web.h"
#include "sandbox/wechatpay/answer.h"
#include "sandbox/wechatpay/books.h"
#include "sandbox/wechatpay/fields.h"
#include "sandbox/wechatpay/keys.h"
#include "sandbox/wechatpay/trading.h"

namespace feiqian::sandbox::wechatpay {

struct Method;

struct Call {
  Surroundings& surroundings;
  Books& books;
  Trading& trading;
  Keys& keys;
  const Account& account;
  const Method& method;
  const codec::json::object& body;
  const Parameters& query;
  std::string number;  ///< what the path names, decoded; empty: nothing
  Timestamp now;

  std::optional<Answer> refusal = {};
  Fields fields() { return {body, refusal}; }
};

struct Method {
  std::string_view name;  ///< `wechatpay.native`: fault rules name it
  std::string_view verb;
  std::string_view path;    ///< up to what the path names, or the whole
  std::string_view suffix;  ///< after what the path names
  bool names;               ///< the path names something
  Result<Answer> (*run)(Call&);
};

struct Route {
  const Method* method = nullptr;
  bool other_verb = false;  ///< the path is known by another verb
  std::string number;
};
Route find_route(std::string_view verb, std::string_view path);

Result<Answer> prepay(Call& call);
Result<Answer> codepay(Call& call);
Result<Answer> query_by_number(Call& call);
Result<Answer> query_by_transaction(Call& call);
Result<Answer> close(Call& call);
Result<Answer> reverse(Call& call);
Result<Answer> refund(Call& call);
Result<Answer> refund_query(Call& call);
Result<Answer> trade_bill(Call& call);
Result<Answer> fund_bill(Call& call);
Result<Answer> bill_file(Call& call);
Result<Answer> certificates(Call& call);

/// The order as prepay and codepay describe it; problems are refused.
Order read_order(Call& call);
/// `mchid` of the body or the query is the caller's; otherwise refused.
void check_mchid(Call& call);
/// The order number that the request is about, whichever way it names it; empty: none.
Result<std::string> order_of(Call& call);

}  // namespace feiqian::sandbox::wechatpay
