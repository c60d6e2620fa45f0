#include "channels/wechatpay/api.h"

#include <utility>

#include "channels/errors.h"
#include "foundation/log.h"
#include "foundation/metrics.h"
#include "foundation/text.h"

namespace feiqian::channels::wechatpay {
namespace {

constexpr std::int64_t kFetchPauseMs = 2000;
constexpr std::int64_t kDownloadTimeoutMs = 60000;
constexpr std::size_t kMostStatementBytes = 256 << 20;

}  // namespace

std::string Answer::text(std::string_view name) const {
  const auto* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string Answer::code() const {
  if (!proven) return problem;
  if (succeeded()) return "OK";
  auto code = text("code");
  return code.empty() ? "http." + std::to_string(status) : code;
}

std::string Answer::message() const {
  return proven ? utf8_prefix(text("message"), 200) : "no usable answer";
}

Api::Api(Settings settings, net::HttpClient& client, const Clock& clock, Random& random)
    : settings_(std::move(settings)), client_(&client), clock_(&clock), random_(&random), keys_(settings_.public_key) {}

std::string Api::nonce() {
  return to_hex(random_->bytes(16));
}

net::ClientRequest Api::signed_request(const std::string& method, const std::string& url, std::string body) {
  net::ClientRequest request;
  request.method = method;
  request.url = url;
  request.timeout_ms = settings_.call_timeout_ms;
  request.keep_alive = true;
  const auto parsed = net::Url::parse(url);
  const auto target = parsed ? parsed->target : std::string();
  request.headers.add("Authorization",
                      authorization(settings_.merchant, method, target, clock_->now().unix_s(), nonce(), body));
  request.headers.add("Accept", "application/json");
  request.headers.add("User-Agent", "feiqian");
  // Which of its keys the provider shall sign the answer with.
  if (settings_.public_key) request.headers.add("Wechatpay-Serial", settings_.public_key->first);
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

Answer Api::judge(const net::HttpResponse& response, Proof proof) const {
  Answer answer;
  answer.status = response.status;
  if (proof != Proof::Verified) {
    answer.problem = response.status == 200 || response.status == 204 ? "channel.answer_unverified"
                                                                      : "http." + std::to_string(response.status);
    return answer;
  }
  if (!response.body.empty()) {
    auto parsed = codec::parse_json(response.body);
    if (!parsed || !parsed->is_object()) {
      answer.problem = "channel.answer_unreadable";
      return answer;
    }
    answer.body = std::move(parsed->get_object());
  }
  answer.proven = true;
  return answer;
}

void Api::call(std::string name, std::string method, std::string target, std::string body, Callback done) {
  const auto started = clock_->now();
  auto finish = [this, name = std::move(name), started, done = std::move(done)](Answer answer) {
    metrics::counter("feiqian_channel_calls_total", "Calls to channels by method and result",
                     {{"channel", "wechatpay"}, {"method", name}, {"result", answer.code()}})
        .add();
    log::debug("channel.called", {{"channel", "wechatpay"},
                                  {"method", name},
                                  {"result", answer.code()},
                                  {"duration_ms", ms_between(started, clock_->now())}});
    done(std::move(answer));
  };
  client_->send(signed_request(method, settings_.base_url + target, std::move(body)),
                [this, finish = std::move(finish)](Result<net::HttpResponse> response) {
                  if (!response) {
                    Answer answer;
                    answer.not_sent = response.error().consequence() == Consequence::RetrySafe;
                    answer.problem = std::string(response.error().code());
                    finish(std::move(answer));
                    return;
                  }
                  const auto proof = keys_.prove(response->headers, response->body, clock_->now());
                  if (proof != Proof::UnknownSerial) {
                    finish(judge(*response, proof));
                    return;
                  }
                  fetch_certificates([this, finish, response = std::move(*response)] {
                    finish(judge(response, keys_.prove(response.headers, response.body, clock_->now())));
                  });
                });
}

void Api::download(const std::string& url, std::function<void(Result<std::string>)> done) {
  auto request = signed_request("GET", url, {});
  request.timeout_ms = kDownloadTimeoutMs;
  request.max_response_bytes = kMostStatementBytes;
  client_->send(std::move(request), [done = std::move(done)](Result<net::HttpResponse> response) {
    if (!response) {
      done(Error(errors::kStatementUnavailable, response.error().text()));
    } else if (response->status != 200) {
      done(Error(errors::kStatementUnavailable, "HTTP " + std::to_string(response->status)));
    } else {
      done(std::move(response->body));
    }
  });
}

Proof Api::prove(const net::Headers& headers, std::string_view body) {
  const auto proof = keys_.prove(headers, body, clock_->now());
  if (proof == Proof::UnknownSerial) fetch_certificates([] {});
  return proof;
}

void Api::fetch_certificates(std::function<void()> done) {
  // Whoever names a serial number of its own invention must not make us call without end.
  bool too_soon = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_->now();
    too_soon = !fetching_ && fetched_at_ && ms_between(fetched_at_, now) < kFetchPauseMs;
    if (!too_soon) {
      waiting_.push_back(std::move(done));
      if (std::exchange(fetching_, true)) return;
      fetched_at_ = now;
    }
  }
  if (too_soon) {
    done();
    return;
  }
  client_->send(signed_request("GET", settings_.base_url + "/v3/certificates", {}),
                [this](const Result<net::HttpResponse>& response) {
                  take_certificates(response);
                  std::vector<std::function<void()>> waiting;
                  {
                    const std::lock_guard lock(mutex_);
                    fetching_ = false;
                    waiting.swap(waiting_);
                  }
                  for (const auto& each : waiting) each();
                });
}

void Api::take_certificates(const Result<net::HttpResponse>& response) {
  const auto failed = [](std::string why) {
    log::warn("channel.certificates_not_fetched", {{"channel", "wechatpay"}, {"why", std::move(why)}});
  };
  if (!response) return failed(response.error().text());
  if (response->status != 200) return failed("HTTP " + std::to_string(response->status));
  auto certificates = certificates_of(settings_.api_v3_key, response->body);
  if (!certificates) return failed(certificates.error().text());
  // The answer is signed with one of those that it brings, which only the APIv3 key can have sealed.
  const auto now = clock_->now();
  PlatformKeys brought(settings_.public_key);
  brought.keep(*certificates, now);
  if (brought.prove(response->headers, response->body, now) != Proof::Verified)
    return failed("the answer's signature does not verify");
  keys_.keep(std::move(*certificates), now);
  for (const auto& serial : keys_.serials())
    log::info("channel.certificate_kept", {{"channel", "wechatpay"}, {"serial", serial}});
}

}  // namespace feiqian::channels::wechatpay
