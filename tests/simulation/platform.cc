#include "simulation/platform.h"

#include "channels/alipay/alipay.h"
#include "ledger/expiry.h"
#include "sandbox/private_file.h"
#include "server/migrations.h"
#include "simulation/provider.h"

namespace feiqian::simulation {

Result<Credentials> make_credentials() {
  using crypto::Algorithm;
  auto provider = crypto::Signer::generate(Algorithm::RsaV15Sha256);
  auto verifier = TRY(crypto::Verifier::from_pem(Algorithm::RsaV15Sha256, provider.public_pem()));
  return Credentials{"", crypto::Signer::generate(Algorithm::RsaV15Sha256), std::move(provider), std::move(verifier),
                     crypto::Signer::generate(Algorithm::Ed25519)};
}

Result<Credentials> laid_out(const Credentials& credentials, const std::string& directory) {
  TRY(sandbox::make_directory(directory + "/alipay/apps"));
  TRY(sandbox::write_file(directory + "/alipay/alipay_private.pem", credentials.provider_signer.private_pem().reveal(),
                          0600));
  TRY(sandbox::write_file(directory + "/alipay/apps/" + kAppId + ".pem", credentials.app_key.public_pem(), 0644));
  auto own = credentials;
  own.directory = directory;
  return own;
}

Result<std::unique_ptr<Platform>> Platform::start(Surroundings surroundings) {
  std::unique_ptr<Platform> platform(new Platform(surroundings));
  TRY(platform->open());
  return platform;
}

Result<void> Platform::open() {
  constexpr int kCacheMib = 8;
  file_ = TRY(store::SqliteStore::open(kDatabasePath, server::migrations(), kCacheMib));
  store_ = std::make_unique<ObservedStore>(*file_, it_.replica, it_.disk);
  client_ = std::make_unique<net::HttpClient>(
      [this, transport = it_.network.client(life_)](net::ClientRequest request, net::HttpClient::Callback callback) {
        if (alive()) transport(std::move(request), std::move(callback));
      });
  const engine::Timer timer = [this](std::int64_t ms, std::function<void()> work) {
    it_.timeline.after_ms(ms, life_, std::move(work));
  };
  tasks_ = std::make_unique<engine::TaskRunner>(it_.clock, timer);
  engine_ = std::make_unique<engine::Engine>(*store_, it_.clock, std::vector<engine::BatchSeal*>{&seal_},
                                             engine::Engine::Options{});
  reads_ = TRY(engine::ReadPool::start(*store_, 0));
  channels_.add(std::make_unique<channels::alipay::Alipay>(
      channels::alipay::Settings{kGatewayUrl, kAppId, it_.credentials.app_key, it_.credentials.provider_key}, *client_,
      it_.clock));
  executors_ = std::make_unique<payments::Executors>(
      *engine_, *reads_, channels_, timer,
      payments::ChannelAddresses{std::string("http://") + kPlatformAuthority + "/channels/"});
  webhooks_ = std::make_unique<notices::Webhooks>(*engine_, *reads_, *client_, it_.keys, it_.credentials.platform_key,
                                                  it_.clock, timer, net::AddressPolicy::PublicOnly);
  executors_->install(*tasks_);
  webhooks_->install(*tasks_);
  ledger::install_hold_expiry(*tasks_, *engine_, timer);
  TRY(engine_->start_stepped([this](const engine::TaskChanges& changes) { tasks_->apply(changes); }));
  callbacks_ = std::make_unique<api::ChannelCallbacks>(*engine_, channels_);
  it_.network.listen(kPlatformAuthority, [this](const net::HttpRequest& request, const Network::Answer& answer) {
    callbacks_->handle(request, [this, answer](net::HttpResponse response) {
      if (alive()) answer(std::move(response), 0);
    });
  });
  tasks_->begin();
  return {};
}

bool Platform::step_engine() {
  const bool did = engine_->step();
  if (alive() && !engine_->healthy()) probe_later();
  return did;
}

/// The engine's thread does so by itself; here somebody must call it when no command comes.
void Platform::probe_later() {
  constexpr std::int64_t kProbePauseMs = 1000;
  if (probe_planned_) return;
  probe_planned_ = true;
  it_.timeline.after_ms(kProbePauseMs, life_, [this] {
    probe_planned_ = false;
    if (engine_->healthy()) return;
    // It answers nothing any more only after an invariant would have broken.
    if (!step_engine()) refuses_ = true;
  });
}

Platform::~Platform() {
  it_.network.leave(kPlatformAuthority);
  it_.timeline.end(life_);
}

Result<std::string> Platform::redirect_url(const payments::PaymentView& view) {
  auto* channel = channels_.find(view.attempt->method);
  return channel->redirect_url(executors_->order_of(view.payment, *view.attempt, "https://shop.example/back"));
}

}  // namespace feiqian::simulation
