// WeChat Pay's notifications: an envelope whose resource is sealed under the merchant's APIv3 key, signed in headers.
// Sealed and signed anew for each try, with the key that signs then.
#pragma once

#include <string>

#include "sandbox/notifications.h"
#include "sandbox/wechatpay/keys.h"
#include "sandbox/wechatpay/trade.h"

namespace feiqian::sandbox::wechatpay {

inline constexpr std::string_view kChannel = "wechatpay";

/// `id` is the same for every try.
Notification payment_notice(const Trade& trade, std::string id, Timestamp now);
Notification refund_notice(const Trade& trade, const Refund& refund, std::string id, Timestamp now);

class NoticeFormat final : public NotificationFormat {
 public:
  NoticeFormat(Keys& keys, Random& random) : keys_(keys), random_(random) {}
  net::ClientRequest compose(const Notification& notification, const Tampering& tampering,
                             Timestamp now) const override;
  /// 200 or 204, whatever the body.
  bool acknowledged(const net::HttpResponse& response) const override;

 private:
  Keys& keys_;
  Random& random_;
};

}  // namespace feiqian::sandbox::wechatpay
