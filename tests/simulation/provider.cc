#include "simulation/provider.h"

#include <algorithm>

#include "foundation/check.h"
#include "sandbox/alipay/alipay.h"
#include "sandbox/sandbox.h"
#include "sandbox/surroundings.h"

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

ProviderTrade trade_of(const sandbox::TradeView& view) {
  ProviderTrade trade{view.out_trade_no, view.state, view.total_minor, view.refunded_minor, {}};
  for (const auto& refund : view.refunds)
    trade.refunds.push_back({refund.out_request_no, refund.amount_minor, refund.state == "succeeded"});
  return trade;
}

}  // namespace

struct Provider::Parts {
  Parts(const std::string& directory, std::uint64_t seed, Faults& f, Network& network, Timeline& t,
        std::unique_ptr<sandbox::Database> opened)
      : faults(&f),
        timeline(&t),
        clock(t),
        random(seed ^ 0x70726f7669646572ULL),
        chance(seed ^ 0x6368616e6365ULL),
        client(network.client(Timeline::kWorld)),
        database(std::move(opened)),
        rules(*database, chance),
        notifications(*database, rules, client, clock, sandbox::default_notify_schedule_ms()),
        surroundings{*database,   clock,         random,
                     rules,       notifications, directory,
                     "127.0.0.1", {9500},        sandbox::CloseUnscanned::NotExist} {}
  Result<void> add_fault_rules();

  Faults* faults;
  Timeline* timeline;
  WallClock clock;
  SeededRandom random;
  SeededRandom chance;
  net::HttpClient client;
  std::unique_ptr<sandbox::Database> database;
  sandbox::Faults rules;
  sandbox::Notifications notifications;
  sandbox::Surroundings surroundings;
  std::unique_ptr<sandbox::alipay::Alipay> alipay;
};

Provider::Provider(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Provider::~Provider() = default;

Result<std::unique_ptr<Provider>> Provider::start(const std::string& directory, std::uint64_t seed, Faults& faults,
                                                  Network& network, Timeline& timeline) {
  auto database = TRY(sandbox::Database::open(
      "/simulated/provider/sandbox.db",
      {sandbox::Faults::kSchema, sandbox::Notifications::kSchema, sandbox::alipay::Books::kSchema}));
  auto parts = std::make_unique<Parts>(directory, seed, faults, network, timeline, std::move(database));
  parts->alipay = TRY(sandbox::alipay::Alipay::open(parts->surroundings));
  TRY(parts->add_fault_rules());
  std::unique_ptr<Provider> provider(new Provider(std::move(parts)));
  network.listen(kProviderAuthority,
                 [self = provider.get()](const net::HttpRequest& request, const Network::Answer& answer) {
                   self->handle(request, answer);
                 });
  provider->something_happened();
  return provider;
}

Result<void> Provider::Parts::add_fault_rules() {
  Chance drawn(static_cast<std::uint64_t>(random.below(UINT32_MAX)), "rules");
  return database->transact([&]() -> Result<void> {
    for (const auto& given : rules_by(drawn)) {
      if (!faults->enabled(sandbox::name_of(given.kind))) continue;
      sandbox::FaultRule rule;
      rule.kind = given.kind;
      rule.rate_ppm = given.rate_ppm;
      rule.delay_ms = given.delay_ms;
      rule.minor = given.minor;
      TRY(rules.add(rule));
    }
    return {};
  });
}

void Provider::handle(const net::HttpRequest& request, const Network::Answer& answer) {
  auto reply = parts_->alipay->handle(request);
  if (!reply.withheld) answer(std::move(reply.response), reply.delay_ms);
  something_happened();
}

void Provider::something_happened() {
  pause_ms_ = kShortestPauseMs;
  const auto generation = ++tick_generation_;
  parts_->timeline->after_ms(pause_ms_, Timeline::kWorld, [this, generation] { tick(generation); });
}

void Provider::tick(std::int64_t generation) {
  if (generation != tick_generation_) return;
  CHECK(parts_->alipay->settle_due().ok());
  parts_->notifications.pump();
  pause_ms_ = std::min(pause_ms_ * 4, kLongestPauseMs);
  parts_->timeline->after_ms(pause_ms_, Timeline::kWorld, [this, generation] { tick(generation); });
}

std::optional<ProviderTrade> Provider::trade(const std::string& out_trade_no) {
  auto found = parts_->alipay->trades(out_trade_no, 1, "");
  CHECK(found.ok());
  return found->empty() ? std::nullopt : std::optional(trade_of(found->front()));
}

std::vector<ProviderTrade> Provider::trades() {
  auto found = parts_->alipay->trades("", kAll, "");
  CHECK(found.ok());
  std::vector<ProviderTrade> trades;
  for (const auto& view : *found) trades.push_back(trade_of(view));
  return trades;
}

Result<std::string> Provider::pay(const std::string& out_trade_no, const std::string& payer) {
  auto paid = parts_->alipay->pay(out_trade_no, payer);
  something_happened();
  if (!paid) return paid.error();
  return paid->state;
}

std::string Provider::barcode(const std::string& payer) {
  auto code = parts_->alipay->issue_auth_code(payer);
  CHECK(code.ok());
  return std::move(code).value();
}

void Provider::browse(const std::string& url) {
  net::ClientRequest request;
  request.method = "GET";
  request.url = url;
  parts_->client.send(std::move(request), [](const Result<net::HttpResponse>&) {});
}

void Provider::stop_faults() {
  const auto done = parts_->database->transact([&]() -> Result<void> {
    for (const auto& rule : TRY(parts_->rules.list())) parts_->faults->count(sandbox::name_of(rule.kind), rule.applied);
    return parts_->rules.clear();
  });
  CHECK(done.ok());
}

bool Provider::is_quiet() {
  constexpr std::string_view kUnderWay =
      "SELECT (SELECT count(*) FROM notifications WHERE state = 'pending')"
      " + (SELECT count(*) FROM alipay_trades WHERE money_arrives_at > 0)"
      " + (SELECT count(*) FROM alipay_refunds WHERE settled_at = 0)";
  std::int64_t under_way = 0;
  const auto counted = parts_->database->transact([&] {
    return parts_->database->each(kUnderWay, [&](const store::Statement& row) { under_way = row.integer(0); });
  });
  CHECK(counted.ok());
  return under_way == 0;
}

}  // namespace feiqian::simulation
