// Alipay (支付宝) by Open API V2: page.pay, wap.pay, precreate, pay, query, close, cancel, refund,
// fastpay.refund.query, notifications.
//
// Amounts are yuan with two decimals, CNY only. Every answer's signature is verified; an answer that does not verify is
// Unknown.
#pragma once

#include <memory>
#include <string>

#include "channels/alipay/signing.h"
#include "channels/channel.h"
#include "crypto/signature.h"
#include "net/http_client.h"

namespace feiqian::channels::alipay {

struct Settings {
  std::string gateway_url;
  std::string app_id;
  crypto::Signer app_key;       ///< our RSA2 key
  crypto::Verifier alipay_key;  ///< the provider's
  std::int64_t call_timeout_ms = 8000;
};

class Alipay final : public Channel {
 public:
  Alipay(Settings settings, net::HttpClient& client, const Clock& clock);

  std::string_view code() const override { return "alipay"; }
  bool offers(Scene scene) const override { return scene != Scene::Jsapi && scene != Scene::App; }
  bool accepts(money::Currency currency) const override { return currency == money::kCny; }
  Result<std::string> redirect_url(const PayOrder& order) const override;
  void pay(const PayOrder& order, TradeCallback done) override;
  void query(const std::string& number, TradeCallback done) override;
  void close(const std::string& number, TradeCallback done) override;
  void cancel(const std::string& number, TradeCallback done) override;
  void refund(const RefundOrder& order, RefundCallback done) override;
  void query_refund(const RefundOrder& order, RefundCallback done) override;
  Result<Notification> read_notification(const net::HttpRequest& request) const override;
  net::HttpResponse acknowledge(bool accepted) const override;
  void statement(Date day, std::function<void(Result<std::string>)> done) override;

 private:
  struct Call;
  Parameters common_parameters(std::string_view method) const;
  void call(std::string_view method, std::string biz_content, const std::string& notify_url,
            std::function<void(Call)> done);

  Settings settings_;
  net::HttpClient* client_;
  const Clock* clock_;
};

}  // namespace feiqian::channels::alipay
