// The codes that the sandbox's UnionPay answers with, each with its words.
#pragma once

#include <string_view>

namespace feiqian::sandbox::unionpay {

struct Code {
  std::string_view code;
  std::string_view words;
};

inline constexpr Code kDone{"00", "成功[0000000]"};
inline constexpr Code kFailed{"01", "交易失败。详情请咨询95516[5100000]"};
inline constexpr Code kAccepted{"05", "交易已受理，请稍后查询交易结果[2000105]"};
inline constexpr Code kBusy{"06", "系统繁忙，请稍后再试[2000106]"};
inline constexpr Code kFormat{"10", "报文格式错误[6100030]"};
inline constexpr Code kSignature{"11", "验证签名失败[9100004]"};
inline constexpr Code kDuplicate{"12", "重复交易[2040012]"};
inline constexpr Code kMissing{"13", "报文交易要素缺失[2000013]"};
inline constexpr Code kMerchant{"31", "商户状态不正确[2010031]"};
inline constexpr Code kNoPermission{"32", "无此交易权限[2010032]"};
inline constexpr Code kNotFound{"34", "查无此交易[2600000]"};
inline constexpr Code kOriginalState{"35", "原交易不存在或状态不正确[2010002]"};
inline constexpr Code kOriginalDiffers{"36", "与原交易信息不符[2040036]"};
inline constexpr Code kTooLate{"39", "交易不在受理时间范围内[2040039]"};
inline constexpr Code kGivenBack{"45", "原交易已被成功退货或已被成功撤销[2050045]"};
inline constexpr Code kReversed{"46", "交易已被成功冲正[2050046]"};
inline constexpr Code kBalance{"64", "卡上的余额不足[1000051]"};
inline constexpr Code kTimedOut{"69", "您的输入超时，交易失败[2000069]"};
inline constexpr Code kCodeInvalid{"88", "无此二维码[2600088]"};
inline constexpr Code kNoFile{"98", "文件不存在[8000098]"};

}  // namespace feiqian::sandbox::unionpay
