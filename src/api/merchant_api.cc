#include "api/merchant_api.h"

#include <boost/json.hpp>

#include <algorithm>

#include "api/detail/signed_request.h"
#include "api/http_signature.h"
#include "codec/errors.h"
#include "codec/problem.h"
#include "crypto/digest.h"
#include "foundation/log.h"
#include "foundation/metrics.h"
#include "foundation/text.h"
#include "parties/errors.h"

namespace feiqian::api {
namespace {

/// Fills `{name}` parts; false when the path is another one.
bool matches(std::string_view pattern, std::string_view path, std::map<std::string, std::string, std::less<>>& parts) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) {
      parts[std::string(wanted[i].substr(1, wanted[i].size() - 2))] = std::string(given[i]);
    } else if (wanted[i] != given[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string request_fingerprint(const net::HttpRequest& request) {
  return crypto::sha256(request.method + "\n" + request.path + "\n" + request.body);
}

Answer answer_of(const Error& error, const std::string& request_id) {
  return {http_status(error), codec::problem_json(error, request_id)};
}

std::string serialized(const boost::json::object& object) {
  return boost::json::serialize(object);
}

MerchantApi::MerchantApi(Surroundings surroundings)
    : it_(std::move(surroundings)), nonces_(it_.options.window_s), rates_(it_.options.rate_per_s, it_.options.burst) {}

const Endpoint* MerchantApi::route(const net::HttpRequest& request, Call& call, bool& path_known) const {
  path_known = false;
  for (const auto& endpoint : endpoints()) {
    call.path.clear();
    if (!matches(endpoint.pattern, request.path, call.path)) continue;
    path_known = true;
    if (endpoint.method == request.method) return &endpoint;
  }
  return nullptr;
}

Result<void> MerchantApi::authenticate(Call& call) const {
  const auto& request = call.request;
  const auto now = it_.clock->now();
  const auto input = TRY(read_signed_request(request, now, it_.options.window_s));
  const auto key_id = parties::ApiKeyId::parse(input.key_id);
  auto holder = key_id ? it_.directory->find(*key_id) : nullptr;
  if (holder == nullptr) return Error(errors::kKeyUnknown);
  TRY(check_signed_request(request, input, holder->key.algorithm, holder->verifier, it_.public_url));
  if (holder->key.revoked_at || (holder->key.expires_at && *holder->key.expires_at <= now))
    return Error(errors::kKeyRevoked);
  if (request.method == "POST" || !request.body.empty()) TRY(check_digest(request));
  // The rate comes first: a nonce costs memory.
  if (!rates_.allow(key_id->value, now)) return Error(errors::kRateLimited);
  if (!nonces_.first_use(key_id->value, input.nonce, now)) return Error(errors::kSignatureReplayed);
  call.holder = std::move(holder);
  return {};
}

Result<void> MerchantApi::read_query(const Endpoint& endpoint, Call& call) const {
  const auto fields = form_decode(call.request.query);
  if (!fields) return Error(errors::kQueryInvalid, "broken percent encoding");
  for (const auto& [name, value] : *fields) {
    const bool known = std::any_of(endpoint.query.begin(), endpoint.query.end(),
                                   [&](const auto& parameter) { return parameter.name == name; });
    if (!known) return Error(errors::kQueryInvalid, "there is no such parameter", name);
    if (!is_valid_utf8(value)) return Error(errors::kQueryInvalid, "not UTF-8", name);
    if (!call.query.emplace(name, value).second) return Error(errors::kQueryInvalid, "is given twice", name);
  }
  return {};
}

void MerchantApi::handle(net::HttpRequest request, net::Responder responder) {
  auto call = std::make_shared<Call>();
  call->api = this;
  call->request = std::move(request);
  call->responder = std::move(responder);
  call->request_id = to_hex(it_.random->bytes(8));
  call->started = it_.clock->now();
  bool path_known = false;
  const auto* endpoint = route(call->request, *call, path_known);
  if (endpoint == nullptr) {
    fail(call, Error(path_known ? errors::kMethodNotAllowed : errors::kRouteNotFound));
    return;
  }
  call->operation = endpoint->operation;
  if (endpoint->is_signed) {
    if (auto proven = authenticate(*call); !proven) {
      fail(call, proven.error());
      return;
    }
    if (call->holder->merchant.status == parties::MerchantStatus::Closed) {
      fail(call, Error(errors::kMerchantNotActive, "the merchant is closed"));
      return;
    }
  }
  if (call->request.method == "POST") {
    const auto media_type = to_lower_ascii(trim(split(call->request.headers.get("content-type"), ';').front()));
    if (media_type != "application/json") {
      fail(call, Error(errors::kMediaType));
      return;
    }
    const auto key = call->request.headers.get("idempotency-key");
    if (call->request.headers.has("idempotency-key") && !is_token(key, 1, 64)) {
      fail(call, Error(errors::kFieldInvalid, "1 to 64 characters of A-Za-z0-9_-", "Idempotency-Key"));
      return;
    }
  } else if (!call->request.body.empty()) {
    fail(call, Error(errors::kMediaType, "GET takes no body"));
    return;
  }
  if (auto read = read_query(*endpoint, *call); !read) {
    fail(call, read.error());
    return;
  }
  (this->*endpoint->handler)(call);
}

void MerchantApi::later(std::function<void()> work) {
  it_.runtime->post(std::move(work));
}

void MerchantApi::reply(const CallPtr& call, int status, std::string body, bool replayed) {
  later([this, call, status, body = std::move(body), replayed]() mutable {
    const auto media_type = status >= 400 ? "application/problem+json" : "application/json";
    send(call, status, std::move(body), media_type, replayed);
  });
}

void MerchantApi::fail(const CallPtr& call, const Error& error) {
  if (error.consequence() == Consequence::Internal)
    log::error("api.failed", {{"request_id", call->request_id}, {"error", error}});
  auto answer = answer_of(error, call->request_id);
  reply(call, answer.status, std::move(answer.body));
}

void MerchantApi::send(const CallPtr& call, int status, std::string body, std::string_view media_type, bool replayed) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers.add("Content-Type", std::string(media_type));
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Request-Id", call->request_id);
  if (replayed) response.headers.add("Idempotency-Replayed", "true");
  if (status == 429 || status == 503) response.headers.add("Retry-After", "1");
  if (call->holder != nullptr) {
    const auto& hmac = call->holder->hmac_signer;
    const auto key_id = hmac ? call->holder->key.id.text() : it_.platform_key->id;
    sign_response(response, call->request, hmac ? *hmac : it_.platform_key->signer, key_id, it_.clock->now().unix_s());
  }
  metrics::histogram("feiqian_api_request_seconds", "Merchant API requests by operation and status",
                     metrics::latency_bounds_s(), {{"operation", call->operation}, {"status", std::to_string(status)}})
      .observe(static_cast<double>(it_.clock->now().us - call->started.us) * 1e-6);
  log::debug("api.answered", {{"request_id", call->request_id},
                              {"operation", call->operation},
                              {"status", status},
                              {"duration_us", it_.clock->now().us - call->started.us}});
  call->responder->send(std::move(response));
}

void MerchantApi::read(const CallPtr& call, std::function<Result<std::string>(store::Reader&)> work) {
  const bool posted = it_.reads->post([this, call, work = std::move(work)](store::Reader& reader) {
    auto body = work(reader);
    if (body) {
      reply(call, 200, std::move(body).value());
    } else {
      fail(call, body.error());
    }
  });
  if (!posted) fail(call, Error(errors::kOverloaded));
}

}  // namespace feiqian::api
