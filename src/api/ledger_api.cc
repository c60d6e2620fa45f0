#include "api/ledger_api.h"

#include "api/detail/ledger_permitted.h"
#include "api/detail/signed_request.h"
#include "api/ledger_json.h"
#include "codec/errors.h"
#include "foundation/log.h"
#include "foundation/metrics.h"
#include "foundation/text.h"

namespace feiqian::api {

namespace json = boost::json;
constexpr std::string_view kRoot = "/v1/ledger";

struct LedgerApi::Call {
  net::HttpRequest request;
  std::optional<net::Responder> responder;
  std::string request_id;
  std::string operation = "unknown";
  std::shared_ptr<const LedgerClient> client;  ///< empty until it is proven
  Timestamp started;
};

namespace {

/// Where `path` fits the pattern; `{id}` goes into the parameters.
bool matches(std::string_view pattern, std::string_view path, Parameters& parameters) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{id}") {
      parameters["id"] = std::string(given[i]);
    } else if (wanted[i] != given[i]) {
      return false;
    }
  }
  return true;
}

Result<void> read_query(const net::HttpRequest& request, const LedgerRead& read, Parameters& parameters) {
  const auto fields = form_decode(request.query);
  if (!fields) return Error(errors::kQueryInvalid, "broken percent encoding");
  for (const auto& [name, value] : *fields) {
    const bool known =
        name != "id" && std::find(read.parameters.begin(), read.parameters.end(), name) != read.parameters.end();
    if (!known) return Error(errors::kQueryInvalid, "there is no such parameter", name);
    if (!is_valid_utf8(value) || value.empty()) return Error(errors::kQueryInvalid, "must be a text", name);
    if (!parameters.emplace(name, value).second) return Error(errors::kQueryInvalid, "is given twice", name);
  }
  return {};
}

template <class Command>
Command named(ledger::AccountId account) {
  Command command;
  command.account = account;
  return command;
}

json::object account_state(const ledger::AccountRow& account) {
  auto object = to_json(account, ledger::BalanceRow{account.id});
  // The command did not look at the balance.
  for (const char* unknown :
       {"debit_minor", "credit_minor", "balance_minor", "entries", "held_minor", "available_minor"})
    object.erase(unknown);
  return object;
}

}  // namespace

LedgerApi::LedgerApi(Surroundings surroundings)
    : it_(std::move(surroundings)), nonces_(it_.options.window_s), rates_(it_.options.rate_per_s, it_.options.burst) {}

void LedgerApi::handle(net::HttpRequest request, net::Responder responder) {
  auto call = std::make_shared<Call>();
  call->request = std::move(request);
  call->responder = std::move(responder);
  call->request_id = to_hex(it_.random->bytes(8));
  call->started = it_.clock->now();
  auto done = authenticate(*call);
  if (done) done = check_form(*call);
  if (done) done = dispatch(call);
  if (!done) fail(call, done.error());
}

/// Before anything else, the path included: who is not proven learns nothing.
Result<void> LedgerApi::authenticate(Call& call) {
  const auto& request = call.request;
  const auto now = it_.clock->now();
  const auto input = TRY(read_signed_request(request, now, it_.options.window_s));
  const auto id = LedgerClientId::parse(input.key_id);
  auto client = id ? it_.clients->find(*id) : nullptr;
  if (client == nullptr) return Error(errors::kKeyUnknown);
  TRY(check_signed_request(request, input, client->row.algorithm, client->verifier, it_.origin));
  if (client->row.revoked_at) return Error(errors::kKeyRevoked);
  if (request.method == "POST" || !request.body.empty()) TRY(check_digest(request));
  if (!rates_.allow(id->value, now)) return Error(errors::kRateLimited);
  if (!nonces_.first_use(id->value, input.nonce, now)) return Error(errors::kSignatureReplayed);
  call.client = std::move(client);
  return {};
}

Result<void> LedgerApi::check_form(const Call& call) const {
  const auto& request = call.request;
  if (request.method == "GET")
    return request.body.empty() ? Result<void>() : Error(errors::kMediaType, "GET takes no body");
  if (request.method != "POST") return Error(errors::kMethodNotAllowed);
  if (to_lower_ascii(trim(split(request.headers.get("content-type"), ';').front())) != "application/json")
    return Error(errors::kMediaType);
  if (!request.query.empty()) return Error(errors::kQueryInvalid, "POST takes no parameters");
  // What posts by hand is asked for at most once.
  const auto key = request.headers.get("idempotency-key");
  if (key.empty()) return Error(errors::kFieldMissing, "must be given", "Idempotency-Key");
  if (!is_token(key, 1, 64))
    return Error(errors::kFieldInvalid, "1 to 64 characters of A-Za-z0-9_-", "Idempotency-Key");
  return {};
}

Result<void> LedgerApi::dispatch(const CallPtr& call) {
  if (!std::string_view(call->request.path).starts_with(kRoot)) return Error(errors::kRouteNotFound);
  return call->request.method == "GET" ? read(call) : write(call);
}

Result<void> LedgerApi::read(const CallPtr& call) {
  const auto path = std::string_view(call->request.path).substr(kRoot.size());
  for (const auto& each : ledger_reads()) {
    Parameters parameters;
    if (!matches(each.path, path, parameters)) continue;
    call->operation = each.name;
    TRY(read_query(call->request, each, parameters));
    const bool posted = it_.reads->post([this, call, &each, parameters](store::Reader& reader) {
      const auto body = each.run(reader, parameters, &call->client->row);
      if (body) {
        reply(call, 200, serialized(*body));
      } else {
        fail(call, body.error());
      }
    });
    return posted ? Result<void>() : Error(errors::kOverloaded);
  }
  return Error(errors::kRouteNotFound);
}

template <class Command>
void LedgerApi::submit(const CallPtr& call, Command command, int status,
                       std::function<json::object(const typename Command::Reply&)> render) {
  using Wrapped = Idempotent<Permitted<Command>>;
  Wrapped wrapped;
  wrapped.command = {std::move(command), call->client->row.id};
  wrapped.scope = call->client->row.id.value;
  wrapped.key = std::string(call->request.headers.get("idempotency-key"));
  wrapped.request_hash = request_fingerprint(call->request);
  wrapped.render = [status, render = std::move(render),
                    id = call->request_id](const Result<typename Command::Reply>& result) {
    return result ? Answer{status, serialized(render(*result))} : answer_of(result.error(), id);
  };
  it_.engine->submit(std::move(wrapped), [this, call](Result<typename Wrapped::Reply> result) {
    if (result) {
      reply(call, result->answer.status, std::move(result->answer.body), result->replayed);
    } else {
      fail(call, result.error());
    }
  });
}

Result<void> LedgerApi::write(const CallPtr& call) {
  const auto parts = split(std::string_view(call->request.path).substr(kRoot.size()), '/');
  const auto is = [&](std::size_t count, std::string_view what) {
    return parts.size() == count && parts[0].empty() && parts[1] == what;
  };
  if (is(2, "vouchers")) return post_vouchers(call);
  if (is(2, "accounts")) {
    call->operation = "open-account";
    auto body = TRY(codec::JsonReader::parse(call->request.body));
    ledger::OpenAccount open{{static_cast<int>(body.required_integer("code", 1000, 9999)), 0, money::kCny}};
    const auto owner = body.optional_text("owner", 1, 64);
    const auto currency = money::Currency::parse(body.required_text("currency", 3, 3));
    if (!currency) body.refuse(Error(errors::kCurrencyUnknown, currency.error().detail(), "currency"));
    TRY(body.finish());
    if (owner) open.key.owner = TRY(owner_from_text(*owner));
    open.key.currency = *currency;
    submit(call, open, 201, [](const ledger::AccountId& id) { return json::object{{"id", id.text()}}; });
    return {};
  }
  if (is(2, "holds")) {
    call->operation = "hold";
    auto body = TRY(codec::JsonReader::parse(call->request.body));
    ledger::PlaceHold hold;
    hold.account = read_account(body, "account");
    hold.amount_minor = body.required_integer("amount_minor", 1, ledger::kMostLineMinor);
    hold.subject = read_number(body, "subject");
    hold.expires_in_s = body.optional_integer("expires_in_s", 1, ledger::kLongestHoldS);
    TRY(body.finish());
    submit(call, hold, 201, [](const ledger::HoldRow& row) { return to_json(row); });
    return {};
  }
  if (is(4, "accounts")) return write_to_account(call, std::string(parts[2]), parts[3]);
  if (is(4, "holds")) return write_to_hold(call, std::string(parts[2]), parts[3]);
  return Error(errors::kRouteNotFound);
}

Result<void> LedgerApi::write_to_account(const CallPtr& call, const std::string& text, std::string_view action) {
  const auto id = ledger::AccountId::parse(text);
  if (!id) return Error(errors::kAccountNotFound, text, "id");
  auto body = TRY(codec::JsonReader::parse(call->request.body));
  call->operation = action;
  if (action == "freeze" || action == "unfreeze") {
    auto freeze = named<ledger::FreezeAccount>(*id);
    if (action == "freeze") {
      const auto part = body.optional_integer("amount_minor", 1, ledger::kMostLineMinor);
      freeze.whole = !part;
      freeze.frozen_minor = part.value_or(0);
    }
    TRY(body.finish());
    submit(call, freeze, 200, account_state);
  } else if (action == "limit") {
    auto limit = named<ledger::LimitAccount>(*id);
    limit.most_minor = body.required_integer("most_minor", 0, INT64_MAX);
    TRY(body.finish());
    submit(call, limit, 200, account_state);
  } else if (action == "close") {
    TRY(body.finish());
    submit(call, named<ledger::CloseAccount>(*id), 200, account_state);
  } else {
    call->operation = "unknown";
    return Error(errors::kRouteNotFound);
  }
  return {};
}

Result<void> LedgerApi::write_to_hold(const CallPtr& call, const std::string& text, std::string_view action) {
  const auto id = ledger::HoldId::parse(text);
  if (!id) return Error(errors::kHoldNotFound, text, "id");
  auto body = TRY(codec::JsonReader::parse(call->request.body));
  const auto render = [](const ledger::HoldRow& row) { return to_json(row); };
  if (action == "captures") {
    call->operation = "capture";
    ledger::CaptureHold capture{*id, read_account(body, "to"),
                                body.required_integer("amount_minor", 1, ledger::kMostLineMinor),
                                body.optional_boolean("final").value_or(false)};
    TRY(body.finish());
    submit(call, capture, 201, render);
  } else if (action == "release") {
    call->operation = "release";
    TRY(body.finish());
    submit(call, ledger::ReleaseHold{*id, false}, 200, render);
  } else {
    return Error(errors::kRouteNotFound);
  }
  return {};
}

Result<void> LedgerApi::post_vouchers(const CallPtr& call) {
  call->operation = "post-vouchers";
  auto body = TRY(codec::JsonReader::parse(call->request.body));
  ledger::PostVouchers post;
  body.each("vouchers", ledger::kMostVouchersAtOnce,
            [&](codec::JsonReader& item) { post.vouchers.push_back(read_voucher(item)); });
  if (post.vouchers.empty()) body.refuse(Error(errors::kFieldMissing, "must have 1 to 8190 vouchers", "vouchers"));
  TRY(body.finish());
  submit(call, std::move(post), 200, [](const ledger::PostVouchers::Reply& results) {
    json::array each;
    each.reserve(results.size());
    std::int64_t posted = 0;
    for (const auto& result : results) {
      posted += result.ok() ? 1 : 0;
      each.push_back(to_json(result));
    }
    const auto refused = static_cast<std::int64_t>(results.size()) - posted;
    return json::object{{"posted", posted}, {"refused", refused}, {"results", std::move(each)}};
  });
  return {};
}

void LedgerApi::reply(const CallPtr& call, int status, std::string body, bool replayed) {
  it_.runtime->post([this, call, status, body = std::move(body), replayed]() mutable {
    send(call, status, std::move(body), replayed);
  });
}

void LedgerApi::fail(const CallPtr& call, const Error& error) {
  if (error.consequence() == Consequence::Internal)
    log::error("ledger_api.failed", {{"request_id", call->request_id}, {"error", error}});
  auto answer = answer_of(error, call->request_id);
  reply(call, answer.status, std::move(answer.body));
}

void LedgerApi::send(const CallPtr& call, int status, std::string body, bool replayed) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers.add("Content-Type", status >= 400 ? "application/problem+json" : "application/json");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Request-Id", call->request_id);
  if (replayed) response.headers.add("Idempotency-Replayed", "true");
  if (status == 429 || status == 503) response.headers.add("Retry-After", "1");
  if (call->client != nullptr)
    sign_response(response, call->request, it_.platform_key->signer, it_.platform_key->id, it_.clock->now().unix_s());
  metrics::histogram("feiqian_ledger_api_request_seconds", "Ledger API requests by operation and status",
                     metrics::latency_bounds_s(), {{"operation", call->operation}, {"status", std::to_string(status)}})
      .observe(static_cast<double>(it_.clock->now().us - call->started.us) * 1e-6);
  call->responder->send(std::move(response));
}

}  // namespace feiqian::api
