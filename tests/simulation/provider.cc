#include "simulation/provider.h"

#include <algorithm>

#include "foundation/check.h"
#include "sandbox/sandbox.h"

namespace feiqian::simulation {
namespace {

constexpr std::int64_t kShortestPauseMs = 200;
constexpr std::int64_t kLongestPauseMs = 60000;
constexpr std::int64_t kAll = 1000000;

struct Rule {
  sandbox::FaultKind kind;
  std::int64_t rate_ppm;
  std::int64_t delay_ms;
  std::int64_t minor;
};

std::vector<Rule> rules_by(Chance& chance) {
  using enum sandbox::FaultKind;
  return {{TimeoutBeforeExecution, 20000, 0, 0},
          {Http500, 10000, 0, 0},
          {SystemError, 15000, 0, 0},
          {TimeoutAfterExecution, 20000, 0, 0},
          {BadSignature, 5000, 0, 0},
          {Delay, 20000, chance.between(100, 20000), 0},
          {InsufficientBalance, 30000, 0, 0},
          {PayAfterClose, 30000, chance.between(500, 1800000), 0},
          {RefundFail, 30000, 0, 0},
          {RefundPending, 60000, chance.between(500, 7200000), 0},
          {NotifyDrop, 50000, 0, 0},
          {NotifyRepeat, 50000, 0, 0},
          {NotifyReorder, 50000, chance.between(1000, 600000), 0},
          {NotifyWrongAmount, 10000, 0, chance.between(1, 100)},
          {NotifyBadSignature, 10000, 0, 0}};
}

}  // namespace

bool was_paid(const sandbox::TradeView& trade) {
  return trade.state == "TRADE_SUCCESS" || trade.refunded_minor > 0;
}

std::int64_t held_minor(const sandbox::TradeView& trade) {
  return was_paid(trade) ? trade.total_minor - trade.refunded_minor : 0;
}

Provider::Provider(const std::string& directory, std::uint64_t seed, Faults& faults, Network& network,
                   Timeline& timeline, std::unique_ptr<sandbox::Database> database)
    : faults_(&faults),
      timeline_(&timeline),
      clock_(timeline),
      random_(seed ^ 0x70726f7669646572ULL),
      chance_(seed ^ 0x6368616e6365ULL),
      client_(network.client(Timeline::kWorld)),
      database_(std::move(database)),
      rules_(*database_, chance_),
      notifications_(*database_, rules_, client_, clock_, sandbox::default_notify_schedule_ms()),
      surroundings_{*database_,  clock_,         random_,
                    rules_,      notifications_, directory,
                    "127.0.0.1", {9500},         sandbox::CloseUnscanned::NotExist} {}

Provider::~Provider() = default;

Result<std::unique_ptr<Provider>> Provider::start(const std::string& directory, std::uint64_t seed, Faults& faults,
                                                  Network& network, Timeline& timeline) {
  auto database = TRY(sandbox::Database::open(
      "/simulated/provider/sandbox.db",
      {sandbox::Faults::kSchema, sandbox::Notifications::kSchema, sandbox::alipay::Books::kSchema}));
  std::unique_ptr<Provider> provider(new Provider(directory, seed, faults, network, timeline, std::move(database)));
  provider->alipay_ = TRY(sandbox::alipay::Alipay::open(provider->surroundings_));
  TRY(provider->add_fault_rules());
  network.listen(kProviderAuthority,
                 [self = provider.get()](const net::HttpRequest& request, const Network::Answer& answer) {
                   self->handle(request, answer);
                 });
  provider->something_happened();
  return provider;
}

Result<void> Provider::add_fault_rules() {
  Chance chance(static_cast<std::uint64_t>(random_.below(UINT32_MAX)), "rules");
  return database_->transact([&]() -> Result<void> {
    for (const auto& given : rules_by(chance)) {
      if (!faults_->enabled(sandbox::name_of(given.kind))) continue;
      sandbox::FaultRule rule;
      rule.kind = given.kind;
      rule.rate_ppm = given.rate_ppm;
      rule.delay_ms = given.delay_ms;
      rule.minor = given.minor;
      TRY(rules_.add(rule));
    }
    return {};
  });
}

void Provider::handle(const net::HttpRequest& request, const Network::Answer& answer) {
  auto reply = alipay_->handle(request);
  if (!reply.withheld) answer(std::move(reply.response), reply.delay_ms);
  something_happened();
}

void Provider::something_happened() {
  pause_ms_ = kShortestPauseMs;
  const auto generation = ++tick_generation_;
  timeline_->after_ms(pause_ms_, Timeline::kWorld, [this, generation] { tick(generation); });
}

void Provider::tick(std::int64_t generation) {
  if (generation != tick_generation_) return;
  CHECK(alipay_->settle_due().ok());
  notifications_.pump();
  pause_ms_ = std::min(pause_ms_ * 4, kLongestPauseMs);
  timeline_->after_ms(pause_ms_, Timeline::kWorld, [this, generation] { tick(generation); });
}

std::optional<sandbox::TradeView> Provider::trade(const std::string& out_trade_no) {
  auto found = alipay_->trades(out_trade_no, 1, "");
  CHECK(found.ok());
  return found->empty() ? std::nullopt : std::optional(std::move(found->front()));
}

std::vector<sandbox::TradeView> Provider::trades() {
  auto found = alipay_->trades("", kAll, "");
  CHECK(found.ok());
  return std::move(found).value();
}

Result<sandbox::TradeView> Provider::pay(const std::string& out_trade_no, const std::string& payer) {
  auto paid = alipay_->pay(out_trade_no, payer);
  something_happened();
  return paid;
}

std::string Provider::barcode(const std::string& payer) {
  auto code = alipay_->issue_auth_code(payer);
  CHECK(code.ok());
  return std::move(code).value();
}

void Provider::browse(const std::string& url) {
  net::ClientRequest request;
  request.method = "GET";
  request.url = url;
  client_.send(std::move(request), [](const Result<net::HttpResponse>&) {});
}

void Provider::stop_faults() {
  const auto done = database_->transact([&]() -> Result<void> {
    for (const auto& rule : TRY(rules_.list())) faults_->count(sandbox::name_of(rule.kind), rule.applied);
    return rules_.clear();
  });
  CHECK(done.ok());
}

bool Provider::is_quiet() {
  constexpr std::string_view kUnderWay =
      "SELECT (SELECT count(*) FROM notifications WHERE state = 'pending')"
      " + (SELECT count(*) FROM alipay_trades WHERE money_arrives_at > 0)"
      " + (SELECT count(*) FROM alipay_refunds WHERE settled_at = 0)";
  std::int64_t under_way = 0;
  const auto counted = database_->transact(
      [&] { return database_->each(kUnderWay, [&](const store::Statement& row) { under_way = row.integer(0); }); });
  CHECK(counted.ok());
  return under_way == 0;
}

}  // namespace feiqian::simulation
