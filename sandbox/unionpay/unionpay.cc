#include "sandbox/unionpay/unionpay.h"

#include "codec/errors.h"
#include "foundation/text.h"
#include "sandbox/errors.h"

namespace feiqian::sandbox::unionpay {
namespace {

Result<Payer> payer_named(const std::string& name) {
  const auto payer = payer_of(name);
  if (!payer) return Error(errors::kFieldInvalid, "must be rich, poor or slow", "payer");
  return *payer;
}

}  // namespace

UnionPay::UnionPay(Surroundings& surroundings, std::unique_ptr<Keys> keys)
    : surroundings_(surroundings),
      keys_(std::move(keys)),
      books_(surroundings.database),
      trading_(surroundings, books_),
      gateway_(surroundings, *keys_, books_, trading_),
      wallet_(surroundings, *keys_, books_, trading_),
      notice_format_(*keys_) {
  surroundings.notifications.add_format(std::string(kChannel), notice_format_);
}

Result<std::unique_ptr<UnionPay>> UnionPay::open(Surroundings& surroundings) {
  auto keys = TRY(Keys::open(surroundings.data_directory + "/unionpay", surroundings.clock.now()));
  return std::unique_ptr<UnionPay>(new UnionPay(surroundings, std::move(keys)));
}

Reply UnionPay::handle(const net::HttpRequest& request) {
  const auto service = segment_after(request.path, "/unionpay/gateway/api/");
  if (request.method == "POST" && (service || request.path == "/unionpay/file"))
    return gateway_.handle(service.value_or("file"), request);
  auto response = page(request);
  return {response ? std::move(response).value() : problem_response(response.error()), 0, false};
}

Result<net::HttpResponse> UnionPay::page(const net::HttpRequest& request) {
  const auto parameters = parameters_of(request).value_or(Parameters());
  const auto language = language_of(value_of(parameters, "lang"));
  const auto code = segment_after(request.path, "/unionpay/qr/");
  const auto cashier = segment_after(request.path, "/unionpay/cashier/");
  const auto pay = segment_after(request.path, "/unionpay/wallet/", "/pay");
  if (!code && !cashier && !pay) return Error(errors::kPageNotFound);
  if (request.method != (pay ? "POST" : "GET")) return Error(errors::kMethodNotAllowed);
  return pay ? wallet_.pay(*pay, parameters) : wallet_.visit(code ? *code : *cashier, language);
}

Result<TradeView> UnionPay::view_of(const Order& order) {
  TradeView view;
  view.channel = kChannel;
  view.app_id = order.merchant;
  view.out_trade_no = order.order_id;
  view.trade_no = order.query_id;
  view.state = std::string(name_of(order.state)) + (order.code.empty() ? "" : " " + order.code);
  view.total_minor = order.amount_minor;
  view.buyer = order.payer ? name_of(*order.payer) : "";
  view.subject = subject_of(order);
  view.created_at = to_rfc3339(order.created_at);
  for (const auto& given : TRY(books_.returns_of(order.query_id))) {
    const bool done = given.state == OrderState::Succeeded;
    if (given.state == OrderState::Failed) continue;
    if (done) view.refunded_minor += given.amount_minor;
    view.refunds.push_back({given.order_id, given.amount_minor, done ? "succeeded" : "pending"});
  }
  if (order.state == OrderState::Returned) view.refunded_minor = order.amount_minor;
  return view;
}

Result<std::vector<TradeView>> UnionPay::trades(const std::string& out_trade_no, std::int64_t most,
                                                const std::string& older_than) {
  return surroundings_.database.transact([&]() -> Result<std::vector<TradeView>> {
    TRY(trading_.settle_due());
    std::vector<TradeView> views;
    for (const auto& order : TRY(books_.payments(out_trade_no, most, older_than))) views.push_back(TRY(view_of(order)));
    return views;
  });
}

Result<TradeView> UnionPay::pay(const std::string& out_trade_no, const std::string& payer) {
  std::optional<Payer> named;
  if (!payer.empty()) named = TRY(payer_named(payer));
  // A refusal by balance leaves its trace, so it is a value until the commit.
  auto outcome = surroundings_.database.transact([&]() -> Result<std::pair<PayOutcome, TradeView>> {
    TRY(trading_.settle_due());
    auto orders = TRY(books_.payments(out_trade_no, 1));
    if (orders.empty()) return Error(errors::kTradeNotFound);
    auto& order = orders.front();
    const auto paid = TRY(trading_.pay(order, named.value_or(order.payer.value_or(Payer::Rich))));
    return std::pair(paid, TRY(view_of(order)));
  });
  surroundings_.notifications.pump();
  if (!outcome) return outcome.error();
  switch (outcome->first) {
    case PayOutcome::Paid:
      return std::move(outcome->second);
    case PayOutcome::AlreadyPaid:
      return Error(errors::kTradeNotPayable, "the order is paid");
    case PayOutcome::NotPayable:
      return Error(errors::kTradeNotPayable, "the order has ended");
    case PayOutcome::BalanceNotEnough:
      return Error(errors::kBalanceNotEnough);
  }
  return Error(errors::kInternal);
}

Result<std::string> UnionPay::issue_auth_code(const std::string& payer) {
  AuthCode code;
  code.payer = TRY(payer_named(payer));
  code.code = "62";
  while (code.code.size() < 19) code.code += static_cast<char>('0' + surroundings_.random.below(10));
  TRY(surroundings_.database.transact([&] { return books_.insert(code); }));
  return code.code;
}

Result<void> UnionPay::settle_due() {
  return surroundings_.database.transact([&] { return trading_.settle_due(); });
}

Result<void> UnionPay::reset() {
  return surroundings_.database.transact([&] { return books_.forget_everything(); });
}

}  // namespace feiqian::sandbox::unionpay
