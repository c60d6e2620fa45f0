#include "sandbox/alipay/alipay.h"

#include "codec/errors.h"
#include "foundation/text.h"
#include "sandbox/errors.h"

namespace feiqian::sandbox::alipay {
namespace {

constexpr std::int64_t kMostOfOneNumber = 100;

Result<Payer> payer_named(const std::string& name) {
  const auto payer = payer_of(name);
  if (!payer) return Error(errors::kFieldInvalid, "must be rich, poor or slow", "payer");
  return *payer;
}

}  // namespace

Alipay::Alipay(Surroundings& surroundings, std::unique_ptr<Keys> keys)
    : surroundings_(surroundings),
      keys_(std::move(keys)),
      books_(surroundings.database),
      trading_(surroundings, books_),
      gateway_(surroundings, *keys_, books_, trading_),
      wallet_(surroundings, *keys_, books_, trading_),
      notice_format_(*keys_) {
  surroundings.notifications.add_format(std::string(kChannel), notice_format_);
}

Result<std::unique_ptr<Alipay>> Alipay::open(Surroundings& surroundings) {
  auto keys = TRY(Keys::open(surroundings.data_directory + "/alipay"));
  return std::unique_ptr<Alipay>(new Alipay(surroundings, std::move(keys)));
}

Reply Alipay::handle(const net::HttpRequest& request) {
  if (request.path == "/alipay/gateway.do" && (request.method == "GET" || request.method == "POST"))
    return gateway_.handle(request);
  auto response = page(request);
  return {response ? std::move(response).value() : problem_response(response.error()), 0, false};
}

Result<net::HttpResponse> Alipay::page(const net::HttpRequest& request) {
  const auto parameters = parameters_of(request).value_or(Parameters());
  const auto language = language_of(value_of(parameters, "lang"));
  const auto code = segment_after(request.path, "/alipay/qr/");
  const auto cashier = segment_after(request.path, "/alipay/cashier/");
  const auto pay = segment_after(request.path, "/alipay/wallet/", "/pay");
  const auto cancel = segment_after(request.path, "/alipay/wallet/", "/cancel");
  if (!code && !cashier && !pay && !cancel) return Error(errors::kPageNotFound);
  if (request.method != (code || cashier ? "GET" : "POST")) return Error(errors::kMethodNotAllowed);
  if (code) return wallet_.scan(*code, language);
  if (cashier) return wallet_.cashier(*cashier, language);
  return pay ? wallet_.pay(*pay, parameters) : wallet_.cancel(*cancel, parameters);
}

Result<TradeView> Alipay::view_of(const Trade& trade) {
  TradeView view;
  view.channel = kChannel;
  view.app_id = trade.order.app_id;
  view.out_trade_no = trade.order.out_trade_no;
  view.trade_no = trade.trade_no;
  view.state = name_of(trade.state);
  view.total_minor = trade.order.total_minor;
  view.refunded_minor = trade.refunded_minor;
  view.buyer = trade.buyer ? name_of(*trade.buyer) : "";
  view.subject = trade.order.subject;
  view.created_at = to_rfc3339(trade.created_at);
  for (const auto& refund : TRY(books_.refunds(trade.trade_no))) {
    view.refunds.push_back({refund.out_request_no, refund.amount_minor, refund.settled_at ? "succeeded" : "pending"});
  }
  return view;
}

Result<std::vector<TradeView>> Alipay::trades(const std::string& out_trade_no, std::int64_t most,
                                              const std::string& older_than) {
  return surroundings_.database.transact([&]() -> Result<std::vector<TradeView>> {
    TRY(trading_.settle_due());
    std::vector<TradeView> views;
    for (const auto& trade : TRY(books_.trades(out_trade_no, most, older_than))) views.push_back(TRY(view_of(trade)));
    return views;
  });
}

Result<Trade> Alipay::trade_to_pay(const std::string& out_trade_no) {
  auto trades = TRY(books_.trades(out_trade_no, kMostOfOneNumber));
  if (!trades.empty()) return std::move(trades.front());
  const auto codes = TRY(books_.live_codes("", out_trade_no, surroundings_.clock.now()));
  if (codes.empty()) return Error(errors::kTradeNotFound);
  const auto scanned = TRY(trading_.scan(codes.front().code));
  if (const auto* trade = std::get_if<Trade>(&scanned)) return *trade;
  return Error(errors::kTradeNotPayable, "the code has expired");
}

Result<TradeView> Alipay::pay(const std::string& out_trade_no, const std::string& payer) {
  std::optional<Payer> named;
  if (!payer.empty()) named = TRY(payer_named(payer));
  // A refusal by balance leaves the trade that the scan began, as it does for a payer with a phone; so it is a value
  // until the commit.
  auto outcome = surroundings_.database.transact([&]() -> Result<std::pair<PayOutcome, TradeView>> {
    TRY(trading_.settle_due());
    auto trade = TRY(trade_to_pay(out_trade_no));
    const auto paying = named ? *named : trade.buyer.value_or(Payer::Rich);
    const auto paid = TRY(trading_.pay(trade, paying));
    return std::pair(paid, TRY(view_of(trade)));
  });
  surroundings_.notifications.pump();
  if (!outcome) return outcome.error();
  switch (outcome->first) {
    case PayOutcome::Paid:
      return std::move(outcome->second);
    case PayOutcome::AlreadyPaid:
      return Error(errors::kTradeNotPayable, "the trade is paid");
    case PayOutcome::NotPayable:
      return Error(errors::kTradeNotPayable, "the trade is closed");
    case PayOutcome::BalanceNotEnough:
      return Error(errors::kBalanceNotEnough);
  }
  return Error(errors::kInternal);
}

Result<std::string> Alipay::issue_auth_code(const std::string& payer) {
  AuthCode code;
  code.payer = TRY(payer_named(payer));
  code.code = "28";
  while (code.code.size() < 18) code.code += static_cast<char>('0' + surroundings_.random.below(10));
  TRY(surroundings_.database.transact([&] { return books_.insert(code); }));
  return code.code;
}

Result<void> Alipay::settle_due() {
  return surroundings_.database.transact([&] { return trading_.settle_due(); });
}

Result<void> Alipay::reset() {
  return surroundings_.database.transact([&] { return books_.forget_everything(); });
}

}  // namespace feiqian::sandbox::alipay
