// WeChat Pay (微信支付) by API v3: native, JSAPI, app and H5 prepay, payer's code, query, close, reverse, refunds,
// notifications, trade and fund-flow bills.
//
// Amounts are fen, CNY only. Every answer's signature is verified; an answer that does not verify is Unknown, whatever
// its status. Out-trade-numbers have at most 32 characters, ours 17.
#pragma once

#include <string>

#include "channels/channel.h"
#include "channels/wechatpay/api.h"

namespace feiqian::channels::wechatpay {

class WechatPay final : public Channel {
 public:
  WechatPay(Settings settings, net::HttpClient& client, const Clock& clock, Random& random);

  std::string_view code() const override { return "wechatpay"; }
  /// All but Page: there is none for a PC, it shows a code.
  bool offers(Scene scene) const override;
  /// H5's address comes by a call, which must name the payer's.
  bool redirects(Scene) const override { return false; }
  bool accepts(money::Currency currency) const override { return currency == money::kCny; }
  /// Fetches the platform certificates.
  void begin() override;
  Result<std::string> redirect_url(const PayOrder& order) const override;
  void pay(const PayOrder& order, TradeCallback done) override;
  void query(const std::string& number, TradeCallback done) override;
  /// A barcode payment, which the provider does not close, is reversed.
  void close(const std::string& number, TradeCallback done) override;
  void cancel(const std::string& number, TradeCallback done) override;
  /// A refusal counts as Failed only when the provider, asked, does not know the refund.
  void refund(const RefundOrder& order, RefundCallback done) override;
  void query_refund(const RefundOrder& order, RefundCallback done) override;
  /// Of refunds too: they say nothing new about the trade (Unknown, `code` is the event's type); the refund is asked
  /// about.
  Result<Notification> read_notification(const net::HttpRequest& request) const override;
  net::HttpResponse acknowledge(bool accepted) const override;
  /// Trade bill (交易账单), all rows, as the provider writes it: UTF-8 with a byte order mark, CSV, amounts in yuan.
  /// The day must be over, best since 10:00. errors::kStatementUnavailable.
  void statement(Date day, std::function<void(Result<std::string>)> done) override;
  /// Fund-flow bill (资金账单) of the basic account, likewise.
  void fund_statement(Date day, std::function<void(Result<std::string>)> done) override;

 private:
  void prepay(const PayOrder& order, TradeCallback done);
  void pay_by_code(const PayOrder& order, TradeCallback done);
  TradeOutcome prepaid(const Answer& answer, Scene scene);
  void ask(const std::string& number, std::function<void(Answer)> done);
  TradeOutcome found(const Answer& answer, const std::string& number) const;
  void settle_close(const std::string& number, TradeCallback done);
  void send_refund(const RefundOrder& order, money::Money total, RefundCallback done);
  void bill(std::string name, std::string target, std::function<void(Result<std::string>)> done);

  mutable Api api_;
  const Clock* clock_;
};

}  // namespace feiqian::channels::wechatpay
