// Accepting a payment order, and starting an attempt to pay it.
#pragma once

#include <string>

#include "engine/command.h"
#include "payments/errors.h"
#include "payments/view.h"

namespace feiqian::payments {

/// Idempotent by (merchant, merchant_order_no): the same content answers with the payment that exists, other content is
/// errors::kOrderNoConflict naming the first field that differs.
struct CreatePayment {
  using Reply = PaymentView;
  parties::MerchantId merchant;
  std::string merchant_order_no;
  std::optional<parties::StoreId> store;
  money::Money amount;
  std::string subject;
  Mode mode = Mode::Redirect;
  std::string method;     ///< a channel's code; empty only in redirect mode
  std::string auth_code;  ///< barcode mode
  std::string payer;      ///< jsapi mode: the payer's id at the provider
  std::string goods;
  std::string metadata;
  std::string return_url;
  std::string notify_url;
  std::optional<std::int64_t> expires_in_s;

  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;

 private:
  Result<void> check_rules(engine::Decision& decision) const;
  Result<Reply> same_or_conflict(engine::Decision& decision, const PaymentRow& existing) const;
};

/// How a payment of that mode meets the channel; not of redirect, where the cashier asks the payer.
channels::Scene scene_of(Mode mode);

/// The cashier's choice. A live attempt of the same method and scene is found again instead of a second one.
struct StartAttempt {
  using Reply = PaymentView;
  PaymentId payment;
  std::string method;
  channels::Scene scene = channels::Scene::Qr;
  bool by_call = false;    ///< Page and Wap: the channel gives the address by a call
  std::string payer = {};  ///< its address, then

  void load(engine::Load& load) const;
  Result<Reply> decide(engine::Decision& decision) const;
};

}  // namespace feiqian::payments
