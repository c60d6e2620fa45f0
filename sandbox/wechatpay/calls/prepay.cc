#include "sandbox/notifications.h"
#include "sandbox/wechatpay/calls/calls.h"

namespace feiqian::sandbox::wechatpay {
namespace {

/// What the scene needs beyond the order.
void read_scene(Call& call, Order& order) {
  auto fields = call.fields();
  order.notify_url = fields.required("notify_url", 1, 255);
  if (!call.refusal && !is_loopback_url(order.notify_url)) fields.refuse("notify_url", "沙箱只通知本机地址");
  if (order.notify_url.find('?') != std::string::npos) fields.refuse("notify_url", "不能携带参数");
  if (order.trade_type == "JSAPI") order.openid = fields.child("payer").required("openid", 1, 128);
  if (order.trade_type == "MWEB") {
    auto scene = fields.child("scene_info");
    scene.required("payer_client_ip", 1, 45);
    scene.child("h5_info").required("type", 1, 32);
  }
}

Answer opened(Call& call, const Trade& trade) {
  const auto base = call.surroundings.base_url() + "/wechatpay/";
  if (trade.order.trade_type == "NATIVE") return success({{"code_url", base + "qr/" + trade.code}});
  if (trade.order.trade_type == "MWEB") return success({{"h5_url", base + "h5/" + trade.code}});
  return success({{"prepay_id", "wx" + trade.code}});
}

}  // namespace

/// The same order asked for again leads to the trade that exists, as long as nobody paid or closed it.
Result<Answer> prepay(Call& call) {
  auto order = read_order(call);
  read_scene(call, order);
  if (call.refusal) return *call.refusal;
  if (const auto existing = TRY(call.books.trade_by_order(order.mchid, order.out_trade_no))) {
    if (!existing->order.same_content(order)) return refuse(kOtherContent);
    if (existing->state == TradeState::NotPay) return opened(call, *existing);
    return refuse(existing->paid_at ? kOrderPaid : kOrderClosed);
  }
  return opened(call, TRY(call.trading.open(order)));
}

}  // namespace feiqian::sandbox::wechatpay
