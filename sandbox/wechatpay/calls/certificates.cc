#include "sandbox/wechatpay/calls/calls.h"
#include "sandbox/wechatpay/signing.h"

namespace feiqian::sandbox::wechatpay {

Result<Answer> certificates(Call& call) {
  codec::json::array data;
  for (const auto& key : call.keys.listed()) {
    data.push_back(codec::json::object{{"effective_time", china_rfc3339(key->not_before)},
                                       {"encrypt_certificate", sealed(call.account.api_v3_key, key->certificate_pem,
                                                                      "certificate", call.surroundings.random)},
                                       {"expire_time", china_rfc3339(key->not_after)},
                                       {"serial_no", key->serial}});
  }
  return success({{"data", std::move(data)}});
}

}  // namespace feiqian::sandbox::wechatpay
