// A merchant of the sandbox's UnionPay: signs requests and checks answers as its server would. For tests.
#pragma once

#include <string>

#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::testing {

struct UnionPayAnswer {
  int status = 0;
  bool proven = false;  ///< the signature verifies, and the certificate leads to the sandbox's root
  Parameters fields;
  std::string raw;
  std::string field(std::string_view name) const { return std::string(value_of(fields, name)); }
  std::string code() const { return field("respCode"); }
};

class UnionPayMerchant {
 public:
  static constexpr const char* kId = "777290058110048";
  static constexpr const char* kAgreedKey = "0123456789abcdef0123456789abcdef";

  /// Puts its certificate and agreed key into the sandbox.
  explicit UnionPayMerchant(Rig& rig, std::string sign_method = "01");

  /// Ready to send; `changed` replaces and adds, an empty value takes away. Signed last, unless `signature` is among
  /// the changes.
  Parameters request(const std::string& txn_type, const std::string& txn_sub_type, const Parameters& changed) const;
  /// To backTransReq.do, queryTrans.do or the file service, as txnType says.
  UnionPayAnswer call(const std::string& txn_type, const std::string& txn_sub_type, const Parameters& changed);
  UnionPayAnswer send(const std::string& path, const Parameters& fields);
  /// A payment, refund or void: names, amount, addresses.
  Parameters order(const std::string& order_id, std::int64_t amount_minor) const;
  UnionPayAnswer query(const std::string& order_id);
  bool proven(const Parameters& fields) const;

 private:
  Rig& rig_;
  std::string sign_method_;
};

}  // namespace feiqian::sandbox::testing
