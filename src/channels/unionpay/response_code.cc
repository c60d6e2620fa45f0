#include "channels/unionpay/response_code.h"

#include <algorithm>
#include <array>

namespace feiqian::channels::unionpay {
namespace {

struct CodeRow {
  std::string_view code;
  Meaning meaning;
};

/// In the order of the codes.
constexpr std::array kCodes{
    CodeRow{"00", Meaning::Done},         // 成功
    CodeRow{"01", Meaning::NotExecuted},  // 交易失败
    CodeRow{"02", Meaning::NotExecuted},  // 系统未开放或暂时关闭
    CodeRow{"03", Meaning::Ask},          // 交易通讯超时，请发起查询交易
    CodeRow{"04", Meaning::Ask},          // 交易状态未明，请查询对账结果
    CodeRow{"05", Meaning::Ask},          // 交易已受理，请稍后查询交易结果
    CodeRow{"06", Meaning::Ask},          // 系统繁忙：不说是否已执行
    CodeRow{"10", Meaning::NotExecuted},  // 报文格式错误
    CodeRow{"11", Meaning::NotExecuted},  // 验证签名失败
    CodeRow{"12", Meaning::Ask},          // 重复交易：先前的一次可能已执行
    CodeRow{"13", Meaning::NotExecuted},  // 报文交易要素缺失
    CodeRow{"14", Meaning::NotExecuted},  // 批量文件格式错误
    CodeRow{"30", Meaning::NotExecuted},  // 交易未通过
    CodeRow{"31", Meaning::NotExecuted},  // 商户状态不正确
    CodeRow{"32", Meaning::NotExecuted},  // 无此交易权限
    CodeRow{"33", Meaning::NotExecuted},  // 交易金额超限
    CodeRow{"34", Meaning::NotFound},     // 查无此交易
    CodeRow{"35", Meaning::NotExecuted},  // 原交易不存在或状态不正确
    CodeRow{"36", Meaning::NotExecuted},  // 与原交易信息不符
    CodeRow{"37", Meaning::Ask},          // 已超过最大查询次数或操作过于频繁
    CodeRow{"38", Meaning::NotExecuted},  // 银联风险受限
    CodeRow{"39", Meaning::NotExecuted},  // 交易不在受理时间范围内
    CodeRow{"40", Meaning::NotExecuted},  // 绑定关系检查失败
    CodeRow{"42", Meaning::Ask},          // 扣款成功但交易超过规定支付时间：钱已动
    CodeRow{"43", Meaning::NotExecuted},  // 无此业务权限
    CodeRow{"44", Meaning::NotExecuted},  // 输入号码错误或暂未开通此项业务
    CodeRow{"45", Meaning::GivenBack},    // 原交易已被成功退货或已被成功撤销
    CodeRow{"46", Meaning::GivenBack},    // 交易已被成功冲正
    CodeRow{"60", Meaning::NotExecuted},  // 交易失败，详情请咨询您的发卡行
    CodeRow{"61", Meaning::NotExecuted},  // 输入的卡号无效
    CodeRow{"62", Meaning::NotExecuted},  // 发卡银行不支持该商户
    CodeRow{"63", Meaning::NotExecuted},  // 卡状态不正确
    CodeRow{"64", Meaning::NotExecuted},  // 卡上的余额不足
    CodeRow{"65", Meaning::NotExecuted},  // 输入的密码、有效期或 CVN2 有误
    CodeRow{"66", Meaning::NotExecuted},  // 持卡人身份信息或手机号输入不正确
    CodeRow{"67", Meaning::NotExecuted},  // 密码输入次数超限
    CodeRow{"68", Meaning::NotExecuted},  // 您的银行卡暂不支持该业务
    CodeRow{"69", Meaning::NotExecuted},  // 您的输入超时，交易失败
    CodeRow{"70", Meaning::Ask},          // 交易已跳转，等待持卡人输入
    CodeRow{"71", Meaning::NotExecuted},  // 动态口令或短信验证码校验失败
    CodeRow{"72", Meaning::NotExecuted},  // 尚未签约加办银联无卡支付业务
    CodeRow{"73", Meaning::NotExecuted},  // 支付卡已超过有效期
    CodeRow{"74", Meaning::Ask},          // 扣款成功，销账未知：钱已动
    CodeRow{"75", Meaning::Ask},          // 扣款成功，销账失败：钱已动
    CodeRow{"76", Meaning::Ask},          // 需要验密开通：持卡人可继续
    CodeRow{"77", Meaning::NotExecuted},  // 银行卡未开通认证支付
    CodeRow{"78", Meaning::NotExecuted},  // 发卡行交易权限受限
    CodeRow{"79", Meaning::NotExecuted},  // 此卡可用，但发卡行暂不支持短信验证
    CodeRow{"80", Meaning::NotExecuted},  // 交易失败，Token 已过期
    CodeRow{"81", Meaning::NotExecuted},  // 月累计交易笔数（金额）超限
    CodeRow{"82", Meaning::Ask},          // 需要校验密码：持卡人可继续
    CodeRow{"83", Meaning::Ask},          // 发卡行（渠道）处理中
    CodeRow{"85", Meaning::NotExecuted},  // 交易失败，营销规则不满足
    CodeRow{"86", Meaning::NotExecuted},  // 二维码状态错误
    CodeRow{"87", Meaning::NotExecuted},  // 支付次数超限
    CodeRow{"88", Meaning::NotExecuted},  // 无此二维码
    CodeRow{"89", Meaning::NotExecuted},  // Token 无效
    CodeRow{"90", Meaning::NotExecuted},  // 账户余额不足
    CodeRow{"91", Meaning::NotExecuted},  // 认证失败
    CodeRow{"98", Meaning::NotFound},     // 文件不存在
    CodeRow{"99", Meaning::Ask},          // 通用错误：不说是否已执行
    CodeRow{"A6", Meaning::Done},         // 有缺陷的成功
};
static_assert(std::is_sorted(kCodes.begin(), kCodes.end(),
                             [](const auto& a, const auto& b) { return a.code < b.code; }));

}  // namespace

Meaning meaning_of(std::string_view resp_code) {
  const auto found = std::lower_bound(kCodes.begin(), kCodes.end(), resp_code,
                                      [](const CodeRow& row, std::string_view code) { return row.code < code; });
  return found != kCodes.end() && found->code == resp_code ? found->meaning : Meaning::Ask;
}

std::string_view stable_code(std::string_view resp_code) {
  if (resp_code == "64" || resp_code == "90") return "payer.insufficient_balance";
  if (resp_code == "86" || resp_code == "88") return "payer.code_invalid";
  if (resp_code == "33" || resp_code == "81" || resp_code == "87") return "payer.limit_exceeded";
  if (resp_code == "61" || resp_code == "63" || resp_code == "73") return "payer.not_allowed";
  return "channel.declined";
}

}  // namespace feiqian::channels::unionpay
