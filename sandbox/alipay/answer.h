// Answers of the gateway: code, sub_code and the fields of the method, in the order in which Alipay writes them. The
// sub-codes are those of the provider's documents, each with the sub_msg it sends.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "codec/json.h"

namespace feiqian::sandbox::alipay {

struct Refusal {
  std::string_view code;
  std::string_view sub_code;
  std::string_view sub_msg;
};

/// The envelope, in order of precedence: the first that applies is answered.
namespace envelope {
inline constexpr Refusal kMethodMissing{"40001", "isv.missing-method", "缺少方法名参数"};
inline constexpr Refusal kAppIdMissing{"40001", "isv.missing-app-id", "缺少appId参数"};
inline constexpr Refusal kSignTypeMissing{"40001", "isv.missing-signature-type", "缺少签名类型参数"};
inline constexpr Refusal kSignatureMissing{"40001", "isv.missing-signature", "缺少签名参数"};
inline constexpr Refusal kTimestampMissing{"40001", "isv.missing-timestamp", "缺少时间戳参数"};
inline constexpr Refusal kVersionMissing{"40001", "isv.missing-version", "缺少版本参数"};
inline constexpr Refusal kParameterInvalid{"40002", "isv.invalid-parameter", "参数无效"};
inline constexpr Refusal kMethodInvalid{"40002", "isv.invalid-method", "不存在的方法名"};
inline constexpr Refusal kFormatInvalid{"40002", "isv.invalid-format", "无效的数据格式"};
inline constexpr Refusal kCharsetInvalid{"40002", "isv.invalid-charset", "无效的字符集"};
inline constexpr Refusal kSignTypeInvalid{"40002", "isv.invalid-signature-type", "无效的签名类型"};
inline constexpr Refusal kTimestampInvalid{"40002", "isv.invalid-timestamp", "非法的时间戳参数"};
inline constexpr Refusal kAppIdInvalid{"40002", "isv.invalid-app-id", "无效的AppID参数"};
inline constexpr Refusal kSignatureInvalid{"40002", "isv.invalid-signature", "无效签名"};
}  // namespace envelope

inline constexpr Refusal kSystemError{"20000", "ACQ.SYSTEM_ERROR", "系统错误"};
inline constexpr Refusal kInvalidParameter{"40004", "ACQ.INVALID_PARAMETER", "参数无效"};
inline constexpr Refusal kTradeNotExist{"40004", "ACQ.TRADE_NOT_EXIST", "交易不存在"};
inline constexpr Refusal kTradeHasSuccess{"40004", "ACQ.TRADE_HAS_SUCCESS", "交易已被支付"};
inline constexpr Refusal kTradeHasClose{"40004", "ACQ.TRADE_HAS_CLOSE", "交易已经关闭"};
inline constexpr Refusal kTradeStatusError{"40004", "ACQ.TRADE_STATUS_ERROR", "交易状态不合法"};
inline constexpr Refusal kContextInconsistent{"40004", "ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"};
inline constexpr Refusal kTotalFeeExceed{"40004", "ACQ.TOTAL_FEE_EXCEED", "订单总金额不在允许范围内"};
inline constexpr Refusal kAuthCodeInvalid{"40004", "ACQ.PAYMENT_AUTH_CODE_INVALID",
                                          "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款"};
inline constexpr Refusal kBuyerBalanceNotEnough{"40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"};
inline constexpr Refusal kRefundFeeInvalid{"40004", "ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"};
inline constexpr Refusal kRefundFeeError{"40004", "ACQ.REFUND_FEE_ERROR", "交易退款金额有误"};
inline constexpr Refusal kRefundExceedsTotal{"40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"};
inline constexpr Refusal kDiscordantRepeat{"40004", "ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致"};
inline constexpr Refusal kRefundNotAllowed{"40004", "ACQ.TRADE_NOT_ALLOW_REFUND", "当前交易不允许退款"};
inline constexpr Refusal kCancelTimeOut{"40004", "ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围"};

struct Answer {
  std::string code = "10000";
  std::string sub_code;
  std::string sub_msg;
  codec::json::object fields;
  std::string location;  ///< page.pay and wap.pay: where the browser goes

  bool succeeded() const { return sub_code.empty(); }
};

inline Answer success(codec::json::object fields) {
  return {"10000", {}, {}, std::move(fields), {}};
}
/// The payer must confirm.
inline Answer awaiting_payer(codec::json::object fields) {
  return {"10003", {}, {}, std::move(fields), {}};
}
/// `because` follows the sub_msg.
Answer refuse(const Refusal& refusal, std::string_view because = {});

/// code, msg, sub_code, sub_msg, then the fields.
codec::json::object to_json(const Answer& answer);

}  // namespace feiqian::sandbox::alipay
