#include "sandbox/testing/rig.h"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>

#include "crypto/certificate.h"
#include "foundation/check.h"
#include "foundation/log.h"
#include "foundation/text.h"
#include "sandbox/private_file.h"
#include "sandbox/unionpay/keys.h"

namespace feiqian::sandbox::testing {

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "feiqian-sandbox-XXXXXX").string();
  CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}
TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Merchant::Merchant(net::Runtime& runtime) {
  auto started =
      net::HttpServer::start(runtime, {}, [this](const net::HttpRequest& request, const net::Responder& responder) {
        const std::lock_guard lock(mutex_);
        forms_.push_back(parameters_of(request).value_or(Parameters()));
        requests_.push_back(request);
        responder.send(answer_);
        came_.notify_all();
      });
  server_ = std::move(started).value();
}
std::string Merchant::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port()) + "/notify";
}
void Merchant::answer(int status, std::string body) {
  const std::lock_guard lock(mutex_);
  answer_ = {status, {}, std::move(body)};
}
std::vector<Parameters> Merchant::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, std::chrono::seconds(10), [&] { return forms_.size() >= count; });
  return forms_;
}
std::vector<net::HttpRequest> Merchant::wait_for_requests(std::size_t count) {
  wait_for(count);
  const std::lock_guard lock(mutex_);
  return requests_;
}
std::size_t Merchant::count() {
  const std::lock_guard lock(mutex_);
  return forms_.size();
}

std::string GatewayAnswer::text(std::string_view name) const {
  const auto* value = fields.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::string GatewayAnswer::outcome() const {
  const auto sub_code = text("sub_code");
  return sub_code.empty() ? text("code") : text("code") + " " + sub_code;
}

namespace {

/// Made once a process: making one takes longer than most tests.
const crypto::Signer& app_key() {
  static const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  return key;
}
const crypto::Signer& provider_key() {
  static const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  return key;
}

/// WeChat Pay's first certificate, likewise.
void keep_platform_certificate(const std::string& directory, Timestamp now) {
  static const auto key = crypto::Signer::generate(crypto::Algorithm::RsaV15Sha256);
  const std::string serial = "4A0000000000000000000000000000000000000A";
  const auto platform = directory + "/wechatpay/platform";
  CHECK(make_directory(platform).ok());
  CHECK(write_file(platform + "/" + serial + ".key.pem", key.private_pem().reveal(), 0600).ok());
  const auto pem = crypto::self_signed_certificate(
      {"Platform", "", serial, now.plus_s(-86400), now.plus_s(365 * 86400), false, {}}, key);
  CHECK(write_file(platform + "/" + serial + ".cert.pem", pem.value(), 0644).ok());
  CHECK(write_file(platform + "/state.json", R"({"signing":")" + serial + R"(","listed":[")" + serial + "\"]}", 0644)
            .ok());
}

struct KeptFile {
  std::string name;
  std::string content;
  unsigned mode;
};
/// UnionPay's certificates and key, likewise.
const std::vector<KeptFile>& unionpay_files() {
  static const auto* const kFiles = [] {
    const TemporaryDirectory made;
    CHECK(unionpay::Keys::open(made.path(), {1'790'000'000'000'000}).ok());
    auto* files = new std::vector<KeptFile>{
        {"root.pem", "", 0644}, {"issuer.pem", "", 0644}, {"sign.pem", "", 0644}, {"sign_private.pem", "", 0600}};
    for (auto& file : *files) file.content = read_file(made.path() + "/" + file.name).value().value();
    return files;
  }();
  return *kFiles;
}

}  // namespace

Rig::Rig(SandboxOptions options, std::string app_id)
    : app_id_(std::move(app_id)), options_(std::move(options)), merchant_(std::make_unique<Merchant>(runtime_)) {
  log::set_level(log::Level::Error);
  options_.data_directory = directory_.path();
  options_.clock = &clock;
  CHECK(make_directory(directory_.path() + "/alipay/apps").ok());
  CHECK(write_file(directory_.path() + "/alipay/alipay_private.pem", provider_key().private_pem().reveal(), 0600).ok());
  CHECK(write_file(directory_.path() + "/alipay/apps/" + app_id_ + ".pem", app_key().public_pem(), 0644).ok());
  keep_platform_certificate(directory_.path(), clock.now());
  CHECK(make_directory(directory_.path() + "/unionpay/merchants").ok());
  for (const auto& file : unionpay_files())
    CHECK(write_file(directory_.path() + "/unionpay/" + file.name, file.content, file.mode).ok());
  start();
}

Rig::~Rig() {
  sandbox_.reset();
  runtime_.stop();
}

void Rig::start() {
  auto started = Sandbox::start(options_);
  if (!started) log::error("test.sandbox_did_not_start", {{"error", started.error()}});
  sandbox_ = std::move(started).value();
}

void Rig::restart() {
  sandbox_.reset();
  start();
}

Parameters Rig::request(const std::string& method, const std::string& biz_content, const Parameters& changed) {
  Parameters parameters{{"app_id", app_id_},         {"method", method},
                        {"format", "JSON"},          {"charset", "utf-8"},
                        {"sign_type", "RSA2"},       {"timestamp", "2026-11-22 14:30:00"},
                        {"version", "1.0"},          {"notify_url", merchant_->url()},
                        {"biz_content", biz_content}};
  for (const auto& [name, value] : changed) {
    if (!name.starts_with("-")) parameters[name] = value;
  }
  for (const auto& [name, value] : changed) {
    if (name.starts_with("-")) parameters.erase(name.substr(1));
  }
  // Written here once more, on purpose not with the code under test.
  std::string text;
  for (const auto& [name, value] : parameters) text += (text.empty() ? "" : "&") + name + "=" + value;
  if (!parameters.contains("sign") && !changed.contains("-sign")) parameters["sign"] = to_base64(app_key().sign(text));
  return parameters;
}

GatewayAnswer Rig::call(const std::string& method, const std::string& biz_content, Parameters changed) {
  return send(request(method, biz_content, changed));
}

GatewayAnswer Rig::send(const Parameters& parameters) {
  FormFields query;
  FormFields body;
  for (const auto& entry : parameters) (entry.first == "biz_content" ? body : query).push_back(entry);
  net::Headers headers;
  headers.add("Content-Type", "application/x-www-form-urlencoded;charset=utf-8");
  const auto response = http("POST", "/alipay/gateway.do?" + form_encode(query), form_encode(body), headers);
  GatewayAnswer answer;
  answer.status = response.status;
  answer.raw = response.body;
  // As the provider's client does it: from the first `{` after the key to the last `}` before the last `"sign"`.
  const auto begin = answer.raw.find("_response\":{");
  const auto sign = answer.raw.rfind(",\"sign\":\"");
  if (begin == std::string::npos || sign == std::string::npos) return answer;
  const auto inner = answer.raw.substr(begin + 11, sign - begin - 11);
  answer.signature_right = provider_signed(inner, answer.raw.substr(sign + 9, answer.raw.size() - sign - 11));
  const auto parsed = codec::parse_json(inner);
  if (parsed && parsed->is_object()) answer.fields = parsed->get_object();
  return answer;
}

bool Rig::provider_signed(const std::string& text, const std::string& base64) const {
  const auto pem = read_file(directory_.path() + "/alipay/alipay_public_key.pem");
  const auto key = crypto::Verifier::from_pem(crypto::Algorithm::RsaV15Sha256, pem.value().value_or(""));
  const auto signature = from_base64(base64);
  return key && signature && key.value().verify(text, *signature).ok();
}

Result<net::HttpResponse> Rig::try_http(const std::string& method, const std::string& path, const std::string& body,
                                        const net::Headers& headers, std::int64_t timeout_ms) {
  net::ClientRequest request;
  request.method = method;
  request.url = sandbox_->url() + path;
  request.headers = headers;
  request.body = body;
  request.timeout_ms = timeout_ms;
  auto promise = std::make_shared<std::promise<Result<net::HttpResponse>>>();
  auto future = promise->get_future();
  client_.send(std::move(request),
               [promise](Result<net::HttpResponse> result) { promise->set_value(std::move(result)); });
  return future.get();
}

net::HttpResponse Rig::http(const std::string& method, const std::string& path, const std::string& body,
                            const net::Headers& headers) {
  auto response = try_http(method, path, body, headers, 5000);
  return response ? std::move(response).value() : net::HttpResponse{0, {}, ""};
}

net::HttpResponse Rig::control(const std::string& method, const std::string& path, const std::string& body) {
  net::Headers headers;
  headers.add("Authorization", "Bearer " + sandbox_->control_token().reveal());
  return http(method, "/control" + path, body, headers);
}

json::object Rig::control_json(const std::string& method, const std::string& path, const std::string& body) {
  const auto parsed = codec::parse_json(control(method, path, body).body);
  return parsed && parsed->is_object() ? parsed->get_object() : json::object();
}

json::object Rig::trade(const std::string& out_trade_no) {
  const auto listed = control_json("GET", "/trades?out_trade_no=" + percent_encode(out_trade_no));
  const auto& trades = listed.at("trades").as_array();
  return trades.empty() ? json::object() : trades.front().as_object();
}

void Rig::add_fault(const std::string& rule) {
  CHECK(control("POST", "/faults", rule).status == 201);
}

std::int64_t Rig::applied(const std::string& kind) {
  std::int64_t sum = 0;
  const auto listed = control_json("GET", "/faults");
  for (const auto& rule : listed.at("faults").as_array()) {
    if (rule.at("kind").as_string() == kind) sum += rule.at("applied").as_int64();
  }
  return sum;
}

std::string Rig::auth_code(const std::string& payer) {
  return std::string(control_json("POST", "/auth-codes", R"({"payer":")" + payer + "\"}").at("auth_code").as_string());
}

}  // namespace feiqian::sandbox::testing
