#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "foundation/check.h"
#include "foundation/log.h"
#include "net/http_server.h"
#include "sandbox/access.h"
#include "sandbox/alipay/alipay.h"
#include "sandbox/control.h"
#include "sandbox/held_answers.h"
#include "sandbox/html.h"
#include "sandbox/private_file.h"
#include "sandbox/steering.h"
#include "sandbox/unionpay/unionpay.h"
#include "sandbox/web.h"
#include "sandbox/wechatpay/wechatpay.h"

namespace feiqian::sandbox {
namespace {

constexpr std::int64_t kTickMs = 100;
constexpr std::size_t kMostBodyBytes = 256 << 10;

/// Keeps a second sandbox out of the directory, as long as it lives.
class DirectoryLock {
 public:
  static Result<DirectoryLock> take(const std::string& directory) {
    const auto path = directory + "/sandbox.lock";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return Error(errors::kFileUnusable, path + ": cannot be opened");
    DirectoryLock lock(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) return Error(errors::kStoreLocked, directory);
    return lock;
  }
  DirectoryLock(DirectoryLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_;
};

bool is_loopback_address(const std::string& address) {
  return address == "::1" || address.starts_with("127.");
}

/// The page that a foreign name was bent to us with (DNS rebinding) is refused by its Host.
bool has_loopback_host(const net::HttpRequest& request) {
  return is_loopback_url("http://" + std::string(request.headers.get("Host")));
}

}  // namespace

std::vector<std::int64_t> default_notify_schedule_ms() {
  constexpr std::int64_t kMinute = 60000;
  return {4 * kMinute, 10 * kMinute, 10 * kMinute, 60 * kMinute, 120 * kMinute, 360 * kMinute, 900 * kMinute};
}

/// Destroyed from the bottom up: the loop, which everything else posts to, last.
struct Sandbox::Parts {
  Parts(SandboxOptions given, DirectoryLock locked, std::unique_ptr<Database> opened, Secret token)
      : options(std::move(given)),
        lock(std::move(locked)),
        database(std::move(opened)),
        chance(options.seed),
        access(std::move(token), random),
        held(runtime),
        faults(*database, chance),
        notifications(*database, faults, client, clock(), options.notify_schedule_ms),
        surroundings{*database,       clock(),       random,
                     faults,          notifications, options.data_directory,
                     options.address, {0},           options.close_unscanned} {}

  const Clock& clock() const { return options.clock != nullptr ? *options.clock : system_clock; }
  void route(const net::HttpRequest& request, const net::Responder& responder);
  void tick();

  SandboxOptions options;
  SystemClock system_clock;
  SystemRandom random;
  DirectoryLock lock;
  net::Runtime runtime{2};
  net::HttpClient client{runtime};
  std::unique_ptr<Database> database;
  SeededRandom chance;
  Access access;
  HeldAnswers held;
  Faults faults;
  Notifications notifications;
  Surroundings surroundings;
  std::unique_ptr<alipay::Alipay> alipay;
  std::unique_ptr<wechatpay::WechatPay> wechatpay;
  std::unique_ptr<unionpay::UnionPay> unionpay;
  std::vector<Counterparty*> counterparties;
  std::unique_ptr<Control> control;
  std::unique_ptr<Steering> steering;
  std::unique_ptr<net::HttpServer> server;
};

void Sandbox::Parts::route(const net::HttpRequest& request, const net::Responder& responder) {
  const auto& path = request.path;
  if (!has_loopback_host(request)) {
    responder.send(problem_response(Error(errors::kHostForbidden)));
  } else if (path.starts_with("/alipay/")) {
    held.send(alipay->handle(request), responder);
  } else if (path.starts_with("/v3/") || path.starts_with("/wechatpay/")) {
    held.send(wechatpay->handle(request), responder);
  } else if (path.starts_with("/unionpay/")) {
    held.send(unionpay->handle(request), responder);
  } else if (path.starts_with("/control/")) {
    control->handle(request, [responder](net::HttpResponse response) { responder.send(std::move(response)); });
  } else if (path == "/healthz") {
    responder.send(json_response(200, codec::json::object{{"status", "ok"}}));
  } else if (path == "/style.css") {
    net::HttpResponse response{200, {}, std::string(style_sheet())};
    response.headers.add("Content-Type", "text/css; charset=utf-8");
    responder.send(std::move(response));
  } else {
    responder.send(steering->handle(request));
  }
}

/// What becomes due by time, and notifications to be tried again.
void Sandbox::Parts::tick() {
  for (auto* counterparty : counterparties) {
    if (const auto settled = counterparty->settle_due(); !settled)
      log::error("sandbox.settling_failed", {{"channel", counterparty->name()}, {"error", settled.error()}});
  }
  notifications.pump();
  runtime.after_ms(kTickMs, [this] { tick(); });
}

Sandbox::Sandbox(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Sandbox::~Sandbox() {
  stop();
}

Result<std::unique_ptr<Sandbox>> Sandbox::start(SandboxOptions options) {
  if (!is_loopback_address(options.address))
    return Error(errors::kListenFailed, "the sandbox listens on loopback only", "listen");
  TRY(make_directory(options.data_directory));
  auto lock = TRY(DirectoryLock::take(options.data_directory));
  SystemRandom random;
  auto token = TRY(read_control_token(options.data_directory + "/sandbox.token", random));
  auto database = TRY(Database::open(options.data_directory + "/sandbox.db",
                                     {Faults::kSchema, Notifications::kSchema, alipay::Books::kSchema,
                                      wechatpay::Books::kSchema, unionpay::Books::kSchema}));
  auto parts = std::make_unique<Parts>(std::move(options), std::move(lock), std::move(database), std::move(token));
  auto& p = *parts;
  p.alipay = TRY(alipay::Alipay::open(p.surroundings));
  p.wechatpay = TRY(wechatpay::WechatPay::open(p.surroundings));
  p.unionpay = TRY(unionpay::UnionPay::open(p.surroundings));
  p.counterparties = {p.alipay.get(), p.wechatpay.get(), p.unionpay.get()};
  p.control = std::make_unique<Control>(p.surroundings, p.access, p.counterparties);
  p.steering = std::make_unique<Steering>(p.surroundings, p.access, *p.control);
  net::ServerOptions listening;
  listening.address = p.options.address;
  listening.port = p.options.port;
  listening.max_body_bytes = kMostBodyBytes;
  listening.refuse = problem_response;
  p.server = TRY(net::HttpServer::start(
      p.runtime, std::move(listening),
      [&p](const net::HttpRequest& request, const net::Responder& responder) { p.route(request, responder); }));
  p.surroundings.port = p.server->port();
  p.runtime.post([&p] { p.tick(); });
  return std::unique_ptr<Sandbox>(new Sandbox(std::move(parts)));
}

void Sandbox::stop() {
  parts_->server->stop_accepting();
  parts_->held.let_go();
  parts_->runtime.stop();
}

std::uint16_t Sandbox::port() const {
  return parts_->surroundings.port;
}
std::string Sandbox::url() const {
  return parts_->surroundings.base_url();
}
const Secret& Sandbox::control_token() const {
  return parts_->access.token();
}

}  // namespace feiqian::sandbox
