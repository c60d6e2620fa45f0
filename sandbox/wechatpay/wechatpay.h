// WeChat Pay, as the sandbox plays it: the API under /v3/, as the provider has it, and its pages under /wechatpay/.
// Owns its keys, books and pages; shares database, faults and notifications with the other counterparties. Thread-safe.
#pragma once

#include <memory>

#include "sandbox/counterparty.h"
#include "sandbox/wechatpay/gateway.h"
#include "sandbox/wechatpay/notice.h"
#include "sandbox/wechatpay/wallet.h"

namespace feiqian::sandbox::wechatpay {

class WechatPay final : public Counterparty {
 public:
  /// Makes the first platform certificate in DIR/wechatpay at first start.
  static Result<std::unique_ptr<WechatPay>> open(Surroundings& surroundings);

  std::string_view name() const override { return kChannel; }
  Reply handle(const net::HttpRequest& request) override;
  Result<std::vector<TradeView>> trades(const std::string& out_trade_no, std::int64_t most,
                                        const std::string& older_than) override;
  Result<TradeView> pay(const std::string& out_trade_no, const std::string& payer) override;
  Result<std::string> issue_auth_code(const std::string& payer) override;
  Result<void> settle_due() override;
  Result<void> reset() override;
  /// `certificates`: GET lists; POST {"signs":true,"only":false} makes a new one. `certificates/sign`: POST lets the
  /// newest sign. `public-key`: POST gives the platform public key, making it first.
  Result<net::HttpResponse> control(const net::HttpRequest& request, std::string_view what) override;

 private:
  WechatPay(Surroundings& surroundings, std::unique_ptr<Keys> keys);
  Result<net::HttpResponse> page(const net::HttpRequest& request);
  Result<TradeView> view_of(const Trade& trade);
  codec::json::object certificates_json() const;

  Surroundings& surroundings_;
  std::unique_ptr<Keys> keys_;
  Books books_;
  Trading trading_;
  Gateway gateway_;
  Wallet wallet_;
  NoticeFormat notice_format_;
};

}  // namespace feiqian::sandbox::wechatpay
