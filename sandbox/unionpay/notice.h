// What UnionPay tells unasked: the notification at backUrl, and the form that comes back with the payer's browser to
// frontUrl. Both have the same fields and are signed. Only what succeeded is told.
#pragma once

#include <string>

#include "sandbox/notifications.h"
#include "sandbox/unionpay/keys.h"
#include "sandbox/unionpay/order.h"

namespace feiqian::sandbox::unionpay {

inline constexpr std::string_view kChannel = "unionpay";

/// The fields of an order as UnionPay speaks of it, unsigned: those of the request, and the outcome's.
Parameters outcome_fields(const Order& order);
/// `about` is `payment` or `refund`.
Notification notice_of(const Order& order, std::string about);

class NoticeFormat final : public NotificationFormat {
 public:
  explicit NoticeFormat(Keys& keys) : keys_(keys) {}
  net::ClientRequest compose(const Notification& notification, const Tampering& tampering,
                             Timestamp now) const override;
  /// HTTP 200 or 302, whatever it says.
  bool acknowledged(const net::HttpResponse& response) const override;

 private:
  Keys& keys_;
};

}  // namespace feiqian::sandbox::unionpay
