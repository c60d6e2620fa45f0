// UnionPay online (银联在线) by ACP 5.1.0: front payments (the browser brings a form), QR codes of ours, the payer's
// code, query, refund, void, reversal, notifications, settlement files.
//
// Amounts are fen, CNY only. Every answer must prove who wrote it; one that does not is Unknown. What a code of an
// answer means: `response_code.h`. The provider accepts first and executes afterwards: `00` to a payment by the payer's
// code, a refund or a void says accepted, and a query or a notification says done.
//
// There is no way to end an order that nobody paid but its time (`payTimeout`): `close` asks and never claims more than
// the answer says.
#pragma once

#include <memory>
#include <string>

#include "channels/channel.h"
#include "channels/unionpay/order_key.h"
#include "channels/unionpay/signing.h"
#include "net/http_client.h"

namespace feiqian::channels::unionpay {

struct Settings {
  std::string gateway_url;  ///< `https://gateway.95516.com`; the paths of the protocol are appended
  std::string file_url;     ///< the whole address of the file service
  std::string merchant_id;  ///< merId
  MessageSigner signer;
  MessageVerifier verifier;
  std::int64_t call_timeout_ms = 8000;
};

class UnionPay final : public Channel {
 public:
  UnionPay(Settings settings, net::HttpClient& client, const Clock& clock);

  std::string_view code() const override { return "unionpay"; }
  bool offers(Scene scene) const override { return scene != Scene::Jsapi && scene != Scene::App; }
  bool accepts(money::Currency currency) const override { return currency == money::kCny; }
  Result<std::string> redirect_url(const PayOrder& order) const override;
  Result<FormFields> redirect_fields(const PayOrder& order) const override;
  void pay(const PayOrder& order, TradeCallback done) override;
  void query(const std::string& number, TradeCallback done) override;
  void close(const std::string& number, TradeCallback done) override;
  /// Reverses the payment (冲正); where that is refused and the money moved, voids it (消费撤销) and stays Unknown
  /// until the provider says that it is given back.
  void cancel(const std::string& number, TradeCallback done) override;
  void refund(const RefundOrder& order, RefundCallback done) override;
  void query_refund(const RefundOrder& order, RefundCallback done) override;
  Result<Notification> read_notification(const net::HttpRequest& request) const override;
  net::HttpResponse acknowledge(bool accepted) const override;
  /// The lines of the ZM file, as they came (GBK; `settlement_file.h` reads them).
  void statement(Date day, std::function<void(Result<std::string>)> done) override;

 private:
  struct Answer;
  using AnswerCallback = std::function<void(Answer)>;

  Fields common_fields(std::string_view txn_type, std::string_view txn_sub_type, std::string_view biz_type) const;
  Fields order_fields(const PayOrder& order, const OrderKey& key, std::string_view txn_sub_type,
                      std::string_view biz_type) const;
  /// `operation` names the call in logs and metrics.
  void call(std::string_view operation, const std::string& url, Fields fields, AnswerCallback done,
            std::size_t most_answer_bytes = 1 << 20);
  /// `order_id`: what was asked about.
  Answer read_answer(const Result<net::HttpResponse>& response, std::string_view order_id) const;
  void ask_at_once(const OrderKey& key, TradeOutcome accepted, TradeCallback done);
  /// The state of one order of ours: a payment or a refund.
  void ask(const OrderKey& key, AnswerCallback done);
  TradeOutcome outcome_of(const Answer& answer, const OrderKey& key) const;
  void void_payment(const OrderKey& key, TradeCallback done);
  void send_refund(const RefundOrder& order, const OrderKey& key, const Answer& original, RefundCallback done);
  std::string gateway(std::string_view service) const;

  Settings settings_;
  net::HttpClient* client_;
  const Clock* clock_;
};

}  // namespace feiqian::channels::unionpay
