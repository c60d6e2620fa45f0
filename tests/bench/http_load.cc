// A merchant under load: POST /v1/payments, signed, over N keep-alive connections, for a bounded number of requests.
//
//   http_load --url http://127.0.0.1:9400 --merchant shop.json --algorithm hmac|ed25519 --connections 64 --requests
//   20000
//
// Prints requests/s, p50 and p99. Loopback only.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <sstream>

#include "api/http_signature.h"
#include "crypto/signature.h"
#include "foundation/random.h"
#include "foundation/text.h"
#include "foundation/time.h"
#include "net/http_client.h"

namespace {

using namespace feiqian;  // NOLINT(google-build-using-namespace)
using SteadyClock = std::chrono::steady_clock;

class Load {
 public:
  Load(std::string url, std::string key_id, crypto::Signer signer, int connections, int requests)
      : url_(std::move(url)),
        key_id_(std::move(key_id)),
        signer_(std::move(signer)),
        requests_(requests),
        runtime_(1),
        client_(runtime_) {
    run_id_ = to_hex(SystemRandom().bytes(6));
    latencies_us_.reserve(static_cast<std::size_t>(requests));
    const auto begin = SteadyClock::now();
    for (int i = 0; i < connections; ++i) next();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return finished_ == requests_; });
    seconds_ = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  }
  void print() {
    std::sort(latencies_us_.begin(), latencies_us_.end());
    const auto at = [&](double share) {
      return static_cast<double>(latencies_us_[static_cast<std::size_t>(share * static_cast<double>(requests_ - 1))]) /
             1000;
    };
    std::cout << fmt::format("{:.0f} requests/s, p50 {:.2f} ms, p99 {:.2f} ms, {} not created\n", requests_ / seconds_,
                             at(0.5), at(0.99), failed_);
  }
  int failed() const { return failed_; }

 private:
  void next() {
    const int number = started_.fetch_add(1);
    if (number >= requests_) return;
    net::ClientRequest request;
    request.url = url_ + "/v1/payments";
    request.body = fmt::format(
        R"({{"merchant_order_no":"L{}-{}","amount_minor":12800,"currency":"CNY","subject":"load","mode":"redirect"}})",
        run_id_, number);
    request.keep_alive = true;
    request.timeout_ms = 30000;
    const auto digest = api::content_digest(request.body);
    const auto parameters =
        fmt::format(R"(("@method" "@path" "@query" "content-digest");created={};keyid="{}";nonce="{}{:012}")",
                    SystemClock().now().unix_s(), key_id_, run_id_, number);
    const auto base = fmt::format(
        "\"@method\": POST\n\"@path\": /v1/payments\n\"@query\": ?\n\"content-digest\": {}\n\"@signature-params\": {}",
        digest, parameters);
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Content-Digest", digest);
    request.headers.add("Signature-Input", "sig1=" + parameters);
    request.headers.add("Signature", "sig1=:" + to_base64(signer_.sign(base)) + ":");
    const auto sent = SteadyClock::now();
    client_.send(std::move(request), [this, sent](const Result<net::HttpResponse>& answer) {
      const auto us = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - sent).count();
      next();
      const std::lock_guard lock(mutex_);
      latencies_us_.push_back(us);
      if (!answer || answer->status != 201) ++failed_;
      if (++finished_ == requests_) done_.notify_one();
    });
  }

  std::string url_, key_id_, run_id_;
  crypto::Signer signer_;
  int requests_;
  net::Runtime runtime_;
  net::HttpClient client_;
  std::atomic<int> started_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<std::int64_t> latencies_us_;  // guarded by mutex_
  int finished_ = 0;                        // guarded by mutex_
  int failed_ = 0;                          // guarded by mutex_
  double seconds_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::string url = "http://127.0.0.1:9400", merchant, algorithm = "hmac";
  int connections = 64, requests = 20000;
  CLI::App app("Load on POST /v1/payments");
  app.add_option("--url", url);
  app.add_option("--merchant", merchant)->required();
  app.add_option("--algorithm", algorithm)->check(CLI::IsMember({"hmac", "ed25519"}));
  app.add_option("--connections", connections)->check(CLI::Range(1, 4096));
  app.add_option("--requests", requests)->check(CLI::Range(1, 1000000));
  CLI11_PARSE(app, argc, argv);
  std::ifstream file(merchant);
  std::stringstream content;
  content << file.rdbuf();
  const auto config = boost::json::parse(content.str()).as_object();
  const auto target = net::Url::parse(url);
  if (!target || !net::is_loopback_address(target->host)) {
    std::cerr << "only a loopback address is a target\n";
    return 2;
  }
  if (algorithm == "hmac") {
    const auto& key = config.at("hmac").as_object();
    const auto secret = from_base64(std::string(key.at("secret_base64").as_string()));
    Load load(url, std::string(key.at("key_id").as_string()), crypto::Signer::from_hmac_secret(Secret(*secret)).value(),
              connections, requests);
    load.print();
    return load.failed() == 0 ? 0 : 1;
  }
  const Secret pem(std::string(config.at("private_key_pem").as_string()));
  Load load(url, std::string(config.at("key_id").as_string()),
            crypto::Signer::from_pem(crypto::Algorithm::Ed25519, pem).value(), connections, requests);
  load.print();
  return load.failed() == 0 ? 0 : 1;
}
