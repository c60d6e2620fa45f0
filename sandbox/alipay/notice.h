// Alipay's asynchronous notifications (trade_status_sync) and the parameters that come back with the payer's browser.
// Both signed by the provider.
#pragma once

#include <string>

#include "sandbox/alipay/keys.h"
#include "sandbox/alipay/trade.h"
#include "sandbox/notifications.h"

namespace feiqian::sandbox::alipay {

inline constexpr std::string_view kChannel = "alipay";

/// The account that an app's money goes to: 2088 and twelve digits of the app id's digest.
std::string seller_id_of(std::string_view app_id);

/// `notify_id` is the same for every try.
Notification payment_notice(const Trade& trade, std::string notify_id);
/// `trade` as it is after the refund.
Notification refund_notice(const Trade& trade, const Refund& refund, std::string notify_id);

/// `return_url` with the provider's signed parameters appended.
std::string return_address(const Trade& trade, const crypto::Signer& key, Timestamp now);

class NoticeFormat final : public NotificationFormat {
 public:
  explicit NoticeFormat(const Keys& keys) : keys_(keys) {}
  net::ClientRequest compose(const Notification& notification, const Tampering& tampering,
                             Timestamp now) const override;
  /// Exactly `success`.
  bool acknowledged(const net::HttpResponse& response) const override;

 private:
  const Keys& keys_;
};

}  // namespace feiqian::sandbox::alipay
