// A merchant of the sandbox's WeChat Pay, as its server would be: signs requests, checks answers and notifications,
// opens what is sealed. Written apart from the code under test. Used from one thread.
#pragma once

#include <optional>
#include <string>

#include "sandbox/testing/rig.h"

namespace feiqian::sandbox::testing {

struct ApiAnswer {
  int status = 0;
  bool signature_right = false;
  std::string serial;  ///< of the certificate that signed
  json::object body;
  std::string raw;
  std::string text(std::string_view name) const;
  /// `200`, or `404 ORDER_NOT_EXIST`
  std::string outcome() const;
};

class WechatMerchant {
 public:
  static constexpr const char* kApiV3Key = "0123456789abcdefghijklmnopqrstuv";
  explicit WechatMerchant(Rig& rig, std::string mchid = "1900000001");

  ApiAnswer get(const std::string& target) { return call("GET", target, {}); }
  ApiAnswer post(const std::string& target, const std::string& body) { return call("POST", target, body); }
  ApiAnswer call(const std::string& method, const std::string& target, const std::string& body);
  /// `changed`: replaces parts of the authorization (`mchid`, `serial_no`, `timestamp`, `nonce_str`, `signature`) after
  /// signing; a name `-x` takes x away.
  ApiAnswer call_with(const std::string& method, const std::string& target, const std::string& body,
                      const Parameters& changed);
  net::Headers signed_headers(const std::string& method, const std::string& target, const std::string& body,
                              const Parameters& changed = {});

  /// A native order of that number and amount, notified.
  ApiAnswer native(const std::string& number, std::int64_t total = 12800);
  ApiAnswer codepay(const std::string& number, const std::string& auth_code, std::int64_t total = 12800);
  ApiAnswer query(const std::string& number);
  ApiAnswer refund(const std::string& number, const std::string& refund_number, std::int64_t amount,
                   std::int64_t total = 12800);
  std::string auth_code(const std::string& payer);

  /// The headers sign that body, with a certificate of the sandbox's directory.
  bool provider_signed(const net::Headers& headers, const std::string& body) const;
  /// What a notification's or a certificate's sealed object holds; nullopt when it does not open.
  std::optional<std::string> opened(const json::object& sealed) const;

 private:
  Rig& rig_;
  std::string mchid_;
};

}  // namespace feiqian::sandbox::testing
