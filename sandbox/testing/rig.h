// A sandbox in this process, an app that talks to it over HTTP as a merchant's server would, and a merchant's address
// that takes notifications. For tests; used from one thread.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "codec/json.h"
#include "crypto/signature.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "sandbox/sandbox.h"
#include "sandbox/web.h"

namespace feiqian::sandbox::testing {

namespace json = codec::json;

/// A directory of its own, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A merchant's notify_url: keeps what it gets, answers what it is told to.
class Merchant {
 public:
  explicit Merchant(net::Runtime& runtime);
  std::string url() const;
  void answer(int status, std::string body);
  /// Waits, at most ten seconds, until that many have come, and gives all.
  std::vector<Parameters> wait_for(std::size_t count);
  /// The same as they came, for those whose body is no form.
  std::vector<net::HttpRequest> wait_for_requests(std::size_t count);
  std::size_t count();

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Parameters> forms_;
  std::vector<net::HttpRequest> requests_;
  net::HttpResponse answer_{200, {}, "success"};
  std::unique_ptr<net::HttpServer> server_;
};

/// One answer of the gateway: `raw` as sent, `fields` of the inner object.
struct GatewayAnswer {
  int status = 0;
  bool signature_right = false;
  json::object fields;
  std::string raw;
  std::string text(std::string_view name) const;
  /// `10000`, or `40004 ACQ.TRADE_NOT_EXIST`
  std::string outcome() const;
};

class Rig {
 public:
  explicit Rig(SandboxOptions options = {}, std::string app_id = "2021000000000001");
  ~Rig();

  /// Stops the sandbox and starts it again on the same data.
  void restart();

  GatewayAnswer call(const std::string& method, const std::string& biz_content, Parameters changed = {});
  /// Ready to send: `changed` replaces and adds, a name `-x` takes x away. Signed last, unless `sign` is among the
  /// changes.
  Parameters request(const std::string& method, const std::string& biz_content, const Parameters& changed = {});
  GatewayAnswer send(const Parameters& parameters);

  /// Status 0: no answer.
  net::HttpResponse http(const std::string& method, const std::string& path, const std::string& body = {},
                         const net::Headers& headers = {});
  Result<net::HttpResponse> try_http(const std::string& method, const std::string& path, const std::string& body,
                                     const net::Headers& headers, std::int64_t timeout_ms);
  /// With the control token.
  net::HttpResponse control(const std::string& method, const std::string& path, const std::string& body = {});
  json::object control_json(const std::string& method, const std::string& path, const std::string& body = {});
  json::object trade(const std::string& out_trade_no);
  /// `{"kind":"…"}` as text
  void add_fault(const std::string& rule);
  std::int64_t applied(const std::string& kind);
  std::string auth_code(const std::string& payer);

  ManualClock clock{{1'790'000'000'000'000}};
  Merchant& merchant() { return *merchant_; }
  Sandbox& sandbox() { return *sandbox_; }
  bool provider_signed(const std::string& text, const std::string& base64) const;
  const std::string& directory() const { return directory_.path(); }

 private:
  void start();

  TemporaryDirectory directory_;
  std::string app_id_;
  SandboxOptions options_;
  net::Runtime runtime_{1};
  net::HttpClient client_{runtime_};
  std::unique_ptr<Merchant> merchant_;
  std::unique_ptr<Sandbox> sandbox_;
};

}  // namespace feiqian::sandbox::testing
