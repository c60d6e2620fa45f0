#include "simulation/payers.h"

#include <fmt/format.h>

namespace feiqian::simulation {

std::string Payers::show_barcode() {
  const auto choice = chance_.below(100);
  return provider_->barcode(choice < 65 ? "rich" : choice < 90 ? "slow" : "poor");
}

std::int64_t Payers::hesitation_ms(const payments::PaymentRow& payment) {
  const auto time_left_ms = ms_between(payment.created_at, payment.expires_at);
  const auto choice = chance_.below(100);
  if (choice < 70) return chance_.between(2000, 90000);
  if (choice < 85) return std::max<std::int64_t>(1000, time_left_ms + chance_.between(-20000, 20000));
  return time_left_ms + chance_.between(1000, 7200000);
}

void Payers::meet(const payments::PaymentView& view) {
  const auto& payment = view.payment;
  if (chance_.percent(15)) return;
  const auto wait_ms = hesitation_ms(payment);
  if (payment.mode == payments::Mode::Redirect) {
    timeline_->after_ms(wait_ms / 2, Timeline::kWorld,
                        [this, id = payment.id, wait_ms] { browse(id, channels::Scene::Page, wait_ms / 2); });
    // Some open the page on the phone as well, and pay twice.
    if (chance_.percent(15))
      timeline_->after_ms(wait_ms / 3, Timeline::kWorld,
                          [this, id = payment.id, wait_ms] { browse(id, channels::Scene::Wap, wait_ms); });
    return;
  }
  if (!view.attempt) return;
  const bool barcode = payment.mode == payments::Mode::Barcode;
  const std::string payer = barcode ? "slow" : chance_.percent(10) ? "poor" : "rich";
  timeline_->after_ms(wait_ms, Timeline::kWorld,
                      [this, number = view.attempt->id.text(), payer] { pay(number, payer, 0); });
}

void Payers::browse(payments::PaymentId payment, channels::Scene scene, std::int64_t then_ms) {
  desk_->ask(payments::StartAttempt{payment, "alipay", scene},
             [this, then_ms](const std::optional<Result<payments::PaymentView>>& started) {
               if (!started || !*started || desk_->platform() == nullptr) return;
               const auto url = desk_->platform()->redirect_url(**started);
               if (!url) return;
               provider_->browse(*url);
               timeline_->after_ms(then_ms + 1000, Timeline::kWorld,
                                   [this, number = (*started)->attempt->id.text()] { pay(number, "rich", 0); });
             });
}

void Payers::pay(const std::string& number, const std::string& payer, int tries) {
  constexpr int kMostTries = 3;
  if (gone_) return;
  const auto paid = provider_->pay(number, payer);
  history_->add(fmt::format("{} payer pays: {}", number, paid ? *paid : std::string(paid.error().code())));
  if (paid || tries >= kMostTries) return;
  timeline_->after_ms(chance_.between(1000, 60000), Timeline::kWorld,
                      [this, number, tries] { pay(number, "rich", tries + 1); });
}

}  // namespace feiqian::simulation
