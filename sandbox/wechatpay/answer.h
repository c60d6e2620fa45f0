// Answers of the API: a status and a JSON object; refusals are `{"code","message"}`, as the provider's documents list
// them.
#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"

namespace feiqian::sandbox::wechatpay {

struct Refusal {
  int status;
  std::string_view code;
  std::string_view message;
};

/// The request itself, in order of precedence: the first that applies is answered.
inline constexpr Refusal kNotFound{404, "NOT_FOUND", "请求的资源不存在"};
inline constexpr Refusal kMethodNotAllowed{405, "INVALID_REQUEST", "不支持的请求方法"};
inline constexpr Refusal kNoAuthorization{401, "SIGN_ERROR", "Http头缺少Authorization或认证类型错误"};
inline constexpr Refusal kUnknownMerchant{401, "SIGN_ERROR", "商户证书序列号有误：商户号不存在"};
inline constexpr Refusal kUnknownSerial{401, "SIGN_ERROR", "商户证书序列号有误"};
inline constexpr Refusal kStale{401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"};
inline constexpr Refusal kWrongSignature{401, "SIGN_ERROR", "错误的签名，验签失败"};
inline constexpr Refusal kNoJson{400, "PARAM_ERROR", "请求体不是JSON对象"};

inline constexpr Refusal kParameter{400, "PARAM_ERROR", "参数错误"};
inline constexpr Refusal kAppidMismatch{400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"};
inline constexpr Refusal kOtherContent{400, "INVALID_REQUEST", "201 商户订单号重复"};
inline constexpr Refusal kOrderClosed{400, "ORDER_CLOSED", "订单已关闭"};
inline constexpr Refusal kOrderPaid{400, "ORDERPAID", "订单已支付"};
inline constexpr Refusal kOrderReversed{400, "ORDERREVERSED", "订单已撤销"};
inline constexpr Refusal kOrderNotExist{404, "ORDER_NOT_EXIST", "订单不存在"};
inline constexpr Refusal kNumberUsed{403, "OUT_TRADE_NO_USED", "商户订单号重复"};
inline constexpr Refusal kUserPaying{202, "USERPAYING", "需要用户输入支付密码"};
inline constexpr Refusal kNotEnough{403, "NOTENOUGH", "用户账户余额不足"};
inline constexpr Refusal kAuthCodeInvalid{400, "AUTH_CODE_INVALID", "请扫描微信支付被扫条码/二维码"};
inline constexpr Refusal kAuthCodeExpired{400, "AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试"};
inline constexpr Refusal kTradeError{403, "TRADE_ERROR", "付款码支付的订单请使用撤销接口"};
inline constexpr Refusal kNotReversible{400, "INVALID_REQUEST", "仅付款码支付的订单可以撤销"};
inline constexpr Refusal kRefundUnknown{404, "RESOURCE_NOT_EXISTS", "退款单不存在"};
inline constexpr Refusal kRefundOrderUnknown{404, "RESOURCE_NOT_EXISTS", "订单号不存在"};
inline constexpr Refusal kRefundRefused{400, "INVALID_REQUEST", "退款请求不符合业务规则"};
inline constexpr Refusal kAccountAbnormal{403, "USER_ACCOUNT_ABNORMAL", "用户账户异常，退款请求失败"};
inline constexpr Refusal kNoStatement{400, "NO_STATEMENT_EXIST", "账单文件不存在"};
inline constexpr Refusal kSystemError{500, "SYSTEM_ERROR", "系统错误"};

struct Answer {
  int status = 200;
  codec::json::object body;
  std::string file;  ///< instead of `body`; its answer is not signed
  bool is_file = false;

  std::string code() const {
    const auto* code = body.if_contains("code");
    return code != nullptr && code->is_string() ? std::string(code->get_string()) : std::string();
  }
};

inline Answer success(codec::json::object body) {
  return {200, std::move(body), {}, false};
}
inline Answer no_content() {
  return {204, {}, {}, false};
}
/// `because` follows the message.
inline Answer refuse(const Refusal& refusal, std::string_view because = {}) {
  std::string message(refusal.message);
  if (!because.empty()) message += "：" + std::string(because);
  return {refusal.status, {{"code", refusal.code}, {"message", message}}, {}, false};
}

}  // namespace feiqian::sandbox::wechatpay
