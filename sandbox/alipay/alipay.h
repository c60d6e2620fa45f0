// Alipay, as the sandbox plays it: everything under /alipay. Owns its keys, books and pages; shares database, faults
// and notifications with the other counterparties. Thread-safe.
#pragma once

#include <memory>

#include "sandbox/alipay/gateway.h"
#include "sandbox/alipay/notice.h"
#include "sandbox/alipay/wallet.h"
#include "sandbox/counterparty.h"

namespace feiqian::sandbox::alipay {

class Alipay final : public Counterparty {
 public:
  /// Makes the key pair in DIR/alipay at first start.
  static Result<std::unique_ptr<Alipay>> open(Surroundings& surroundings);

  std::string_view name() const override { return kChannel; }
  Reply handle(const net::HttpRequest& request) override;
  Result<std::vector<TradeView>> trades(const std::string& out_trade_no, std::int64_t most,
                                        const std::string& older_than) override;
  Result<TradeView> pay(const std::string& out_trade_no, const std::string& payer) override;
  Result<std::string> issue_auth_code(const std::string& payer) override;
  Result<void> settle_due() override;
  Result<void> reset() override;

 private:
  Alipay(Surroundings& surroundings, std::unique_ptr<Keys> keys);
  Result<net::HttpResponse> page(const net::HttpRequest& request);
  Result<TradeView> view_of(const Trade& trade);
  Result<Trade> trade_to_pay(const std::string& out_trade_no);

  Surroundings& surroundings_;
  std::unique_ptr<Keys> keys_;
  Books books_;
  Trading trading_;
  Gateway gateway_;
  Wallet wallet_;
  NoticeFormat notice_format_;
};

}  // namespace feiqian::sandbox::alipay
