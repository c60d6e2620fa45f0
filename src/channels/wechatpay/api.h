// Calls to WeChat Pay API v3: signs what is sent, believes only answers whose signature verifies, and fetches the
// platform certificates when an answer or a notification names a serial number that is not known. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channels/wechatpay/platform_keys.h"
#include "channels/wechatpay/signing.h"
#include "codec/json.h"
#include "foundation/random.h"
#include "net/http_client.h"

namespace feiqian::channels::wechatpay {

struct Settings {
  std::string base_url = "https://api.mch.weixin.qq.com";
  std::string appid;
  Merchant merchant;
  Secret api_v3_key;  ///< 32 bytes: opens notifications and certificates
  /// The platform public key and its id; absent: platform certificates only.
  std::optional<std::pair<std::string, crypto::Verifier>> public_key;
  std::string store_id = "0001";  ///< the merchant's own name of the place where barcodes are scanned
  std::int64_t call_timeout_ms = 8000;
};

/// One call's answer: proven to be the provider's, or why there is none.
struct Answer {
  bool proven = false;
  bool not_sent = false;  ///< nothing left this machine
  int status = 0;
  codec::json::object body;  ///< empty for 204
  std::string problem;       ///< when not proven

  /// 200 or 204, proven.
  bool succeeded() const { return proven && (status == 200 || status == 204); }
  std::string text(std::string_view name) const;
  /// The provider's error code as it wrote it; our problem when nothing is proven; `OK`.
  std::string code() const;
  std::string message() const;  ///< safe to show
};

class Api {
 public:
  using Callback = std::function<void(Answer)>;
  Api(Settings settings, net::HttpClient& client, const Clock& clock, Random& random);

  const Settings& settings() const { return settings_; }
  /// `name` is for metrics and logs; `target` begins with `/v3/`; `body` is empty for GET.
  void call(std::string name, std::string method, std::string target, std::string body, Callback done);
  /// The body behind a signed address; its own answer is not signed. errors::kStatementUnavailable.
  void download(const std::string& url, std::function<void(Result<std::string>)> done);
  /// A notification. An unknown serial number lets the certificates be fetched, for the provider's next try.
  Proof prove(const net::Headers& headers, std::string_view body);
  /// `done` also when there was nothing new or no answer. Not more often than every two seconds.
  void fetch_certificates(std::function<void()> done);
  std::vector<std::string> certificate_serials() const { return keys_.serials(); }

  std::string nonce();

 private:
  net::ClientRequest signed_request(const std::string& method, const std::string& url, std::string body);
  Answer judge(const net::HttpResponse& response, Proof proof) const;
  void take_certificates(const Result<net::HttpResponse>& response);

  Settings settings_;
  net::HttpClient* client_;
  const Clock* clock_;
  Random* random_;
  PlatformKeys keys_;

  std::mutex mutex_;
  bool fetching_ = false;
  Timestamp fetched_at_;  ///< when the last fetch began; 0: never
  std::vector<std::function<void()>> waiting_;
};

}  // namespace feiqian::channels::wechatpay
