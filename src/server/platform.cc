#include "server/platform.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "codec/problem.h"
#include "crypto/digest.h"
#include "foundation/metrics.h"
#include "foundation/text.h"
#include "ledger/day_totals.h"
#include "ledger/expiry.h"
#include "server/after_restore.h"
#include "server/backup_commands.h"
#include "server/channel_kinds.h"
#include "server/errors.h"
#include "server/files.h"
#include "server/stores.h"

namespace feiqian::server {
namespace {

constexpr const char* kPlatformKeyName = "platform-ed25519";

/// Made at the first start.
Result<crypto::Signer> signer_of(crypto::KeyStore& keys, const char* name) {
  if (keys.has(name)) return crypto::Signer::from_pem(crypto::Algorithm::Ed25519, TRY(keys.read(name)));
  auto signer = crypto::Signer::generate(crypto::Algorithm::Ed25519);
  TRY(keys.write(name, signer.private_pem()));
  return signer;
}

Result<std::string> token_in(const std::string& path, Random& random) {
  if (!std::filesystem::exists(path)) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const auto token = to_base64url(random.bytes(24));
    if (file < 0 || ::write(file, token.data(), token.size()) != static_cast<ssize_t>(token.size())) {
      return Error(errors::kFileUnusable, "cannot be written: " + path);
    }
    ::close(file);
  }
  return std::string(trim(TRY(read_file(path))));
}

/// Ten thousand slow clients must not use up the descriptors that the database needs.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

net::HttpResponse text_response(int status, std::string_view media_type, std::string body) {
  net::HttpResponse response{status, {}, std::move(body)};
  response.headers.add("Content-Type", std::string(media_type));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

net::HttpResponse problem_response(const Error& error) {
  const auto request_id = to_hex(SystemRandom().bytes(8));
  auto response = text_response(http_status(error), "application/problem+json", codec::problem_json(error, request_id));
  response.headers.add("X-Request-Id", request_id);
  return response;
}

}  // namespace

Result<DataLock> DataLock::take(const std::string& directory) {
  const auto path = DataFiles(directory).lock;
  DataLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0) return Error(errors::kFileUnusable, "cannot be opened: " + path);
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) return Error(errors::kStoreLocked, directory);
  return lock;
}

DataLock::~DataLock() {
  if (file_ >= 0) ::close(file_);
}

Result<std::unique_ptr<Platform>> Platform::open(Settings settings) {
  std::unique_ptr<Platform> platform(new Platform(std::move(settings)));
  TRY(platform->start_core());
  return platform;
}

Platform::~Platform() {
  stop();
}

Result<void> Platform::start_core() {
  log::set_level(settings_.log_level);
  if (!settings_.log_file.empty()) TRY(log::add_file(settings_.log_file));
  lock_.emplace(TRY(DataLock::take(settings_.data_directory)));
  keys_.emplace(TRY(crypto::KeyStore::open(files_.keys, random_)));
  auto signer = TRY(signer_of(*keys_, kPlatformKeyName));
  auto key_id = "platform-" + to_hex(crypto::sha256(signer.raw_public_key())).substr(0, 16);
  platform_key_.emplace(api::PlatformKey{std::move(key_id), std::move(signer)});
  store_ = TRY(open_store(settings_));
  runtime_ = std::make_unique<net::Runtime>(settings_.threads);
  client_ = std::make_unique<net::HttpClient>(*runtime_);
  feed_ =
      std::make_unique<payments::PaymentFeed>([this](std::function<void()> work) { runtime_->post(std::move(work)); });
  tasks_ = std::make_unique<engine::TaskRunner>(
      clock_, [this](std::int64_t ms, std::function<void()> work) { runtime_->after_ms(ms, std::move(work)); });
  engine_ = std::make_unique<engine::Engine>(
      *store_, clock_, std::vector<engine::BatchSeal*>{&seal_},
      engine::Engine::Options{static_cast<std::size_t>(settings_.queue_limit),
                              static_cast<std::size_t>(settings_.batch_limit), settings_.node, settings_.slow_ms});
  for (int i = 1; i < settings_.workers; ++i) {
    auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.store = TRY(open_store(settings_));
    engine_->add_worker(*worker.store, {&worker.seal});
  }
  engine_->observe(*feed_);
  reads_ =
      TRY(engine::ReadPool::start([this] { return open_books_reader(*store_, settings_); }, settings_.read_threads));
  directory_ = std::make_unique<parties::Directory>(TRY(store_->open_reader()), *keys_);
  ledger_clients_ = std::make_unique<api::LedgerClients>(TRY(store_->open_reader()));
  TRY(add_channels());

  const engine::Timer timer = [this](std::int64_t ms, std::function<void()> work) {
    runtime_->after_ms(ms, std::move(work));
  };
  awaiting_ = std::make_unique<payments::Awaiting>(*feed_, *reads_, timer);
  executors_ = std::make_unique<payments::Executors>(*engine_, *reads_, channels_, timer,
                                                     payments::ChannelAddresses{settings_.public_url + "/channels/"});
  const auto addresses =
      settings_.webhooks_allow_loopback ? net::AddressPolicy::PublicOrLoopback : net::AddressPolicy::PublicOnly;
  webhooks_ = std::make_unique<notices::Webhooks>(*engine_, *reads_, *client_, *keys_, platform_key_->signer, clock_,
                                                  timer, addresses);
  executors_->install(*tasks_);
  webhooks_->install(*tasks_);
  heads_ = std::make_unique<engine::HeadSigner>(
      *engine_, *reads_, TRY(engine::HeadSigningKey::of(TRY(signer_of(*keys_, kHeadKeyName)))), clock_, timer);
  heads_->install(*tasks_);
  ledger::install_hold_expiry(*tasks_, *engine_, timer);
  ledger::install_day_end(*tasks_, *engine_, *reads_, clock_, timer);
  if (!store_->exclusive()) {
    cluster_ =
        std::make_unique<Cluster>(Cluster::Surroundings{engine_.get(), reads_.get(), tasks_.get(), directory_.get(),
                                                        ledger_clients_.get(), feed_.get(), &clock_, timer});
    cluster_->install();
  }
  return engine_->start([this](const engine::TaskChanges& changes) { tasks_->apply(changes); });
}

Result<void> Platform::add_channels() {
  for (const auto& kind : channel_kinds()) {
    if (kind.configured(settings_))
      channels_.add(TRY(kind.make({settings_, files_, *keys_, *client_, clock_, random_})));
  }
  return {};
}

Result<void> Platform::serve() {
  raise_descriptor_limit();
  TRY(take_note_of_restore(files_.restore_mark, *engine_, *store_));
  ops_token_ = TRY(token_in(files_.ops_token, random_));
  cashier_ = std::make_unique<cashier::Cashier>(cashier::Surroundings{
      runtime_.get(), engine_.get(), reads_.get(), feed_.get(), awaiting_.get(), executors_.get(), &channels_, &clock_,
      keys_->derive("cashier-token"), settings_.public_url, settings_.web_root, settings_.behind_proxy});
  const auto addresses =
      settings_.webhooks_allow_loopback ? net::AddressPolicy::PublicOrLoopback : net::AddressPolicy::PublicOnly;
  api::Options options;
  options.rate_per_s = settings_.api_rate_per_s;
  options.burst = settings_.api_burst;
  options.webhook_addresses = addresses;
  api_ = std::make_unique<api::MerchantApi>(api::Surroundings{
      runtime_.get(), engine_.get(), reads_.get(), directory_.get(), awaiting_.get(), &channels_, &clock_, &random_,
      &*platform_key_, [this](payments::PaymentId id) { return cashier_->url_of(id); }, settings_.public_url, options});
  callbacks_ = std::make_unique<api::ChannelCallbacks>(*engine_, channels_);
  TRY(engine_->run(ledger::AwaitDayEnd{}));
  TRY(listen());
  if (settings_.ledger_listens) TRY(listen_for_ledger());
  for (const auto& channel : channels_.all()) channel->begin();
  tasks_->begin();
  heads_->begin();
  if (cluster_) cluster_->begin();
  if (!settings_.backup.directory.empty())
    backups_ = std::make_unique<backup::Schedule>(backup_plan(settings_), backup::Keys(*keys_), random_, clock_);
  return {};
}

Result<void> Platform::listen() {
  net::ServerOptions options;
  options.address = settings_.listen.host;
  options.port = settings_.listen.port;
  options.max_body_bytes = static_cast<std::size_t>(settings_.max_body_bytes);
  options.max_connections = static_cast<std::size_t>(settings_.max_connections);
  options.tls_certificate_file = settings_.tls_certificate_file;
  options.tls_key_file = settings_.tls_key_file;
  options.refuse = problem_response;
  server_ =
      TRY(net::HttpServer::start(*runtime_, options, [this](net::HttpRequest request, const net::Responder& responder) {
        route(std::move(request), responder);
      }));
  net::ServerOptions ops;
  ops.address = settings_.ops_listen.host;
  ops.port = settings_.ops_listen.port;
  ops.refuse = problem_response;
  ops_server_ = TRY(net::HttpServer::start(
      *runtime_, ops,
      [this](const net::HttpRequest& request, const net::Responder& responder) { route_ops(request, responder); }));
  log::info("server.listening", {{"address", settings_.listen.host + ":" + std::to_string(server_->port())},
                                 {"public_url", settings_.public_url},
                                 {"ops", settings_.ops_listen.host + ":" + std::to_string(ops_server_->port())}});
  return {};
}

Result<void> Platform::listen_for_ledger() {
  net::ServerOptions options;
  options.address = settings_.ledger_listen.host;
  options.port = settings_.ledger_listen.port;
  options.max_body_bytes = static_cast<std::size_t>(settings_.ledger_max_body_bytes);
  options.tls_certificate_file = settings_.tls_certificate_file;
  options.tls_key_file = settings_.tls_key_file;
  options.refuse = problem_response;
  const std::string scheme = settings_.tls_certificate_file.empty() ? "http://" : "https://";
  api::LedgerApi::Surroundings surroundings{runtime_.get(),
                                            engine_.get(),
                                            reads_.get(),
                                            ledger_clients_.get(),
                                            &clock_,
                                            &random_,
                                            &*platform_key_,
                                            scheme + options.address + ":" + std::to_string(options.port),
                                            {}};
  surroundings.options.rate_per_s = settings_.api_rate_per_s;
  surroundings.options.burst = settings_.api_burst;
  ledger_api_ = std::make_unique<api::LedgerApi>(std::move(surroundings));
  ledger_server_ =
      TRY(net::HttpServer::start(*runtime_, options, [this](net::HttpRequest request, const net::Responder& responder) {
        ledger_api_->handle(std::move(request), responder);
      }));
  log::info("ledger.listening",
            {{"address", settings_.ledger_listen.host + ":" + std::to_string(ledger_server_->port())}});
  return {};
}

net::HttpResponse Platform::readiness() const {
  const bool ready = announced_ && engine_->healthy();
  return text_response(ready ? 200 : 503, "application/json",
                       ready ? R"({"status":"ready"})" : R"({"status":"not ready"})");
}

void Platform::route(net::HttpRequest request, const net::Responder& responder) {
  const std::string_view path = request.path;
  if (path.starts_with("/v1/")) {
    api_->handle(std::move(request), responder);
  } else if (path.starts_with("/cashier/")) {
    cashier_->handle(request, responder);
  } else if (path.starts_with("/channels/")) {
    callbacks_->handle(request, [responder](net::HttpResponse response) { responder.send(std::move(response)); });
  } else if (path == "/healthz") {
    responder.send(text_response(200, "application/json", R"({"status":"ok"})"));
  } else if (path == "/readyz") {
    responder.send(readiness());
  } else {
    responder.send(problem_response(Error(errors::kRouteNotFound)));
  }
}

void Platform::route_ops(const net::HttpRequest& request, const net::Responder& responder) {
  if (request.path == "/healthz") {
    responder.send(text_response(200, "application/json", R"({"status":"ok"})"));
  } else if (request.path == "/readyz") {
    responder.send(readiness());
  } else if (request.path != "/metrics") {
    responder.send(problem_response(Error(errors::kRouteNotFound)));
  } else if (!equal_in_constant_time(request.headers.get("authorization"), "Bearer " + ops_token_)) {
    auto refused = text_response(401, "text/plain", "a bearer token is required\n");
    refused.headers.add("WWW-Authenticate", "Bearer");
    responder.send(std::move(refused));
  } else {
    engine_->measure();
    tasks_->measure();
    metrics::gauge("feiqian_http_connections", "Open connections of the main listener")
        .set(static_cast<double>(server_->connections()));
    responder.send(text_response(200, "text/plain; version=0.0.4", metrics::exposition()));
  }
}

/// What is still queued then stays unsigned until the next start.
void Platform::sign_last_heads() {
  const auto sign = [&]() -> Result<void> {
    TRY(heads_->sign_now(*TRY(store_->open_reader())));
    return {};
  };
  if (const auto done = sign(); !done) log::warn("heads.not_signed", {{"error", done.error()}});
}

void Platform::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (server_) server_->stop_accepting();
  if (ops_server_) ops_server_->stop_accepting();
  if (ledger_server_) ledger_server_->stop_accepting();
  if (tasks_) tasks_->stop();
  if (server_) sign_last_heads();
  if (engine_) engine_->stop();
  backups_.reset();
  constexpr std::int64_t kAnswersMs = 5000;
  for (const auto* server : {&server_, &ledger_server_}) {
    if (*server && !(*server)->wait_idle(kAnswersMs)) log::warn("server.stopped_unanswered", {});
  }
  if (reads_) reads_->stop();
  if (runtime_) runtime_->stop();
}

}  // namespace feiqian::server
