#include "simulation/shop.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "crypto/digest.h"
#include "foundation/check.h"
#include "foundation/text.h"
#include "simulation/violation.h"

namespace feiqian::simulation {
namespace {

constexpr int kMostTries = 6;

}  // namespace

Shop::Shop(std::uint64_t seed, int number, Faults& faults, Network& network, Timeline& timeline, Desk& desk,
           Payers& payers)
    : faults_(&faults),
      timeline_(&timeline),
      desk_(&desk),
      payers_(&payers),
      chance_(seed, fmt::format("shop {}", number)),
      host_(fmt::format("shop-{}.example", number)),
      number_(number) {
  network.listen(host_ + ":443", [this](const net::HttpRequest& request, const Network::Answer& answer) {
    take_webhook(request, answer);
  });
}

void Shop::open(parties::MerchantId merchant, Secret webhook_secret) {
  merchant_ = merchant;
  webhook_secret_ = std::move(webhook_secret);
  next_action();
}

void Shop::next_action() {
  const auto pause_ms = chance_.percent(50) ? chance_.between(50, 20000) : chance_.between(20000, 7200000);
  timeline_->after_ms(pause_ms, Timeline::kWorld, [this] {
    if (closed_) return;
    // Now and then a rush.
    for (auto count = chance_.percent(10) ? chance_.between(2, 12) : 1; count > 0; --count) act();
    next_action();
  });
}

void Shop::act() {
  if (orders_.empty() || chance_.percent(45)) {
    create();
  } else {
    follow_up();
  }
}

void Shop::create() {
  auto& command = orders_.emplace_back().command;
  command.merchant = merchant_;
  command.merchant_order_no = fmt::format("S{}-{}", number_, orders_.size());
  // Cents too, where rounding shows.
  command.amount = {chance_.percent(20) ? chance_.between(1, 20) : chance_.between(21, 90000), money::kCny};
  command.subject = "龙井茶";
  command.mode = chance_.percent(40)   ? payments::Mode::Qr
                 : chance_.percent(60) ? payments::Mode::Barcode
                                       : payments::Mode::Redirect;
  if (command.mode != payments::Mode::Redirect) command.method = "alipay";
  if (command.mode == payments::Mode::Barcode) command.auth_code = payers_->show_barcode();
  if (chance_.percent(40)) command.expires_in_s = chance_.between(60, 3600);
  send(orders_.size() - 1, 0);
  // The till's second press of the button.
  if (chance_.percent(5)) send(orders_.size() - 1, kMostTries);
}

void Shop::send(std::size_t number, int tries) {
  desk_->ask(orders_[number].command, [this, number, tries](std::optional<Result<payments::PaymentView>> reply) {
    auto& order = orders_[number];
    if (reply && *reply) {
      const bool first = !order.id;
      order.id = (*reply)->payment.id;
      if (first) payers_->meet(**reply);
      return;
    }
    const bool again = !reply || reply->error().consequence() == Consequence::RetrySafe;
    if (!again || tries >= kMostTries) return;
    timeline_->after_ms(chance_.between(500, 60000), Timeline::kWorld,
                        [this, number, tries] { send(number, tries + 1); });
  });
}

void Shop::follow_up() {
  // Mostly about what is fresh, sometimes about anything.
  const auto count = static_cast<std::int64_t>(orders_.size());
  const auto back = chance_.percent(80) ? chance_.below(std::min<std::int64_t>(count, 8)) : chance_.below(count);
  auto& order = orders_[static_cast<std::size_t>(count - 1 - back)];
  if (!order.id) {
    send(static_cast<std::size_t>(count - 1 - back), 0);
    return;
  }
  const auto choice = chance_.below(100);
  if (choice < 15) {
    send(static_cast<std::size_t>(count - 1 - back), kMostTries);
  } else if (choice < 20) {
    repeat_differently(order);
  } else if (told_of(order.id->text()).contains("payment.succeeded") || choice < 40) {
    refund(order);
  } else if (choice < 65) {
    close(order);
  }
}

void Shop::repeat_differently(const Order& order) {
  auto changed = order.command;
  changed.amount.minor += 1;
  desk_->ask(changed, [number = changed.merchant_order_no](const std::optional<Result<payments::PaymentView>>& reply) {
    if (reply && *reply) throw Violation(number + " was accepted with another amount", number);
  });
}

void Shop::close(const Order& order) {
  desk_->ask(payments::ClosePayment{merchant_, *order.id, payments::CloseReason::Merchant}, [](const auto&) {});
}

void Shop::refund(Order& order) {
  payments::AcceptRefund command;
  command.merchant = merchant_;
  command.payment = *order.id;
  command.merchant_refund_no = fmt::format("{}-R{}", order.command.merchant_order_no, ++order.refunds);
  const auto whole = order.command.amount.minor;
  command.amount_minor = chance_.percent(30) ? whole : chance_.between(1, whole);
  command.reason = "returned";
  const bool with_key = chance_.percent(50);
  const auto ask = [&](int tries) { with_key ? send_with_key(command, tries) : send(command, tries); };
  ask(0);
  if (chance_.percent(10)) ask(kMostTries);
}

void Shop::send_with_key(const payments::AcceptRefund& command, int tries) {
  using Keyed = api::Idempotent<payments::AcceptRefund>;
  Keyed keyed;
  keyed.command = command;
  keyed.scope = merchant_.value;
  keyed.key = "key of " + command.merchant_refund_no;
  keyed.request_hash = crypto::sha256(command.merchant_refund_no);
  keyed.render = [](const Result<payments::RefundRow>& result) {
    if (!result) return api::Answer{http_status(result.error()), std::string(result.error().code())};
    return api::Answer{201, boost::json::serialize(to_json(*result))};
  };
  desk_->ask(std::move(keyed), [this, command, tries](const std::optional<Result<Keyed::Reply>>& reply) {
    const bool again = !reply || (!*reply && reply->error().consequence() == Consequence::RetrySafe);
    if (!again || tries >= kMostTries) return;
    timeline_->after_ms(chance_.between(500, 60000), Timeline::kWorld,
                        [this, command, tries] { send_with_key(command, tries + 1); });
  });
}

void Shop::send(payments::AcceptRefund command, int tries) {
  desk_->ask(command, [this, command, tries](const std::optional<Result<payments::RefundRow>>& reply) {
    const bool again = !reply || (!*reply && reply->error().consequence() == Consequence::RetrySafe);
    if (!again || tries >= kMostTries) return;
    timeline_->after_ms(chance_.between(500, 60000), Timeline::kWorld,
                        [this, command, tries] { send(command, tries + 1); });
  });
}

bool Shop::is_genuine(const net::HttpRequest& request) const {
  const auto text = std::string(request.headers.get("webhook-id")) + "." +
                    std::string(request.headers.get("webhook-timestamp")) + "." + request.body;
  const auto expected = "v1," + to_base64(crypto::hmac_sha256(webhook_secret_.reveal(), text));
  return request.headers.get("webhook-signature").starts_with(expected);
}

void Shop::take_webhook(const net::HttpRequest& request, const Network::Answer& answer) {
  if (faults_->strikes(fault::kShopDown, 10000))
    down_until_us_ = timeline_->now_us() + chance_.skewed(4LL * 3600) * 1000000;
  if (faults_->active() && timeline_->now_us() < down_until_us_) return;
  if (faults_->strikes(fault::kShopError, 50000)) {
    answer({500, {}, "out of order"}, 0);
    return;
  }
  if (!is_genuine(request)) throw Violation("a webhook is not signed rightly: " + request.body);
  remember(request);
  answer({204, {}, ""}, faults_->strikes(fault::kShopSlow, 50000) ? chance_.skewed(40000) : 0);
}

void Shop::remember(const net::HttpRequest& request) {
  if (!webhook_ids_.insert(std::string(request.headers.get("webhook-id"))).second) {
    ++duplicates_;
    return;
  }
  boost::json::error_code failed;
  const auto body = boost::json::parse(request.body, failed);
  if (failed) throw Violation("a webhook is not JSON: " + request.body);
  const auto& data = body.at("data").as_object();
  const auto* about = data.if_contains("refund");
  if (about == nullptr) about = data.if_contains("payment");
  told_[std::string(about->at("id").as_string())].emplace(body.at("type").as_string());
}

const std::set<std::string>& Shop::told_of(const std::string& subject) const {
  static const std::set<std::string> kNothing;
  const auto found = told_.find(subject);
  return found == told_.end() ? kNothing : found->second;
}

}  // namespace feiqian::simulation
