#include "simulation/world.h"

#include <fmt/format.h>

#include "channels/registry.h"
#include "foundation/check.h"
#include "parties/merchants.h"
#include "pricing/fee_rules.h"
#include "store/sqlite.h"

namespace feiqian::simulation {
namespace {

constexpr std::size_t kShops = 3;
constexpr std::int64_t kMostRestUs = 40LL * 86400 * 1000000;
constexpr std::int64_t kMostRestSteps = 2000000;
constexpr std::int64_t kLongestJumpS = 86400;

Terms terms_of(std::size_t shop) {
  Terms terms;
  terms.accepts_late = shop == 1;
  terms.returns_fee = shop != 2;
  return terms;
}

}  // namespace

World::World(Plan plan, const Credentials& credentials)
    : plan_(std::move(plan)),
      credentials_(&credentials),
      chance_(plan_.seed, "world"),
      faults_(plan_.seed, plan_.faults),
      history_(timeline_),
      disk_(plan_.seed, faults_, timeline_),
      storage_(disk_, timeline_, plan_.seed),
      network_(plan_.seed, faults_, timeline_),
      clock_(timeline_),
      random_(plan_.seed) {}

World::~World() {
  checker_.reset();
  platform_.reset();
}

template <class Command>
typename Command::Reply World::run_now(Command command) {
  std::optional<typename Command::Reply> reply;
  platform_->submit(std::move(command), [&](Result<typename Command::Reply> result) {
    CHECK(result.ok());
    reply = std::move(result).value();
  });
  while (!reply) CHECK(platform_->step_engine());
  return *std::move(reply);
}

void World::set_up() {
  const Disk::Calm calm(disk_);
  auto keys = crypto::KeyStore::open(credentials_->directory + "/keystore", random_);
  CHECK(keys.ok());
  keys_.emplace(std::move(keys).value());
  auto provider = Provider::start(credentials_->directory, plan_.seed, faults_, network_, timeline_);
  CHECK(provider.ok());
  provider_ = std::move(provider).value();
  model_ = std::make_unique<Model>(replica_, *provider_, history_);
  start_platform();
  CHECK(platform_ != nullptr);
  desk_ = std::make_unique<Desk>(faults_, network_, timeline_, *model_, platform_);
  payers_ = std::make_unique<Payers>(plan_.seed, timeline_, *desk_, *provider_, history_);
  const auto channel = run_now(channels::RegisterChannel{"alipay", true});
  pricing::FeeRuleRow cost;
  cost.price_list = channel.value;
  cost.rate_ppm = Terms().cost_ppm;
  cost.effective_from = Date{20250101};
  run_now(pricing::CreateFeeRule{cost});
  for (std::size_t i = 0; i < kShops; ++i) set_up_merchant(i);
  after_step();
  disk_.arm(true);
}

void World::set_up_merchant(std::size_t number) {
  auto& shop = *shops_.emplace_back(
      std::make_unique<Shop>(plan_.seed, static_cast<int>(number), faults_, network_, timeline_, *desk_, *payers_));
  const auto terms = terms_of(number);
  const auto merchant = run_now(parties::CreateMerchant{fmt::format("Shop {}", number), shop.webhook_url()});
  const Secret secret(random_.bytes(32));
  parties::SetWebhook webhook;
  webhook.merchant = merchant;
  webhook.sealed_secret = {keys_->seal(secret, "webhook:" + merchant.text())};
  run_now(std::move(webhook));
  parties::ContractRow contract;
  contract.merchant = merchant;
  contract.methods = "alipay";
  contract.most_minor = 5000000;
  contract.returns_fee = terms.returns_fee;
  contract.late_success = terms.accepts_late ? parties::LateSuccess::Accept : parties::LateSuccess::Refund;
  contract.effective_from = Date{20250101};
  pricing::FeeRuleRow price;
  price.price_list = run_now(parties::CreateContract{contract}).value;
  price.rate_ppm = terms.fee_ppm;
  price.effective_from = contract.effective_from;
  run_now(pricing::CreateFeeRule{price});
  model_->contract(merchant, terms);
  shop.open(merchant, secret);
}

Outcome World::run() {
  Outcome outcome;
  try {
    set_up();
    while (steps_ < plan_.steps) step();
    come_to_rest();
  } catch (const Violation& violation) {
    outcome.violation = violation.what();
    outcome.subject = violation.subject();
  }
  if (plan_.detect) outcome.detection = classify(outcome);
  outcome.steps = steps_;
  outcome.commits = replica_.commits();
  outcome.payments = static_cast<std::int64_t>(replica_.count(payments::kPayments.info()));
  outcome.refunds = static_cast<std::int64_t>(replica_.count(payments::kRefunds.info()));
  outcome.webhooks = static_cast<std::int64_t>(replica_.count(payments::kDeliveries.info()));
  outcome.lives = lives_;
  outcome.simulated_us = timeline_.now_us();
  outcome.hash = history_.hash();
  outcome.injected = faults_.injected();
  return outcome;
}

void World::step() {
  ++steps_;
  meddle();
  act();
  after_step();
}

/// Any one thing that can happen next: a batch, a read, or the next event.
void World::act() {
  const bool decides = platform_ && platform_->engine().queue_depth() > 0;
  const bool reads = platform_ && platform_->reads().waiting() > 0;
  const auto choice = chance_.below(100);
  if (decides && (choice < 45 || (!reads && !timeline_.due() && choice < 90))) {
    platform_->step_engine();
  } else if (reads && (choice < 80 || !timeline_.due())) {
    platform_->step_reads();
  } else {
    timeline_.run_next();
  }
}

/// What happens to the process and its machine between two steps.
void World::meddle() {
  if (faults_.strikes(fault::kClockForward, 300)) clock_.jump_us(chance_.skewed(kLongestJumpS) * 1000000);
  if (faults_.strikes(fault::kClockBack, 300)) clock_.jump_us(-chance_.skewed(kLongestJumpS) * 1000000);
  if (!platform_) return;
  if (faults_.strikes(fault::kKill, 1200)) {
    disk_.kill();
  } else if (faults_.strikes(fault::kPowerLoss, 1200)) {
    disk_.lose_power();
  } else if (faults_.strikes(fault::kStop, 500)) {
    stop_orderly();
  } else if (chance_.ppm(2000)) {
    static constexpr const char* kHow[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
    checkpoint(kHow[chance_.below(4)]);
  }
  if (disk_.process_died()) bury("died between two steps");
  if (faults_.strikes_once(fault::kBitFlip, 1500)) {
    // Into pages that count, not into what the log will replace.
    checkpoint("TRUNCATE");
    disk_.flip_bit();
  }
}

void World::start_later() {
  if (start_planned_) return;
  start_planned_ = true;
  timeline_.after_ms(chance_.skewed(faults_.active() ? 1200 : 10) * 1000, Timeline::kWorld, [this] {
    start_planned_ = false;
    start_platform();
  });
}

void World::start_platform() {
  disk_.begin_life();
  ++lives_;
  auto started = Platform::start({disk_, timeline_, network_, replica_, *credentials_, *keys_, clock_});
  if (!started || disk_.process_died()) {
    history_.add("the platform does not start: " + (started ? "died" : started.error().text()));
    if (started) platform_ = std::move(started).value();
    const bool died = disk_.process_died();
    bury("died at its start");
    if (!died) demand_start();
    return;
  }
  platform_ = std::move(started).value();
  history_.add(fmt::format("the platform starts (life {})", disk_.life()));
  check_found_again();
}

/// A start that failed was hindered by a fault: without any it succeeds.
void World::demand_start() {
  const Disk::Calm calm(disk_);
  disk_.begin_life();
  const auto started = Platform::start({disk_, timeline_, network_, replica_, *credentials_, *keys_, clock_});
  if (!started) throw Violation("does not start: " + started.error().text());
}

void World::bury(std::string_view how) {
  history_.add(fmt::format("the platform {}", how));
  checker_.reset();
  platform_.reset();
  start_later();
}

void World::stop_orderly() {
  history_.add("the platform stops");
  while (!disk_.process_died() && platform_->engine().queue_depth() > 0 && platform_->step_engine()) {
  }
  checker_.reset();
  platform_.reset();
  start_later();
}

/// As an operator's tool would; the engine's own checkpoints come too seldom for a run of some thousand steps.
void World::checkpoint(const char* how) {
  auto connection = store::Connection::open(kDatabasePath, store::Connection::Mode::ReadWrite, 1);
  if (!connection) return;
  const auto done = connection->execute(fmt::format("PRAGMA wal_checkpoint({})", how));
  if (!done) history_.add("a checkpoint fails: " + done.error().text());
}

bool World::is_at_rest() {
  return platform_ && replica_.count(engine::kTasks.info()) == 0 && platform_->engine().queue_depth() == 0 &&
         platform_->reads().waiting() == 0 && desk_->open() == 0 && provider_->is_quiet();
}

/// Faults stop, people go home, time goes on until nothing is left to do.
void World::come_to_rest() {
  faults_.stop();
  provider_->stop_faults();
  payers_->go_home();
  for (auto& shop : shops_) shop->close_shop();
  history_.add("faults stop");
  const auto deadline_us = timeline_.now_us() + kMostRestUs;
  bool resent = false;
  for (std::int64_t rest_steps = 0;; ++rest_steps) {
    if (rest_steps % 64 == 0 && is_at_rest()) {
      if (resent) break;
      resent = true;
      resend_exhausted();
    }
    if (timeline_.now_us() > deadline_us || rest_steps > kMostRestSteps) {
      const auto tasks = replica_.all(engine::kTasks);
      throw Violation(fmt::format("nothing comes to rest: {} tasks left, the first is {} of {} due {}", tasks.size(),
                                  tasks.empty() ? "" : tasks.front().kind, tasks.empty() ? 0 : tasks.front().subject,
                                  tasks.empty() ? "" : to_rfc3339(tasks.front().due_at)));
    }
    step();
  }
  check_books(true);
  check_expected(model_->check_at_rest());
  check_told();
  stop_orderly();
  start_platform();
  after_step();
}

/// An operator tells the merchants whose receivers were out of order for longer than all tries.
void World::resend_exhausted() {
  for (const auto& event : replica_.all(payments::kEvents)) {
    if (event.state != payments::EventState::Exhausted) continue;
    history_.add(event.id.text() + " is resent by hand");
    platform_->submit(payments::ResendEvent{std::nullopt, event.id}, [](const auto&) {});
  }
}

}  // namespace feiqian::simulation
