#include "sandbox/testing/unionpay_merchant.h"

#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "crypto/sm3.h"
#include "foundation/check.h"
#include "foundation/text.h"
#include "sandbox/private_file.h"

namespace feiqian::sandbox::testing {
namespace {

constexpr const char* kTxnTime = "20260921221320";  // the rig's clock, in China

const crypto::Signer& merchant_key() {
  static const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  return key;
}

// Written here once more, on purpose not with the code under test.
std::string text_of(const Parameters& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (name != "signature" && !value.empty()) text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

std::string keyed(const std::string& text, bool by_sm3) {
  const std::string key = UnionPayMerchant::kAgreedKey;
  if (by_sm3) return to_hex(crypto::sm3(text + "&" + to_hex(crypto::sm3(key))));
  return to_hex(crypto::sha256(text + "&" + to_hex(crypto::sha256(key))));
}

}  // namespace

UnionPayMerchant::UnionPayMerchant(Rig& rig, std::string sign_method)
    : rig_(rig), sign_method_(std::move(sign_method)) {
  crypto::CertificateOrder order;
  order.common_name = "a merchant";
  order.serial_hex = "1267";  // 4711
  order.from = rig.clock.now();
  order.to = rig.clock.now().plus_s(86400);
  const auto path = rig.directory() + "/unionpay/merchants/" + kId;
  CHECK(write_file(path + ".pem", crypto::self_signed_certificate(order, merchant_key()).value(), 0644).ok());
  CHECK(write_file(path + ".key", kAgreedKey, 0600).ok());
}

Parameters UnionPayMerchant::request(const std::string& txn_type, const std::string& txn_sub_type,
                                     const Parameters& changed) const {
  Parameters fields{{"version", "5.1.0"},         {"encoding", "UTF-8"},
                    {"signMethod", sign_method_}, {"txnType", txn_type},
                    {"txnSubType", txn_sub_type}, {"bizType", "000000"},
                    {"accessType", "0"},          {"merId", kId},
                    {"channelType", "08"},        {"certId", sign_method_ == "01" ? "4711" : ""}};
  for (const auto& [name, value] : changed) fields[name] = value;
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  if (changed.contains("signature")) return fields;
  const auto text = text_of(fields);
  fields["signature"] = sign_method_ == "01" ? to_base64(merchant_key().sign(to_hex(crypto::sha256(text))))
                                             : keyed(text, sign_method_ == "12");
  return fields;
}

UnionPayAnswer UnionPayMerchant::call(const std::string& txn_type, const std::string& txn_sub_type,
                                      const Parameters& changed) {
  const std::string path = txn_type == "76"   ? "/unionpay/file"
                           : txn_type == "00" ? "/unionpay/gateway/api/queryTrans.do"
                                              : "/unionpay/gateway/api/backTransReq.do";
  return send(path, request(txn_type, txn_sub_type, changed));
}

UnionPayAnswer UnionPayMerchant::send(const std::string& path, const Parameters& fields) {
  const auto response = rig_.http("POST", path, form_encode({fields.begin(), fields.end()}));
  UnionPayAnswer answer;
  answer.status = response.status;
  answer.raw = response.body;
  // No value of an answer of the sandbox holds an `&`.
  for (const auto part : split(answer.raw, '&')) {
    const auto equals = part.find('=');
    if (equals != std::string_view::npos) answer.fields.emplace(part.substr(0, equals), part.substr(equals + 1));
  }
  answer.proven = proven(answer.fields);
  return answer;
}

bool UnionPayMerchant::proven(const Parameters& fields) const {
  const auto text = text_of(fields);
  const auto signature = value_of(fields, "signature");
  if (sign_method_ != "01") return signature == keyed(text, sign_method_ == "12");
  const auto theirs = [&](const char* name) {
    return crypto::Certificate::from_pem(read_file(rig_.directory() + "/unionpay/" + name).value().value()).value();
  };
  const auto certificate = crypto::Certificate::from_pem(value_of(fields, "signPubKeyCert"));
  const auto bytes = from_base64(signature);
  return certificate && bytes &&
         crypto::TrustedRoots({theirs("root.pem")}, {theirs("issuer.pem")})
             .verify(*certificate, rig_.clock.now())
             .ok() &&
         certificate->rsa_verifier().value().verify(to_hex(crypto::sha256(text)), *bytes).ok();
}

Parameters UnionPayMerchant::order(const std::string& order_id, std::int64_t amount_minor) const {
  return {{"orderId", order_id},
          {"txnTime", kTxnTime},
          {"txnAmt", std::to_string(amount_minor)},
          {"currencyCode", "156"},
          {"backUrl", rig_.merchant().url()},
          {"riskRateInfo", "{commodityName=<b>龙井</b>}"}};
}

UnionPayAnswer UnionPayMerchant::query(const std::string& order_id) {
  return call("00", "00", {{"orderId", order_id}, {"txnTime", kTxnTime}});
}

}  // namespace feiqian::sandbox::testing
