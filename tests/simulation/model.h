// What payments and refunds must look like, in plain lines and without the engine: fed with what was committed, what
// merchants were told and what the provider's books say. It throws a Violation where they disagree.
//
//   after every step   states move only forward, amounts never change, nothing is paid or refunded that the provider
//   did
//                      not do, nothing that a merchant was told is untrue
//   at rest            everything is settled; the provider holds exactly what the books say; merchants were told
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/idempotent.h"
#include "payments/create_payment.h"
#include "payments/deliveries.h"
#include "payments/record_outcome.h"
#include "payments/refund.h"
#include "simulation/history.h"
#include "simulation/provider.h"
#include "simulation/replica.h"

namespace feiqian::simulation {

/// What the merchants' contracts say, once more.
struct Terms {
  std::int64_t fee_ppm = 6000;
  std::int64_t cost_ppm = 2000;
  bool returns_fee = true;
  bool accepts_late = false;
};

/// Sums over all payments, as the books must show them.
struct ExpectedBooks {
  std::map<std::int64_t, std::int64_t> pending_settlement;  ///< 2202 by merchant
  std::int64_t receivable = 0;                              ///< 1121
  std::int64_t surplus = 0;                                 ///< 2901
  std::int64_t fee_income_and_tax = 0;                      ///< 6001 + 2221
  std::int64_t channel_cost = 0;                            ///< 6401
};

class Model {
 public:
  Model(const Replica& replica, Provider& provider, History& history)
      : replica_(&replica), provider_(&provider), history_(&history) {}

  void contract(parties::MerchantId merchant, Terms terms) { terms_[merchant.value] = terms; }

  // Answers, as they leave the platform; checked after the step, when the commit is settled.
  void said(const payments::CreatePayment& command, const Result<payments::PaymentView>& reply);
  void said(const payments::AcceptRefund& command, const Result<payments::RefundRow>& reply);
  /// Under one key the first answer is given again, word for word.
  void said(const api::Idempotent<payments::AcceptRefund>& request,
            const Result<api::Idempotent<payments::AcceptRefund>::Reply>& reply);
  template <class Command>
  void said(const Command&, const Result<typename Command::Reply>&) {}

  void check_step(const std::vector<Replica::Changed>& changes);
  /// Returns what the books must show.
  ExpectedBooks check_at_rest();

 private:
  void payment_changed(const Replica::Changed& changed);
  void attempt_changed(const Replica::Changed& changed);
  void refund_changed(const Replica::Changed& changed);
  void event_changed(const Replica::Changed& changed);
  void became_paid(const payments::PaymentRow& payment);
  void check_payment_at_rest(const payments::PaymentRow& payment, ExpectedBooks& books);
  void check_refund_at_rest(const payments::RefundRow& refund);
  void check_fee_returned(const payments::PaymentRow& payment, std::int64_t refunds);

  const Replica* replica_;
  Provider* provider_;
  History* history_;
  std::map<std::int64_t, Terms> terms_;
  std::map<std::pair<std::int64_t, std::string>, payments::PaymentId> by_order_no_;
  std::map<std::pair<std::int64_t, std::string>, payments::RefundId> by_refund_no_;
  std::map<std::int64_t, std::vector<payments::AttemptId>> attempts_;  // by payment
  std::map<std::int64_t, std::vector<payments::RefundId>> refunds_;    // by payment
  std::map<std::string, std::string> answers_;                         // by idempotency key
  std::vector<std::function<void()>> claims_;
};

}  // namespace feiqian::simulation
