// UnionPay online, as the sandbox plays it: everything under /unionpay. Owns its certificates, books and pages; shares
// database, faults and notifications with the other counterparties. Thread-safe.
#pragma once

#include <memory>

#include "sandbox/counterparty.h"
#include "sandbox/unionpay/gateway.h"
#include "sandbox/unionpay/notice.h"
#include "sandbox/unionpay/wallet.h"

namespace feiqian::sandbox::unionpay {

class UnionPay final : public Counterparty {
 public:
  /// Makes its certificates in DIR/unionpay at first start.
  static Result<std::unique_ptr<UnionPay>> open(Surroundings& surroundings);

  std::string_view name() const override { return kChannel; }
  Reply handle(const net::HttpRequest& request) override;
  Result<std::vector<TradeView>> trades(const std::string& out_trade_no, std::int64_t most,
                                        const std::string& older_than) override;
  Result<TradeView> pay(const std::string& out_trade_no, const std::string& payer) override;
  Result<std::string> issue_auth_code(const std::string& payer) override;
  Result<void> settle_due() override;
  Result<void> reset() override;

 private:
  UnionPay(Surroundings& surroundings, std::unique_ptr<Keys> keys);
  Result<net::HttpResponse> page(const net::HttpRequest& request);
  Result<TradeView> view_of(const Order& order);

  Surroundings& surroundings_;
  std::unique_ptr<Keys> keys_;
  Books books_;
  Trading trading_;
  Gateway gateway_;
  Wallet wallet_;
  NoticeFormat notice_format_;
};

}  // namespace feiqian::sandbox::unionpay
