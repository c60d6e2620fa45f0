// The payers: pay at once, late, after the order's time, with too little money first, or never; by code, on the
// provider's page, or by barcode, which some must confirm on their phone.
#pragma once

#include "simulation/desk.h"

namespace feiqian::simulation {

class Payers {
 public:
  Payers(std::uint64_t seed, Timeline& timeline, Desk& desk, Provider& provider, History& history)
      : timeline_(&timeline), desk_(&desk), provider_(&provider), history_(&history), chance_(seed, "payers") {}

  /// A barcode on a phone, for the till.
  std::string show_barcode();
  /// Somebody stands before an order.
  void meet(const payments::PaymentView& view);
  void go_home() { gone_ = true; }

 private:
  std::int64_t hesitation_ms(const payments::PaymentRow& payment);
  void browse(payments::PaymentId payment, channels::Scene scene, std::int64_t then_ms);
  void pay(const std::string& number, const std::string& payer, int tries);

  Timeline* timeline_;
  Desk* desk_;
  Provider* provider_;
  History* history_;
  Chance chance_;
  bool gone_ = false;
};

}  // namespace feiqian::simulation
