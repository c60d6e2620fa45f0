#include "cashier/cashier.h"

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cashier/leaving_page.h"
#include "codec/json.h"
#include "codec/problem.h"
#include "codec/qr.h"
#include "crypto/digest.h"
#include "foundation/log.h"
#include "foundation/text.h"
#include "parties/merchants.h"
#include "payments/create_payment.h"

namespace feiqian::cashier {

namespace json = boost::json;
using payments::AttemptRow;
using payments::AttemptState;
using payments::PaymentId;
using payments::PaymentState;
using payments::PaymentView;

namespace {

constexpr std::size_t kProofBytes = 16;
constexpr int kMostStreams = 10000;
constexpr std::int64_t kHeartbeatMs = 15000;

std::string id_bytes(PaymentId id) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(id.value >> shift);
  return bytes;
}

void add_security_headers(net::HttpResponse& response) {
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
                       "img-src 'self' data:; "
                       "font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Frame-Options", "DENY");
  // WeChat Pay wants to know from which domain the browser comes; the token in the path is nobody's business.
  response.headers.add("Referrer-Policy", "strict-origin");
  response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.add("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.add("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()");
}

std::string_view media_type_of(std::string_view path) {
  static const std::map<std::string_view, std::string_view, std::less<>> kTypes{
      {"html", "text/html; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"svg", "image/svg+xml"},
      {"json", "application/json"},
      {"png", "image/png"},
      {"woff2", "font/woff2"},
      {"ico", "image/x-icon"}};
  const auto dot = path.rfind('.');
  const auto found = dot == std::string_view::npos ? kTypes.end() : kTypes.find(path.substr(dot + 1));
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

net::HttpResponse json_response(int status, std::string body) {
  net::HttpResponse response{status, {}, std::move(body)};
  response.headers.add("Content-Type", status >= 400 ? "application/problem+json" : "application/json");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Content-Type-Options", "nosniff");
  return response;
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

/// Where the payer goes afterwards: the merchant's address with what the merchant needs to find the order. A
/// convenience, not a proof.
json::value return_url_of(const payments::PaymentRow& payment) {
  if (payment.return_url.empty()) return nullptr;
  const char separator = payment.return_url.find('?') == std::string::npos ? '?' : '&';
  return json::value(payment.return_url + separator +
                     form_encode({{"payment_id", payment.id.text()},
                                  {"merchant_order_no", payment.merchant_order_no},
                                  {"state", std::string(name_of(payment.state))}}));
}

net::HttpResponse see_other(const std::string& where) {
  net::HttpResponse response{303, {}, ""};
  response.headers.add("Location", where);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

/// The payer's browser is to be sent to the provider's page.
bool goes_there(const AttemptRow& attempt) {
  return attempt.state == AttemptState::Pending &&
         (attempt.scene == channels::Scene::Page || attempt.scene == channels::Scene::Wap);
}

/// To the payer a surplus looks like what it is for this payment: an attempt that does not count.
std::string_view shown_state(AttemptState state) {
  return name_of(state == AttemptState::Surplus ? AttemptState::Closed : state);
}

}  // namespace

std::string token_of(PaymentId id, const Secret& key) {
  const auto bytes = id_bytes(id);
  return to_base64url(bytes + crypto::hmac_sha256(key.reveal(), bytes).substr(0, kProofBytes));
}

std::optional<PaymentId> payment_of(std::string_view token, const Secret& key) {
  const auto bytes = from_base64url(token);
  if (!bytes || bytes->size() != 8 + kProofBytes) return std::nullopt;
  PaymentId id;
  for (std::size_t i = 0; i < 8; ++i)
    id.value =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(id.value) << 8 | static_cast<unsigned char>((*bytes)[i]));
  return equal_in_constant_time(token_of(id, key), token) ? std::optional(id) : std::nullopt;
}

Cashier::Cashier(Surroundings surroundings) : it_(std::move(surroundings)) {
  std::error_code failed;
  for (std::filesystem::recursive_directory_iterator at(it_.web_root, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (!at->is_regular_file()) continue;
    std::ifstream file(at->path(), std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    files_[std::filesystem::relative(at->path(), it_.web_root).string()] = content.str();
  }
  if (!files_.contains("index.html")) log::warn("cashier.pages_missing", {{"web_root", it_.web_root}});
}

std::string Cashier::url_of(PaymentId id) const {
  return it_.public_url + "/cashier/" + token_of(id, it_.token_key);
}

void Cashier::handle(const net::HttpRequest& request, const net::Responder& responder) {
  const auto parts = split(request.path, '/');  // "", cashier, …
  const bool is_api = parts.size() >= 4 && parts[2] == "api";
  if (!is_api) {
    if (request.method == "POST" && parts.size() == 3) {
      // A provider's page sends the payer back with a form. What it says is no proof; the page is read anew.
      responder.send(see_other(request.path));
    } else if (request.method != "GET" && request.method != "HEAD") {
      fail(responder, Error(errors::kPaymentNotFound, "there is no such page"));
    } else if (parts.size() == 3) {
      serve_file("index.html", responder);
    } else if (parts.size() == 4 && parts[3] == "leave") {
      leave(parts[2], responder);
    } else {
      serve_file(request.path.substr(std::string_view("/cashier/").size()), responder);
    }
    return;
  }
  const auto id = payment_of(parts[3], it_.token_key);
  if (!id) {
    fail(responder, Error(errors::kPaymentNotFound));
  } else if (parts.size() == 4 && request.method == "GET") {
    send_view(*id, responder);
  } else if (parts.size() == 5 && parts[4] == "attempts" && request.method == "POST") {
    start_attempt(*id, request, responder);
  } else if (parts.size() == 5 && parts[4] == "events" && request.method == "GET") {
    stream_events(*id, responder);
  } else {
    fail(responder, Error(errors::kPaymentNotFound));
  }
}

void Cashier::fail(const net::Responder& responder, const Error& error) {
  auto response = json_response(http_status(error), codec::problem_json(error, ""));
  if (response.status == 503) response.headers.add("Retry-After", "1");
  responder.send(std::move(response));
}

void Cashier::serve_file(const std::string& path, const net::Responder& responder) {
  const auto found = files_.find(path);
  if (found == files_.end()) {
    fail(responder, Error(errors::kPaymentNotFound, "there is no such page"));
    return;
  }
  net::HttpResponse response;
  response.body = found->second;
  response.headers.add("Content-Type", std::string(media_type_of(path)));
  // Assets carry their hash in the name.
  response.headers.add("Cache-Control",
                       path.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-store");
  add_security_headers(response);
  responder.send(std::move(response));
}

Result<std::optional<json::object>> Cashier::view(store::Reader& reader, PaymentId id) const {
  const auto found = TRY(payments::read_payment(reader, id));
  if (!found) return std::optional<json::object>();
  const auto& payment = found->payment;
  const auto merchant =
      TRY(store::Query(parties::kMerchants).equal<&parties::MerchantRow::id>(payment.merchant).first(reader));
  std::optional<parties::StoreRow> store_row;
  if (payment.store)
    store_row = TRY(store::Query(parties::kStores).equal<&parties::StoreRow::id>(*payment.store).first(reader));

  const auto now = it_.clock->now();
  json::array methods;
  const auto contracts = TRY(store::Query(parties::kContracts)
                                 .equal<&parties::ContractRow::merchant>(payment.merchant)
                                 .limit(1000)
                                 .run(reader));
  std::vector<const parties::ContractRow*> pointers;
  for (const auto& contract : contracts) pointers.push_back(&contract);
  const auto* contract = parties::contract_in_force(pointers, payment.currency, china_date(now));
  for (const auto& row : TRY(store::Query(channels::kChannels).oldest_first().limit(1000).run(reader))) {
    const auto* channel = it_.channels->find(row.code);
    if (!row.enabled || channel == nullptr || contract == nullptr || !parties::permits(*contract, row.code)) continue;
    if (!channel->accepts(payment.currency)) continue;
    if (!payment.method.empty() && payment.method != row.code) continue;
    json::array scenes;
    for (const auto scene : {channels::Scene::Qr, channels::Scene::Page, channels::Scene::Wap}) {
      if (channel->offers(scene)) scenes.push_back(json::value(channels::name_of(scene)));
    }
    methods.push_back(json::object{{"method", row.code}, {"scenes", std::move(scenes)}});
  }

  json::value attempt = nullptr;
  if (found->attempt) {
    const AttemptRow& row = *found->attempt;
    json::value qr_svg = nullptr;
    if (!row.qr_code.empty()) {
      if (auto svg = codec::qr_svg(row.qr_code)) qr_svg = json::value(*svg);
    }
    json::value redirect = nullptr;
    if (goes_there(row) && !row.pay_parameters.empty()) {
      redirect = json::value(row.pay_parameters);
    } else if (const auto* channel = it_.channels->find(row.method); channel != nullptr && goes_there(row)) {
      const auto order = it_.executors->order_of(payment, row, url_of(id));
      const auto url = channel->redirect_url(order);
      const auto fields = channel->redirect_fields(order);
      if (url && fields) redirect = json::value(fields->empty() ? *url : url_of(id) + "/leave");
    }
    const bool troubled = !row.error_code.empty();
    attempt = json::object{
        {"id", row.id.text()},
        {"method", row.method},
        {"scene", channels::name_of(row.scene)},
        {"state", shown_state(row.state)},
        {"qr_code", text_or_null(row.qr_code)},
        {"qr_svg", std::move(qr_svg)},
        {"redirect_url", std::move(redirect)},
        {"error", troubled ? json::value(json::object{{"code", row.error_code}, {"message", row.error_message}})
                           : json::value(nullptr)}};
  }
  const auto time_or_null = [](const std::optional<Timestamp>& at) {
    return at ? json::value(to_rfc3339(*at)) : json::value(nullptr);
  };
  json::object body{{"payment_id", id.text()},
                    {"merchant_name", merchant ? merchant->name : ""},
                    {"store_name", store_row ? json::value(store_row->name) : json::value(nullptr)},
                    {"merchant_order_no", payment.merchant_order_no},
                    {"subject", payment.subject},
                    {"goods", payment.goods.empty() ? json::value(json::array()) : json::parse(payment.goods)},
                    {"amount_minor", payment.amount_minor},
                    {"currency", payment.currency.code()},
                    {"state", name_of(payment.state)},
                    {"close_reason", text_or_null(name_of(payment.close_reason))},
                    {"created_at", to_rfc3339(payment.created_at)},
                    {"expires_at", to_rfc3339(payment.expires_at)},
                    {"paid_at", time_or_null(payment.paid_at)},
                    {"server_time", to_rfc3339(now)},
                    {"return_url", return_url_of(payment)},
                    {"refunded_minor", payment.refunded_minor},
                    {"methods", std::move(methods)},
                    {"attempt", std::move(attempt)}};
  return std::optional(std::move(body));
}

Result<net::HttpResponse> Cashier::leaving(store::Reader& reader, PaymentId id) const {
  const auto found = TRY(payments::read_payment(reader, id));
  if (!found) return Error(errors::kPaymentNotFound);
  const auto* channel = found->attempt ? it_.channels->find(found->attempt->method) : nullptr;
  if (channel == nullptr || !goes_there(*found->attempt)) return see_other(url_of(id));
  const auto order = it_.executors->order_of(found->payment, *found->attempt, url_of(id));
  return leaving_page(TRY(channel->redirect_url(order)), TRY(channel->redirect_fields(order)));
}

void Cashier::leave(std::string_view token, const net::Responder& responder) {
  const auto id = payment_of(token, it_.token_key);
  if (!id) {
    fail(responder, Error(errors::kPaymentNotFound));
    return;
  }
  const bool posted = it_.reads->post([this, id = *id, responder](store::Reader& reader) {
    auto page = leaving(reader, id);
    if (page) {
      responder.send(std::move(page).value());
    } else {
      fail(responder, page.error());
    }
  });
  if (!posted) fail(responder, Error(errors::kOverloaded));
}

void Cashier::send_view(PaymentId id, const net::Responder& responder) {
  const bool posted = it_.reads->post([this, id, responder](store::Reader& reader) {
    auto body = view(reader, id);
    if (!body) {
      fail(responder, body.error());
    } else if (!body.value()) {
      fail(responder, Error(errors::kPaymentNotFound));
    } else {
      responder.send(json_response(200, json::serialize(**body)));
    }
  });
  if (!posted) fail(responder, Error(errors::kOverloaded));
}

std::string Cashier::payer_address(const net::HttpRequest& request) const {
  if (!it_.behind_proxy) return request.peer;
  // What the proxy itself saw stands last; the rest anybody may have written.
  const auto said = trim(split(request.headers.get("X-Forwarded-For"), ',').back());
  const bool numeric = !said.empty() && said.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
  return numeric ? std::string(said) : request.peer;
}

void Cashier::start_attempt(PaymentId id, const net::HttpRequest& request, const net::Responder& responder) {
  // A form of another site cannot send this media type without asking first.
  if (to_lower_ascii(trim(split(request.headers.get("content-type"), ';').front())) != "application/json") {
    fail(responder, Error(errors::kFieldInvalid, "the body must be application/json", "Content-Type"));
    return;
  }
  const auto start = [&]() -> Result<payments::StartAttempt> {
    auto body = TRY(codec::JsonReader::parse(request.body));
    payments::StartAttempt command;
    command.payment = id;
    command.method = body.required_text("method", 1, 32);
    command.scene =
        channels::scene_of(body.required_choice("scene", {"qr", "page", "wap"})).value_or(channels::Scene::Qr);
    const auto* channel = it_.channels->find(command.method);
    if (channel == nullptr || !channel->offers(command.scene)) body.refuse("method", "is not offered");
    command.by_call = channel != nullptr && !channel->redirects(command.scene);
    if (command.by_call && command.scene == channels::Scene::Wap) command.payer = payer_address(request);
    TRY(body.finish());
    return command;
  }();
  if (!start) {
    fail(responder, start.error());
    return;
  }
  constexpr std::int64_t kCodeWaitMs = 8000;
  it_.engine->submit(*start, [this, id, responder](const Result<PaymentView>& started) {
    if (!started) {
      fail(responder, started.error());
      return;
    }
    it_.awaiting->wait(id, payments::code_is_settled, kCodeWaitMs,
                       [this, id, responder](const std::optional<PaymentView>&) { send_view(id, responder); });
  });
}

void Cashier::stream_events(PaymentId id, const net::Responder& responder) {
  if (streams_->load() >= kMostStreams) {
    fail(responder, Error(errors::kOverloaded));
    return;
  }
  net::HttpResponse head;
  head.headers.add("Content-Type", "text/event-stream");
  head.headers.add("Cache-Control", "no-store");
  head.headers.add("X-Content-Type-Options", "nosniff");
  head.headers.add("X-Accel-Buffering", "no");
  struct Stream {
    Stream(net::EventStream s, std::shared_ptr<std::atomic<int>> c) : events(std::move(s)), count(std::move(c)) {
      ++*count;
    }
    ~Stream() {
      events.close();
      --*count;
    }
    net::EventStream events;
    /// A view is not sent twice.
    void send(json::object view) {
      const auto time = std::exchange(view["server_time"], nullptr);
      auto state = json::serialize(view);
      const std::lock_guard lock(mutex);
      if (state == last) return;
      last = std::move(state);
      view["server_time"] = time;
      events.send("event: state\ndata: " + json::serialize(view) + "\n\n");
    }
    std::mutex mutex;
    std::string last;  // guarded by mutex
    std::shared_ptr<std::atomic<int>> count;
    payments::PaymentFeed::Subscription subscription;
  };
  auto stream = std::make_shared<Stream>(responder.stream(std::move(head)), streams_);
  auto push = [this, id](const std::shared_ptr<Stream>& to) {
    it_.reads->post([this, id, to](store::Reader& reader) {
      auto body = view(reader, id);
      if (body && body.value()) to->send(std::move(**body));
    });
  };
  stream->subscription = it_.feed->subscribe(id, [weak = std::weak_ptr(stream), push] {
    if (const auto strong = weak.lock()) push(strong);
  });
  push(stream);
  // The heartbeat owns the stream: it ends with the client.
  auto beat = std::make_shared<std::function<void()>>();
  *beat = [this, stream, weak = std::weak_ptr(beat)] {
    if (!stream->events.send(": still here\n\n")) return;
    if (auto again = weak.lock()) it_.runtime->after_ms(kHeartbeatMs, [again] { (*again)(); });
  };
  it_.runtime->after_ms(kHeartbeatMs, [beat] { (*beat)(); });
}

}  // namespace feiqian::cashier
